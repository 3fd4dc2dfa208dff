import { randomBytes } from 'node:crypto';
import type { Question } from '../assistant/assistant.js';
import type { Notices } from '../assistant/notices.js';
import { apologyWords } from './answers.js';
import type { CommandContext } from './command.js';
import type { Deliver } from './deliver.js';
import type { IncomingMessage } from './message.js';
import type { Reply } from './reply.js';
import { Seldom } from './seldom.js';
import type { Services } from './services.js';
import { budgetWords, busyWords, closingWords, noAssistantWords, outcomeWords } from './talkWords.js';

export interface TalkParts {
  readonly services: Services;
  readonly notices: Notices;
  readonly deliver: Deliver;
}

/** So many questions are asked at the same time; the others wait for their turn. */
const MOST_AT_ONCE = 8;

/** So many of one person in one chat wait behind the one that is being answered. */
const MOST_BEHIND = 3;

const MOST_REMEMBERED = 10_000;

/** What is said no more than once a minute: it takes nothing from anybody, so it could be said without end. */
const SELDOM: ReadonlySet<string> = new Set(['flagged', 'over-budget', 'resting', 'away']);

/**
 * The conversation with the assistant: what is no command, once the rules have let it through. A model takes
 * seconds, so nobody waits for it but whoever asked: commands of the same chat are answered meanwhile, and what
 * somebody writes until then is asked afterwards, in order.
 *
 * Where there is no assistant, whoever writes something else than a command in a direct chat is told so, once.
 */
export class Talk {
  readonly #parts: TalkParts;
  readonly #seldom: Seldom;
  /** What each person waits for in each chat: the end of the last question, and how many there are. */
  readonly #lines = new Map<string, { last: Promise<void>; waiting: number }>();
  readonly #turns: (() => void)[] = [];
  #running = 0;
  #underWay = 0;
  #idle: (() => void)[] = [];
  #isClosed = false;
  /** By which addresses somebody has been told that there is no assistant, as far as this process knows. */
  readonly #told = new Set<string>();

  constructor(parts: TalkParts) {
    this.#parts = parts;
    this.#seldom = new Seldom(parts.services.clock);
  }

  /** Whether a message that is no command is meant for the bot: in a group only where it is spoken to. */
  wants({ chat, isToBot, sender, text }: IncomingMessage): boolean {
    // An emoji or "!!!" says nothing that could be answered.
    if (!/[\p{L}\p{N}]/u.test(text)) return false;
    if (this.#parts.services.assistant === null) return !chat.isGroup && !this.#told.has(sender.address);
    return !chat.isGroup || isToBot === true;
  }

  /** Takes a question up. Resolves when it stands in line, or with what is to be said at once. */
  async begin(context: CommandContext): Promise<Reply | null> {
    const { person, message } = context;
    if (this.#parts.services.assistant === null) return this.#sayNoAssistant(context);
    if (this.#isClosed) return { text: closingWords() };
    const key = `${person.address}\n${message.chat.id}`;
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting > MOST_BEHIND) return this.#seldom.isDue(`busy\n${key}`) ? { text: busyWords() } : null;
    line.waiting += 1;
    this.#underWay += 1;
    this.#lines.set(key, line);
    line.last = line.last.then(async () => {
      await this.#turn();
      try {
        await this.#answer(context);
      } finally {
        this.#endTurn();
        line.waiting -= 1;
        if (line.waiting === 0) this.#lines.delete(key);
        this.#done();
      }
    });
    return null;
  }

  /** Resolves when nobody waits for an answer. */
  drained(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes nothing more. What waits in line is not asked any more; what is being asked is still answered. */
  close(): void {
    this.#isClosed = true;
  }

  async #turn(): Promise<void> {
    if (this.#running < MOST_AT_ONCE) this.#running += 1;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
  }

  /** Whoever waits next has the turn of the one that ends. */
  #endTurn(): void {
    const next = this.#turns.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #done(): void {
    this.#underWay -= 1;
    if (this.#underWay > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** Never rejects. */
  async #answer({ person, message, performer }: CommandContext): Promise<void> {
    const { services, deliver } = this.#parts;
    const question: Question = {
      person,
      chatId: message.chat.id,
      text: message.text,
      context: performer.context,
    };
    let reply: Reply;
    try {
      reply = this.#isClosed ? { text: closingWords() } : await this.#replyTo(question);
    } catch (error) {
      const reference = randomBytes(3).toString('hex');
      services.log.error({ err: error, reference }, 'the assistant failed');
      reply = { text: apologyWords(reference) };
    }
    await deliver.reply(message, person, reply, 'the answer of the assistant').catch((error: unknown) => {
      services.log.error({ err: error }, 'an answer of the assistant could not be sent');
    });
  }

  async #replyTo(question: Question): Promise<Reply> {
    const { services } = this.#parts;
    const { person, chatId } = question;
    const outcome = await services.assistant!.answer(question);
    const { kind, notices = [] } = outcome;
    const isSilent = SELDOM.has(kind) && !this.#seldom.isDue(`${kind}\n${person.address}\n${chatId}`);
    const text = isSilent ? undefined : outcomeWords(outcome, services.clock.now());
    if (notices.length === 0) return { text };
    const { currency } = services.config.llm;
    const owners = await services.people.owners();
    const tell = notices.flatMap((notice) =>
      owners.map(({ address: to }) => ({ to, text: budgetWords(notice, currency) })),
    );
    return { text, tell };
  }

  async #sayNoAssistant({ person, message, prefix }: CommandContext): Promise<Reply | null> {
    const { notices, services } = this.#parts;
    let isFirst: boolean;
    try {
      isFirst = await notices.once('no-assistant', person.address);
    } catch (error) {
      services.log.debug({ err: error }, 'that there is no assistant could not be noted, so it is not said');
      return null;
    }
    if (this.#told.size >= MOST_REMEMBERED) this.#told.clear();
    this.#told.add(message.sender.address);
    return isFirst ? { text: noAssistantWords(prefix, person.role) } : null;
  }
}
