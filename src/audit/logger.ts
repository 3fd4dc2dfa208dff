import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import { UserError } from '../config/userError.js';
import type { Prisma } from '../store/store.js';
import { type AuditedCall, audited } from './audited.js';
import type { EventContent, EventContext } from './catalogue/action.js';
import type { AnyAction, BuiltInPayloads, Catalogue } from './catalogue/catalogue.js';
import { Collapser, type Flood } from './collapse.js';
import { contentOf, type EventSettings, makeEvent, outcomeOf, personFields } from './event.js';
import type { Recorded } from './recorded.js';
import type { Receipt } from './writer/commit.js';
import type { Draft } from './writer/draft.js';
import type { Fate } from './writer/fate.js';

/** Records inside a transaction: the event is written at once, and is there if the transaction commits. */
export type RecordInTransaction<Payloads> = <Name extends keyof Payloads & string>(
  action: Name,
  payload: Payloads[Name],
  context?: EventContext,
) => Promise<Receipt>;

export interface LoggerParts {
  catalogue: Catalogue;
  settings: EventSettings;
  clock: Clock;
  log: Log;
  append(draft: Draft): Promise<Fate>;
  /** Tells the writer that an event was lost before it could reach it. */
  shed(reason: string): Fate;
  transact<T>(
    work: (tx: Prisma.TransactionClient, append: (draft: Draft) => Promise<Receipt>) => Promise<T>,
  ): Promise<T>;
}

interface Suppressible {
  action: AnyAction;
  content: EventContent;
}

/**
 * Writes down what happened. Every method resolves to what became of the event and never throws because storage
 * failed: a bot goes on when its database is away. `transact` is the exception, and means to be: there the change
 * must not happen without its event.
 */
export class AuditLogger<Payloads extends BuiltInPayloads = BuiltInPayloads> {
  readonly #parts: LoggerParts;
  readonly #collapser: Collapser<Suppressible>;

  constructor(parts: LoggerParts) {
    this.#parts = parts;
    this.#collapser = new Collapser(parts.clock, (flood) => void this.#tellFlood(flood));
  }

  /** Records an event of the catalogue, checked and typed by it. */
  async record<Name extends keyof Payloads & string>(
    action: Name,
    payload: Payloads[Name],
    context: EventContext = {},
  ): Promise<Recorded> {
    return this.#record(action, payload, context);
  }

  async #record(name: string, payload: unknown, context: EventContent): Promise<Recorded> {
    const { catalogue, settings, append } = this.#parts;
    let draft: Draft;
    try {
      const action = catalogue.get(name);
      const content = contentOf(action, payload, context);
      if (action.delivery === 'collapsible' && !this.#admit(action, content)) return { status: 'collapsed' };
      draft = makeEvent(action, content, settings);
    } catch (error) {
      return this.#mistake(name, error);
    }
    return append(draft);
  }

  /**
   * Runs a change and its events in one transaction. `tx` is Prisma's transaction client; `record` writes an
   * event at once and resolves to its receipt, so a reply can name the case number.
   *
   * @example
   * await logger.transact(async (tx, record) => {
   *   await tx.$executeRaw`UPDATE … `;
   *   return record('ROLE_CHANGE', { performedBy: '+12025550100', targetUser: 'u1', oldRole: 'USER', newRole: 'OPERATOR' });
   * });
   */
  transact<T>(
    work: (tx: Prisma.TransactionClient, record: RecordInTransaction<Payloads>) => Promise<T>,
  ): Promise<T> {
    const { catalogue, settings, transact } = this.#parts;
    return transact((tx, append) =>
      work(tx, (name, payload, context = {}) => {
        const action = catalogue.get(name);
        return append(makeEvent(action, contentOf(action, payload, context), settings));
      }),
    );
  }

  /**
   * Wraps a function of your own so that each call is recorded as `action`: success with the states before and
   * after, failure with the error, refusal (an error of the class `Denied`) as a denial.
   *
   * @example
   * const rename = logger.audited('GROUP_RENAMED', renameGroup, {
   *   payload: (id, name) => ({ group: id, name }),
   *   before: (id) => readName(id),
   *   after: (_, id, name) => name,
   * });
   */
  audited<Name extends keyof Payloads & string, Args extends unknown[], Result>(
    action: Name,
    work: (...args: Args) => Result | Promise<Result>,
    call: AuditedCall<Payloads[Name], Args, Result>,
  ): (...args: Args) => Promise<Result> {
    return audited(
      (payload, context) => this.#record(action, payload, context),
      work,
      call,
      (part, error) => void this.#mistake(action, error, `${part}() of an audited call failed`),
    );
  }

  logRoleChange(payload: Payloads['ROLE_CHANGE'], context?: EventContext): Promise<Recorded> {
    return this.#record('ROLE_CHANGE', payload, context ?? {});
  }
  logWhitelistChange(payload: Payloads['WHITELIST_CHANGE'], context?: EventContext): Promise<Recorded> {
    return this.#record('WHITELIST_CHANGE', payload, context ?? {});
  }
  logUserActivationChange(
    payload: Payloads['USER_ACTIVATION_CHANGE'],
    context?: EventContext,
  ): Promise<Recorded> {
    return this.#record('USER_ACTIVATION_CHANGE', payload, context ?? {});
  }
  logIdentityLinkChange(
    payload: Payloads['IDENTITY_LINK_CHANGE'],
    context?: EventContext,
  ): Promise<Recorded> {
    return this.#record('IDENTITY_LINK_CHANGE', payload, context ?? {});
  }
  logPermissionDenied(payload: Payloads['PERMISSION_DENIED'], context?: EventContext): Promise<Recorded> {
    return this.#record('PERMISSION_DENIED', payload, context ?? {});
  }
  logConfigChange(payload: Payloads['CONFIG_CHANGE'], context?: EventContext): Promise<Recorded> {
    return this.#record('CONFIG_CHANGE', payload, context ?? {});
  }
  logUsageQuery(payload: Payloads['USAGE_QUERY'], context?: EventContext): Promise<Recorded> {
    return this.#record('USAGE_QUERY', payload, context ?? {});
  }
  logAuditLogViewed(payload: Payloads['AUDIT_LOG_VIEWED'], context?: EventContext): Promise<Recorded> {
    return this.#record('AUDIT_LOG_VIEWED', payload, context ?? {});
  }
  logAuditLogExported(payload: Payloads['AUDIT_LOG_EXPORTED'], context?: EventContext): Promise<Recorded> {
    return this.#record('AUDIT_LOG_EXPORTED', payload, context ?? {});
  }
  logCostThresholdBreach(
    payload: Payloads['COST_THRESHOLD_BREACH'],
    context?: EventContext,
  ): Promise<Recorded> {
    return this.#record('COST_THRESHOLD_BREACH', payload, context ?? {});
  }
  logConversationReset(payload: Payloads['CONVERSATION_RESET'], context?: EventContext): Promise<Recorded> {
    return this.#record('CONVERSATION_RESET', payload, context ?? {});
  }
  logRateLimitViolation(
    payload: Payloads['RATE_LIMIT_VIOLATION'],
    context?: EventContext,
  ): Promise<Recorded> {
    return this.#record('RATE_LIMIT_VIOLATION', payload, context ?? {});
  }
  logModerationFlag(payload: Payloads['MODERATION_FLAG'], context?: EventContext): Promise<Recorded> {
    return this.#record('MODERATION_FLAG', payload, context ?? {});
  }
  logCircuitBreakerChange(
    payload: Payloads['CIRCUIT_BREAKER_CHANGE'],
    context?: EventContext,
  ): Promise<Recorded> {
    return this.#record('CIRCUIT_BREAKER_CHANGE', payload, context ?? {});
  }

  /** Tells what was collapsed so far: before an erasure, which must find all that was ever recorded. */
  settle(): void {
    this.#collapser.close();
  }

  /** Tells what was collapsed so far. The writer is still open when this is called. */
  close(): void {
    this.#collapser.close();
  }

  #admit(action: AnyAction, content: EventContent): boolean {
    const who = personFields(content.actor);
    const about = action.collapsesBy === 'entity' ? (content.entityId ?? '') : '';
    const key = [who.phone ?? who.id ?? who.name ?? '', action.name, outcomeOf(content), about];
    return this.#collapser.admit(JSON.stringify(key), { action, content });
  }

  async #tellFlood({ sample, suppressed, from, until }: Flood<Suppressible>): Promise<void> {
    const { action, content } = sample;
    const { id: _, at: __, ...circumstances } = content;
    const summary: EventContent = {
      ...circumstances,
      description: `${suppressed} more like it: ${content.description ?? action.description}`,
      metadata: { ...asObject(content.metadata), suppressed, from, until },
    };
    try {
      await this.#parts.append(makeEvent(action, summary, this.#parts.settings));
    } catch (error) {
      this.#mistake(action.name, error);
    }
  }

  /**
   * An event that does not fit the catalogue, or cannot be described, is a bug of the caller's: said loudly, counted,
   * never thrown. What an error of theirs says may name a person, so only its code is told.
   */
  #mistake(name: string, error: unknown, what?: string): Fate {
    const message = what ?? (error instanceof UserError ? error.message : 'it could not be read');
    const code = (error as { code?: unknown } | null | undefined)?.code;
    this.#parts.log.error(
      { action: name, code: typeof code === 'string' ? code : undefined },
      `an event was not recorded, or not all of it: ${message}`,
    );
    return this.#parts.shed(message);
  }
}

const asObject = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : value === undefined ? {} : { value };
