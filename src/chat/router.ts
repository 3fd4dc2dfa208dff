import { randomBytes } from 'node:crypto';
import type { Person } from '../access/person.js';
import { Refusal } from '../access/refusal.js';
import { Misuse } from '../audit/misuse.js';
import { UserError } from '../config/userError.js';
import { chatPrefix, phoneCountry } from '../settings/builtIn.js';
import { failureKind } from '../store/failure.js';
import {
  AWAY,
  apologyWords,
  deniedWords,
  MOVED_ON,
  mistakeWords,
  notFoundWords,
  overLimitWords,
  toConfirmWords,
} from './answers.js';
import { bind } from './binding.js';
import type { Command, CommandContext } from './command.js';
import type { Matched, Unmatched } from './commands.js';
import { Deliver } from './deliver.js';
import type { IncomingMessage } from './message.js';
import type { Decision, HowToAsk } from './permission.js';
import type { Reply } from './reply.js';
import { Seldom } from './seldom.js';
import { circumstances, performerFor, performerOf, senderOf } from './sender.js';
import type { Services } from './services.js';
import { shownTo } from './show.js';
import type { Talk } from './talk.js';
import { lines, say, type Text } from './text.js';
import { visible } from './tokens.js';
import { Traces, type Values } from './traces.js';

/**
 * Handed what is no command, in a host that answers it itself. What comes back is sent as the answer; nothing, where
 * the host has done what there was to do. No rule has been asked before.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is what most hosts write.
export type OnOther = (message: IncomingMessage, person: Person) => Promise<Reply | null | void>;

interface RouterParts {
  /** For what is no command. */
  readonly talk: Talk;
  /** In its place, where a host wants it. */
  readonly onOther: OnOther | null;
}

/** How a message came to be handled. */
export interface Standing {
  /**
   * Its key stands in the database, so it runs nowhere else and never again. Where the database could not be asked,
   * what would change something is not run.
   */
  readonly isClaimed: boolean;
}

/** Why a command was not run. */
export type Ignored = 'stale' | 'edited' | 'revoked' | 'dropped';

const IGNORED_BECAUSE: Record<Ignored, string> = {
  stale: 'it came too late',
  edited: 'it came by editing a message',
  revoked: 'its message was revoked',
  dropped: 'too many messages were waiting',
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

/**
 * The way of one message: match → permission → bind → confirm → handle → send. Whatever goes wrong on it ends as an
 * answer (`answers.ts`) and in the record (`traces.ts`).
 */
export class Router {
  readonly #services: Services;
  readonly #deliver: Deliver;
  readonly #traces: Traces;
  readonly #seldom: Seldom;
  readonly #talk: Talk;
  readonly #onOther: OnOther | null;

  constructor(services: Services, { talk, onOther }: RouterParts) {
    this.#services = services;
    this.#deliver = new Deliver(services);
    this.#traces = new Traces(services);
    this.#seldom = new Seldom(services.clock);
    this.#talk = talk;
    this.#onOther = onOther;
  }

  /** What a message is to the bot: a command, something else that is meant for it, or nothing. */
  kindOf(message: IncomingMessage): 'command' | 'other' | null {
    if (this.commandText(message) !== null) return 'command';
    const isWanted = this.#onOther === null ? this.#talk.wants(message) : message.text.trim() !== '';
    return isWanted ? 'other' : null;
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
      person = await senderOf(message, this.#services);
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
    // Of a flood nobody is looked up.
    const person = why === 'dropped' ? null : await senderOf(message, this.#services).catch(() => null);
    const address = person?.address ?? message.sender.address;
    const context = person === null ? circumstances(message) : performerOf(message, person).context;
    await this.#traces.ignored(address, command, IGNORED_BECAUSE[why], context);
  }

  async #handleOther(message: IncomingMessage): Promise<void> {
    const { settings, log } = this.#services;
    const what = 'the answer to what is no command';
    try {
      if (this.#onOther === null)
        await settings.refresh().catch(() => {
          // As with commands.
        });
      const person = await senderOf(message, this.#services);
      const reply =
        this.#onOther === null ? await this.#talkTo(message, person) : await this.#onOther(message, person);
      if (reply) await this.#deliver.reply(message, person, reply, what);
    } catch (error) {
      log.error({ err: error }, 'a message that is no command could not be handled');
    }
  }

  /** The rules about people and limits hold for a conversation as they do for commands. */
  async #talkTo(message: IncomingMessage, person: Person): Promise<Reply | null> {
    const context = this.#contextFor(message, person);
    const decision = await this.#services.permission.decide({ person, command: null, message }, 'take');
    if (!decision.allowed) return this.#denied(context, 'the assistant', decision);
    return this.#talk.begin(context);
  }

  /** Asks, binds, confirms and handles. Whatever goes wrong is recorded and comes back as a reply; null: no answer. */
  async #perform(asked: Run): Promise<Reply | null> {
    const { command } = asked;
    const performer = performerFor(command, asked.context.performer, this.#services.record);
    const context = { ...asked.context, performer };
    const run = { ...asked, context };
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
      await this.#traces.read(command, context, values, { asked: run.rest, rows: reply.rows });
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
    return { text: toConfirmWords(preview, context.prefix, asked) };
  }

  /** A rule said no: one event, and an answer where that is due. */
  async #denied(context: CommandContext, name: string, decision: Decision): Promise<Reply | null> {
    const { person, message, prefix } = context;
    const { rule, limit } = decision;
    if (limit !== undefined) {
      await this.#traces.overLimit(context, limit);
      return limit.isFirst ? { text: overLimitWords(limit) } : null;
    }
    await this.#traces.denied(context, name, { rule: rule!, reason: decision.steps.at(-1)!.value });
    const text = deniedWords(decision, person, prefix + name);
    if (text === null) return null;
    // It takes nothing from a limit.
    const isSeldom = rule === 'whitelist' && !this.#seldom.isDue(`${person.address}\n${message.chat.id}`);
    return isSeldom ? null : { text };
  }

  /** What a command could not do: recorded where it would have changed something, and answered. */
  async #failed(run: Run, values: Values, error: unknown): Promise<Reply> {
    const { command, context } = run;
    if (error instanceof Refusal) {
      await this.#traces.refused(await this.#asNow(context), command.name, error, values);
      return { text: lines(say`${error.message}`, say`${error.whoCould}`) };
    }
    const known = isTheirs(error) ? error : isAway(error) ? new UserError(AWAY) : null;
    const reference = known === null ? randomBytes(3).toString('hex') : null;
    if (reference !== null)
      this.#services.log.error({ err: error, command: command.name, reference }, 'a command failed');
    const number = await this.#traces.failed(command, context, values, known?.code ?? `BUG ${reference}`);
    if (known !== null) return { text: mistakeWords(known, this.#services.commands, context.prefix) };
    return { text: apologyWords(number === null ? reference! : `#${number}`) };
  }

  /** A refusal in the middle of a change may be because they are not any more what they were when it began. */
  async #asNow(context: CommandContext): Promise<CommandContext> {
    const { person: before, message } = context;
    const now = await this.#services.people.find(before.address).catch(() => before);
    const person = { ...now, name: before.name };
    return { ...context, person, performer: performerOf(message, person) };
  }

  async #notFound(unmatched: Unmatched, context: CommandContext): Promise<Reply | null> {
    const { permission, log } = this.#services;
    const { person, message, prefix } = context;
    const decision = await permission
      .decide({ person, command: null, message }, 'take')
      .catch((error: unknown) => error as Error);
    if (decision instanceof Error) {
      if (!isAway(decision)) log.error({ err: decision }, 'permission could not be decided');
      return { text: this.#awayWords() };
    }
    if (!decision.allowed) return this.#denied(context, 'unknown command', decision);
    return { text: notFoundWords(unmatched, person, prefix) };
  }

  /** The database is away and nobody is remembered: there is no saying who may be answered, so it is said rarely. */
  async #cannotSayWho(message: IncomingMessage, error: unknown): Promise<void> {
    if (!isAway(error)) this.#services.log.error({ err: error }, 'a person could not be looked up');
    if (!this.#seldom.isDue(`away\n${message.chat.id}`)) return;
    const { address } = message.sender;
    const nobody = { id: null, address, name: null, role: 'USER', isActive: true, isListed: false } as const;
    await this.#deliver.reply(message, nobody, { text: this.#awayWords() }, 'a command');
  }

  #awayWords(): Text {
    return mistakeWords(new UserError(AWAY), this.#services.commands, this.#prefix);
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
}

/** Whether it may change something: then it runs only where it is certain that it runs once. */
const mayChange = ({ leaves }: Command): boolean =>
  typeof leaves === 'object' && ('changes' in leaves || 'records' in leaves);

const isAway = (error: unknown): boolean => failureKind(error) === 'away';

/** A mistake of whoever asked: what it says is for them. What a handler did wrong is a bug, and for the log. */
const isTheirs = (error: unknown): error is UserError =>
  error instanceof UserError && !(error instanceof Misuse);

const isNothingLike = ({ nearest, family }: Unmatched): boolean => nearest === null && family.length === 0;

const answerTo = (matched: Matched | Unmatched): string =>
  'command' in matched ? `the answer to ${matched.command.name}` : 'the answer to an unknown command';

/** Without the marks that some phones put before a text, which would hide the prefix. */
const withoutUnseen = (text: string): string => visible(text.slice(0, 16)).trimStart() + text.slice(16);
