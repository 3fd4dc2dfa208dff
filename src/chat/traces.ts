import { actorOf, type Person } from '../access/person.js';
import type { Refusal, Rule } from '../access/refusal.js';
import type { EventContent, EventContext } from '../audit/catalogue/action.js';
import type { BuiltInPayloads } from '../audit/catalogue/catalogue.js';
import type { AuditRecord } from '../audit/record.js';
import type { Log } from '../config/log.js';
import type { LimitRefusal } from '../guards/limits.js';
import type { Command, CommandContext } from './command.js';

/** What the arguments of a command came to; null where they could not be read. */
export type Values = Readonly<Record<string, unknown>> | null;

/** Of what somebody asked the record, so much stands in the event about it. */
const LONGEST_QUERY = 500;

/** How many of the newest events of one action are looked through for the one of a message. */
const LOOK_BACK = 200;

/**
 * What a message leaves in the record beside the change it makes: that it was refused and by which rule, that it
 * failed and why, that it read something. So a command that changes something leaves exactly one event, however it
 * ends.
 */
export class Traces {
  readonly #record: AuditRecord;
  readonly #log: Log;

  constructor({ record, log }: { readonly record: AuditRecord; readonly log: Log }) {
    this.#record = record;
    this.#log = log;
  }

  /** A rule said no before the command was run. */
  async denied({ person, performer }: CommandContext, command: string, why: Denial): Promise<void> {
    const { rule, reason, target = null } = why;
    await this.#record.logger.record(
      'PERMISSION_DENIED',
      { phoneNumber: person.address, userRole: person.role, action: command, reason, rule },
      asContent(performer.context, { rule, command, ...(target !== null && { target }) }),
    );
  }

  /** A rule said no in the command, which knows whom it is about. */
  refused(
    context: CommandContext,
    command: string,
    { rule, message }: Refusal,
    values: Values,
  ): Promise<void> {
    const target = Object.values(values ?? {}).find(isPerson)?.address ?? null;
    return this.denied(context, command, { rule, reason: message, target });
  }

  async overLimit({ person, performer }: CommandContext, limit: LimitRefusal): Promise<void> {
    await this.#record.logger.logRateLimitViolation(
      { phoneNumber: person.address, limit: limit.limit, allowed: limit.count, windowMs: limit.windowMs },
      performer.context,
    );
  }

  /**
   * What would have changed something did not. Gives the number of the event: of the change itself where that was
   * committed and something after it failed; null where there is none.
   */
  async failed(
    { name, leaves }: Command,
    { performer, person, message }: CommandContext,
    values: Values,
    cause: string,
  ): Promise<number | null> {
    if (typeof leaves !== 'object' || !('changes' in leaves)) return null;
    const actions = typeof leaves.changes === 'string' ? [leaves.changes] : leaves.changes;
    try {
      for (const action of actions) {
        const committed = await this.#eventOf(action, message.key);
        if (committed !== null) return committed;
      }
      const fate =
        typeof leaves.changes === 'string'
          ? await this.#record.write(leaves.changes, {
              ...performer.context,
              outcome: 'failure',
              entityId: targetOf(values) ?? undefined,
              description: `${name} failed`,
              error: cause,
            })
          : await this.#record.logger.record(
              'COMMAND_FAILED',
              { performedBy: actorOf(person), command: name, cause },
              performer.context,
            );
      return fate.status === 'committed' ? fate.seq : null;
    } catch (error) {
      this.#log.error({ err: error, command: name }, 'a failure could not be recorded');
      return null;
    }
  }

  /** Something was read, where the command is one that reads. */
  async read(
    { name, leaves }: Command,
    { person, performer }: CommandContext,
    values: Values,
    { asked, rows }: { readonly asked: string; readonly rows: number | undefined },
  ): Promise<void> {
    if (typeof leaves !== 'object' || !('reads' in leaves)) return;
    const { logger } = this.#record;
    const performedBy = actorOf(person);
    if (leaves.reads === 'AUDIT_LOG_VIEWED') {
      const query = `${name} ${asked}`.trim().slice(0, LONGEST_QUERY);
      await logger.logAuditLogViewed({ performedBy, query, rows }, performer.context);
      return;
    }
    const target = Object.values(values ?? {}).find(isPerson);
    const { period } = values ?? {};
    const payload: BuiltInPayloads['USAGE_QUERY'] = {
      performedBy,
      ...(target !== undefined && { targetUser: actorOf(target) }),
      ...(typeof period === 'string' && { period }),
    };
    await logger.logUsageQuery(payload, performer.context);
  }

  async ignored(phoneNumber: string, command: string, reason: string, context: EventContext): Promise<void> {
    await this.#record.logger.record('COMMAND_IGNORED', { phoneNumber, command, reason }, context);
  }

  /** The number of the event that a message has left already. */
  async #eventOf(action: string, messageKey: string): Promise<number | null> {
    const { store, ledger } = this.#record;
    try {
      const newest = await store.read.all<{ seq: number; messageKey: string | null }>(
        `SELECT "seq", "messageKey" FROM "AuditLog" WHERE "tenant" = ? AND "action" = ?
           ORDER BY "seq" DESC LIMIT ${LOOK_BACK}`,
        [ledger.tenant, action],
      );
      return newest.find((row) => row.messageKey === messageKey)?.seq ?? null;
    } catch {
      // Without the database nothing was changed.
      return null;
    }
  }
}

interface Denial {
  readonly rule: Rule;
  readonly reason: string;
  readonly target?: string | null;
}

/** Circumstances with metadata of their own. */
const asContent = (context: EventContext, metadata: Record<string, unknown>): EventContent => ({
  ...context,
  metadata,
});

const isPerson = (value: unknown): value is Person =>
  typeof value === 'object' && value !== null && 'address' in value && 'isListed' in value;

/** Whom or what a command was about: the first person, else the first word. */
function targetOf(values: Values): string | null {
  if (values === null) return null;
  const all = Object.values(values);
  const about = all.find(isPerson)?.address ?? all.find((value) => typeof value === 'string');
  return typeof about === 'string' ? about.slice(0, LONGEST_QUERY) : null;
}
