import { randomBytes } from 'node:crypto';
import { actorOf, type Performer, type Person } from '../access/person.js';
import { Refusal } from '../access/refusal.js';
import { isAtLeast } from '../access/role.js';
import type { EventContent, EventContext } from '../audit/catalogue/action.js';
import type { BuiltInPayloads } from '../audit/catalogue/catalogue.js';
import { UserError } from '../config/userError.js';
import { chatPrefix, phoneCountry } from '../settings/builtIn.js';
import { failureKind } from '../store/failure.js';
import { bind } from './binding.js';
import type { Command, CommandContext } from './command.js';
import type { Matched, Unmatched } from './commands.js';
import { CONFIRM_WITHIN_MS } from './confirmations.js';
import { Deliver } from './deliver.js';
import type { IncomingMessage } from './message.js';
import type { Decision, HowToAsk } from './permission.js';
import { seconds } from './permission.js';
import type { Reply } from './reply.js';
import type { Services } from './services.js';
import { shownTo } from './show.js';
import { code, lines, say, type Text } from './text.js';
import { visible } from './tokens.js';

/** Handed what is no command, for the assistant or a host; null where nobody wants it. */
export type OnOther = (message: IncomingMessage, person: Person) => Promise<void>;

/** How a message came to be handled. */
export interface Standing {
  /**
   * Its key stands in the database, so it runs nowhere else and never again. Where the database could not be asked,
   * what would change something is not run.
   */
  readonly isClaimed: boolean;
}

/** Why a command was not run. */
export type Ignored = 'stale' | 'edited' | 'revoked';

const IGNORED_BECAUSE: Record<Ignored, string> = {
  stale: 'it came too late',
  edited: 'it came by editing a message',
  revoked: 'its message was revoked',
};

/** A command under way. */
interface Run {
  readonly command: Command;
  readonly rest: string;
  readonly context: CommandContext;
  /** The message its arguments stand in: another one than the context's where it was confirmed later. */
  readonly source: IncomingMessage;
  readonly how: HowToAsk;
  /** The preview that was confirmed; null where nothing was. */
  readonly confirmed: string | null;
  readonly isClaimed: boolean;
}

/** How often somebody outside of the whitelist is told so. */
const TELL_AGAIN_MS = 60_000;
const MOST_TOLD = 10_000;

/** Of what somebody asked the record, so much stands in the event about it. */
const LONGEST_QUERY = 500;

/** How many of the newest events of one action are looked through for the one of a message. */
const LOOK_BACK = 200;

/**
 * The way of one message: match → permission → bind → confirm → handle → send. A refusal is an answer that teaches
 * and an event that names the rule; a failure of what would have changed something is an event as well. A command
 * that changes something therefore leaves exactly one event, however it ends.
 */
export class Router {
  readonly #services: Services;
  readonly #deliver: Deliver;
  readonly #onOther: OnOther | null;
  /** When whom was told, so that a refusal that takes nothing from a limit is not answered without end. */
  readonly #told = new Map<string, number>();

  constructor(services: Services, { onOther = null }: { onOther?: OnOther | null } = {}) {
    this.#services = services;
    this.#deliver = new Deliver(services);
    this.#onOther = onOther;
  }

  /** What a message is to the bot: a command, something for `onOther`, or nothing. */
  kindOf(message: IncomingMessage): 'command' | 'other' | null {
    if (this.commandText(message) !== null) return 'command';
    return this.#onOther === null || message.text.trim() === '' ? null : 'other';
  }

  /** The name of the command that a message begins with, where there is one. */
  commandNamed(message: IncomingMessage): string | null {
    const text = this.commandText(message);
    const matched = text === null ? null : this.#services.commands.match(text);
    return matched !== null && 'command' in matched ? matched.command.name : null;
  }

  /** The text after the prefix, where it could be a command: `!!!` and `! really` are none. */
  commandText({ text }: IncomingMessage): string | null {
    const prefix = this.#prefix;
    const trimmed = withoutUnseen(text);
    if (!trimmed.startsWith(prefix)) return null;
    const after = trimmed.slice(prefix.length);
    return /^\s?\p{L}/u.test(after) ? after.trimStart() : null;
  }

  async handle(message: IncomingMessage, standing: Standing = { isClaimed: true }): Promise<void> {
    const text = this.commandText(message);
    if (text === null) return this.#handleOther(message);
    await this.#services.settings.refresh().catch(() => {
      // What was known before still holds; whoever needs the database says so.
    });
    const matched = this.#services.commands.match(text);
    // In a group people write "!important" to each other.
    if (!('command' in matched) && message.chat.isGroup && isNothingLike(matched)) return;
    let person: Person;
    try {
      person = await this.#personOf(message);
    } catch (error) {
      return this.#cannotSayWho(message, error);
    }
    const context = this.#contextFor(message, person);
    const reply =
      'command' in matched
        ? await this.#perform({
            ...matched,
            context,
            source: message,
            how: 'take',
            confirmed: null,
            isClaimed: standing.isClaimed,
          })
        : await this.#notFound(matched, context);
    if (reply !== null) await this.#deliver.reply(message, person, reply, answerTo(matched));
  }

  /** Records that a command was not run. */
  async ignored(message: IncomingMessage, why: Ignored, command: string): Promise<void> {
    const person = await this.#personOf(message).catch(() => null);
    const address = person?.address ?? message.sender.address;
    await this.#services.record.logger.record(
      'COMMAND_IGNORED',
      { phoneNumber: address, command, reason: IGNORED_BECAUSE[why] },
      person === null ? circumstances(message) : performerOf(message, person).context,
    );
  }

  async #handleOther(message: IncomingMessage): Promise<void> {
    if (this.#onOther === null) return;
    try {
      await this.#onOther(message, await this.#personOf(message));
    } catch (error) {
      this.#services.log.error({ err: error }, 'a message that is no command could not be handled');
    }
  }

  /** Asks, binds, confirms and handles. Whatever goes wrong is recorded and comes back as a reply; null: no answer. */
  async #perform(run: Run): Promise<Reply | null> {
    const { command, context } = run;
    const decision = await this.#services.permission
      .decide({ person: context.person, command, message: context.message }, run.how)
      .catch((error: unknown) => error as Error);
    if (decision instanceof Error) return this.#failed(run, null, decision);
    if (!decision.allowed) return this.#denied(context, command.name, decision);
    if (!run.isClaimed && mayChange(command)) return this.#failed(run, null, new UserError(AWAY));
    let values: Record<string, unknown> | null = null;
    try {
      values = await this.#bind(run);
      const preview = command.confirm === undefined ? null : await command.confirm(context, values);
      if (run.confirmed !== null && run.confirmed !== (preview === null ? '' : String(preview)))
        throw new UserError(MOVED_ON);
      if (preview !== null && run.confirmed === null) return this.#askFor(run, preview);
      const reply = await command.handle(context, values);
      await this.#recordRead(run, values, reply);
      return reply;
    } catch (error) {
      return this.#failed(run, values, error);
    }
  }

  async #bind({ command, rest, source, context }: Run): Promise<Record<string, unknown>> {
    const { people, settings } = this.#services;
    return (await bind(command, rest, {
      person: context.person,
      message: source,
      people,
      prefix: context.prefix,
      country: settings.get(phoneCountry) ?? undefined,
    })) as Record<string, unknown>;
  }

  #askFor(run: Run, preview: Text): Reply {
    const { command, rest, context, source } = run;
    const asked = this.#services.confirmations.ask({
      person: context.person,
      chatId: context.message.chat.id,
      command,
      text: `${command.name} ${rest}`.trim(),
      // By way of everything again: in two minutes a role can go, and a name can come to mean somebody else.
      run: async (confirming) => {
        const again: Run = {
          command,
          rest,
          context: confirming,
          source,
          how: 'skip',
          confirmed: String(preview),
          isClaimed: true,
        };
        return (await this.#perform(again)) ?? {};
      },
    });
    return {
      text: lines(
        preview,
        say`To do it, answer within ${seconds(CONFIRM_WITHIN_MS)}: ${code(`${context.prefix}confirm ${asked}`)}`,
      ),
    };
  }

  /** A rule said no: one event, and an answer where that is due. */
  async #denied(context: CommandContext, name: string, decision: Decision): Promise<Reply | null> {
    const { person, message } = context;
    const { rule, limit, whoCould } = decision;
    const { logger } = this.#services.record;
    if (limit !== undefined) {
      await logger.logRateLimitViolation(
        {
          phoneNumber: person.address,
          limit: limit.limit,
          allowed: limit.count,
          windowMs: limit.windowMs,
        },
        context.performer.context,
      );
      if (!limit.isFirst) return null;
      const wait = seconds(limit.retryAfterMs);
      const whose =
        limit.limit === 'user' ? 'You ask' : limit.limit === 'chat' ? 'This chat asks' : 'Everybody asks';
      return { text: say`${whose} more than I may answer (${limit.rate}). Try again in ${wait}.` };
    }
    const step = decision.steps.at(-1)!;
    await this.#recordDenial(context, name, rule!, step.value, null);
    if (rule === 'active') return null;
    if (rule === 'whitelist') {
      if (!this.#mayTell(`${person.address}\n${message.chat.id}`)) return null;
      return { text: say`I only answer people on the whitelist here. An admin can add you to it.` };
    }
    if (rule === 'direct-chat')
      return {
        text: say`${code(context.prefix + name)} works in a direct chat with me only. Write to me there.`,
      };
    return {
      text: lines(
        say`You may not run ${code(context.prefix + name)}: you are ${person.role}.`,
        say`${whoCould}`,
      ),
    };
  }

  async #recordDenial(
    { person, performer }: CommandContext,
    command: string,
    rule: string,
    reason: string,
    target: string | null,
  ): Promise<void> {
    await this.#services.record.logger.record(
      'PERMISSION_DENIED',
      { phoneNumber: person.address, userRole: person.role, action: command, reason, rule },
      asContent(performer.context, { rule, command, ...(target !== null && { target }) }),
    );
  }

  /** What a command could not do: recorded where it would have changed something, and answered. */
  async #failed(run: Run, values: Record<string, unknown> | null, error: unknown): Promise<Reply> {
    const { command, context } = run;
    if (error instanceof Refusal) {
      const target = Object.values(values ?? {}).find(isPerson)?.address ?? null;
      await this.#recordDenial(context, command.name, error.rule, error.message, target);
      return { text: lines(say`${error.message}`, say`${error.whoCould}`) };
    }
    const known = error instanceof UserError ? error : isAway(error) ? new UserError(AWAY) : null;
    const reference = known === null ? randomBytes(3).toString('hex') : null;
    if (reference !== null)
      this.#services.log.error({ err: error, command: command.name, reference }, 'a command failed');
    const number = await this.#recordFailure(run, values, known?.code ?? `BUG ${reference}`);
    if (known !== null) return { text: this.#mistake(known, context.prefix) };
    const which = number === null ? reference! : `#${number}`;
    return { text: say`Sorry, that went wrong on my side. It is noted as ${which}.` };
  }

  async #recordFailure(
    { command, context }: Run,
    values: Record<string, unknown> | null,
    cause: string,
  ): Promise<number | null> {
    const { leaves } = command;
    if (typeof leaves !== 'object' || !('changes' in leaves)) return null;
    const { record, log } = this.#services;
    const { performer, person, message } = context;
    const actions = typeof leaves.changes === 'string' ? [leaves.changes] : leaves.changes;
    try {
      // Where the change was committed and something after it failed, its event is there.
      for (const action of actions) {
        const committed = await this.#eventOf(action, message.key);
        if (committed !== null) return committed;
      }
      const fate =
        typeof leaves.changes === 'string'
          ? await record.write(leaves.changes, {
              ...performer.context,
              outcome: 'failure',
              entityId: targetOf(values) ?? undefined,
              description: `${command.name} failed`,
              error: cause,
            })
          : await record.logger.record(
              'COMMAND_FAILED',
              { performedBy: actorOf(person), command: command.name, cause },
              performer.context,
            );
      return fate.status === 'committed' ? fate.seq : null;
    } catch (error) {
      log.error({ err: error, command: command.name }, 'a failure could not be recorded');
      return null;
    }
  }

  /** The number of the event that a message has left already. */
  async #eventOf(action: string, messageKey: string): Promise<number | null> {
    const { store, ledger } = this.#services.record;
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

  async #recordRead(run: Run, values: Record<string, unknown>, reply: Reply): Promise<void> {
    const { command, rest, context } = run;
    const { leaves } = command;
    if (typeof leaves !== 'object' || !('reads' in leaves)) return;
    const { logger } = this.#services.record;
    const performedBy = actorOf(context.person);
    const query = `${command.name} ${rest}`.trim().slice(0, LONGEST_QUERY);
    if (leaves.reads === 'AUDIT_LOG_VIEWED') {
      await logger.logAuditLogViewed({ performedBy, query, rows: reply.rows }, context.performer.context);
      return;
    }
    const target = Object.values(values).find(isPerson);
    const { period } = values;
    const payload: BuiltInPayloads['USAGE_QUERY'] = {
      performedBy,
      ...(target !== undefined && { targetUser: actorOf(target) }),
      ...(typeof period === 'string' && { period }),
    };
    await logger.logUsageQuery(payload, context.performer.context);
  }

  async #notFound(unmatched: Unmatched, context: CommandContext): Promise<Reply | null> {
    const { permission } = this.#services;
    const { person, message, prefix } = context;
    const decision = await permission
      .decide({ person, command: null, message }, 'take')
      .catch((error: unknown) => error as Error);
    if (decision instanceof Error) {
      if (!isAway(decision)) this.#services.log.error({ err: decision }, 'permission could not be decided');
      return { text: this.#mistake(new UserError(AWAY), prefix) };
    }
    if (!decision.allowed) return this.#denied(context, 'unknown command', decision);
    const { unknown, nearest, family } = unmatched;
    if (nearest !== null)
      return {
        text: lines(
          say`There is no command ${code(prefix + unknown)}. Did you mean ${code(prefix + nearest.name)}?`,
          say`For example: ${code(prefix + nearest.examples[0]!)}`,
        ),
      };
    const may = family.filter(({ role }) => isAtLeast(person.role, role));
    const seconds = (may.length > 0 ? may : family).map(({ name }) => name.split(' ')[1]!);
    const [first] = seconds;
    if (first === undefined)
      return {
        text: say`There is no command ${code(prefix + unknown)}. ${code(`${prefix}help`)} shows those there are.`,
      };
    const family_ = unknown.split(' ')[0]!;
    return {
      text: lines(
        say`${code(prefix + family_)} is followed by: ${seconds.join(', ')}.`,
        say`${code(`${prefix}help ${family_} ${first}`)} says more.`,
      ),
    };
  }

  /** A mistake, with the rule and an example that works. */
  #mistake({ message, hint, example }: UserError, prefix: string): Text {
    const { commands } = this.#services;
    const isCommand = example !== undefined && 'command' in commands.match(example);
    const shown = isCommand && !example.startsWith(prefix) ? prefix + example : example;
    return lines(
      say`${message}`,
      ...(hint?.split('\n') ?? []),
      shown !== undefined && say`Example: ${code(shown)}`,
    );
  }

  /** The database is away and nobody is remembered: there is no saying who may be answered, so it is said rarely. */
  async #cannotSayWho(message: IncomingMessage, error: unknown): Promise<void> {
    if (!isAway(error)) this.#services.log.error({ err: error }, 'a person could not be looked up');
    if (!this.#mayTell(`away\n${message.chat.id}`)) return;
    const text = this.#mistake(new UserError(AWAY), this.#prefix);
    const { address } = message.sender;
    const nobody = { id: null, address, name: null, role: 'USER', isActive: true, isListed: false } as const;
    await this.#deliver.reply(message, nobody, { text }, 'a command');
  }

  async #personOf({ sender }: IncomingMessage): Promise<Person> {
    const { people, membership } = this.#services;
    const person = await people.find(sender.address);
    const shown = sender.name === undefined ? '' : visible(sender.name).trim();
    if (shown === '' || shown === person.name) return person;
    // Of whom something is stored the name is kept as well, so that others can be asked about by it.
    if (person.id !== null)
      await membership.rename(person.address, shown).catch((error: unknown) => {
        this.#services.log.debug({ err: error }, 'a name could not be kept');
      });
    return { ...person, name: shown };
  }

  #contextFor(message: IncomingMessage, person: Person): CommandContext {
    return {
      person,
      message,
      performer: performerOf(message, person),
      services: this.#services,
      prefix: this.#prefix,
      now: this.#services.clock.now(),
      show: shownTo({ person, isGroup: message.chat.isGroup }),
    };
  }

  get #prefix(): string {
    return this.#services.settings.get(chatPrefix);
  }

  #mayTell(key: string): boolean {
    const now = this.#services.clock.now();
    if (now - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return false;
    this.#told.delete(key);
    if (this.#told.size >= MOST_TOLD) this.#told.delete(this.#told.keys().next().value!);
    this.#told.set(key, now);
    return true;
  }
}

const AWAY = {
  code: 'DATABASE_AWAY',
  message: 'I cannot reach my database just now, so nothing was changed.',
  hint: 'Try again in a minute; the record goes on by itself.',
};

const MOVED_ON = {
  code: 'CONFIRMED_SOMETHING_ELSE',
  message: 'Things have changed since you were asked, so what you confirmed would not be what happens.',
  hint: 'Nothing was done. Ask again, and you will see what would happen now.',
};

const circumstances = ({ channel, chat, key, sender }: IncomingMessage): EventContext => ({
  actor: { phone: sender.address },
  actorType: 'user',
  channel,
  chatId: chat.id,
  messageKey: key,
});

function performerOf(message: IncomingMessage, person: Person): Performer {
  return { person, context: { ...circumstances(message), actor: actorOf(person) } };
}

/** Circumstances with metadata of the router's own. */
const asContent = (context: EventContext, metadata: Record<string, unknown>): EventContent => ({
  ...context,
  metadata,
});

/** Whether it may change something: then it runs only where it is certain that it runs once. */
const mayChange = ({ leaves }: Command): boolean =>
  typeof leaves === 'object' && ('changes' in leaves || 'records' in leaves);

const isPerson = (value: unknown): value is Person =>
  typeof value === 'object' && value !== null && 'address' in value && 'isListed' in value;

/** Whom or what a command was about: the first person, else the first word. */
function targetOf(values: Record<string, unknown> | null): string | null {
  if (values === null) return null;
  const all = Object.values(values);
  const about = all.find(isPerson)?.address ?? all.find((value) => typeof value === 'string');
  return typeof about === 'string' ? about.slice(0, LONGEST_QUERY) : null;
}

const isAway = (error: unknown): boolean => failureKind(error) === 'away';

const isNothingLike = ({ nearest, family }: Unmatched): boolean => nearest === null && family.length === 0;

const answerTo = (matched: Matched | Unmatched): string =>
  'command' in matched ? `the answer to ${matched.command.name}` : 'the answer to an unknown command';

/** Without the marks that some phones put before a text, which would hide the prefix. */
const withoutUnseen = (text: string): string => visible(text.slice(0, 16)).trimStart() + text.slice(16);
