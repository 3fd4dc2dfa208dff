import type { Person } from '../access/person.js';
import { isAtLeast } from '../access/role.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import { LATE, waitAtMost } from '../config/waitAtMost.js';
import type { Attachment, Gateway, Outgoing } from './gateway.js';
import type { IncomingMessage } from './message.js';
import type { Reply } from './reply.js';
import { lines, messagesOf, say, type Text } from './text.js';

/** Longer words do not fit below a file; they go before it. */
const LONGEST_CAPTION = 1000;

/** A gateway that says nothing for so long is not waited for: else its silence would keep everybody waiting. */
const LONGEST_SEND_MS = 2 * 60_000;

export interface DeliverParts {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly record: AuditRecord;
  readonly log: Log;
}

/**
 * Sends replies where they belong: what is private to the direct chat, with a word to the group; long texts in
 * several messages. What cannot be handed over is an event, never an error, and is not tried again: whether it
 * arrived is unknown, and twice is worse than a question.
 */
export class Deliver {
  readonly #gateway: Gateway;
  readonly #clock: Clock;
  readonly #record: AuditRecord;
  readonly #log: Log;

  constructor({ gateway, clock, record, log }: DeliverParts) {
    this.#gateway = gateway;
    this.#clock = clock;
    this.#record = record;
    this.#log = log;
  }

  /** The answer to a message. `what` names it in the record: `the answer to audit list`. */
  async reply(message: IncomingMessage, person: Person, reply: Reply, what: string): Promise<void> {
    const { chat, key, sender } = message;
    const told = this.#withRefusal(reply, person, chat.isGroup);
    const isElsewhere = reply.isPrivate === true && chat.isGroup;
    const target = isElsewhere ? this.#gateway.directChat(sender.address) : chat.id;
    const quotes = isElsewhere ? undefined : key;
    const sent = await this.#send(target, person, messagesFor(told, quotes), what);
    if (isElsewhere) {
      const text = sent
        ? say`I have sent that to you directly, since not everybody here should read it.`
        : say`That is not for a group, and I could not write to you directly. Ask me in a direct chat.`;
      await this.#send(chat.id, person, [{ text: String(text), quotes: key }], what);
    }
    for (const { to, text } of reply.tell ?? []) await this.tell(to, text, `the word about ${what}`);
  }

  /** Something that nobody asked for, to somebody's direct chat. */
  async tell(to: string, text: Text, what: string): Promise<boolean> {
    const messages = messagesOf(text).map((part) => ({ text: part, isUnasked: true }));
    return this.#send(this.#gateway.directChat(to), to, messages, what);
  }

  /** While nothing may be written, whoever asks for anything is told, whatever the answer is about. */
  #withRefusal(reply: Reply, { role }: Person, isGroup: boolean): Reply {
    const { refused } = this.#record.status();
    if (refused === null || String(reply.text ?? '').includes(refused.hint ?? refused.message)) return reply;
    const isTheirs = isAtLeast(role, 'ADMIN') && !isGroup;
    const why = isTheirs
      ? lines(say`⚠ Nothing is recorded or changed. ${refused.message}`, refused.hint)
      : say`⚠ Nothing is recorded or changed just now: the record is not the one that was signed. Whoever operates this bot has to settle that.`;
    return { ...reply, text: lines(reply.text, why) };
  }

  async #send(
    chatId: string,
    to: Person | string,
    messages: readonly Outgoing[],
    what: string,
  ): Promise<boolean> {
    try {
      for (const message of messages) await this.#inTime(this.#gateway.send(chatId, message));
      return true;
    } catch (error) {
      const cause = causeOf(error);
      this.#log.warn({ cause, what }, 'a message could not be handed over');
      const { channel } = this.#gateway;
      const phone = typeof to === 'string' ? to : to.address;
      await this.#record.logger.record(
        'DELIVERY_FAILED',
        { to: { phone }, what, cause },
        { channel, chatId },
      );
      return false;
    }
  }

  async #inTime(sending: Promise<void>): Promise<void> {
    const sent = await waitAtMost(this.#clock, LONGEST_SEND_MS, sending, { background: true });
    if (sent === LATE) throw TIMED_OUT;
  }
}

/** As a gateway's own error would say it. */
const TIMED_OUT = Object.assign(new Error('the gateway did not answer'), { code: 'ETIMEDOUT' });

/** A gateway's error may quote the message or the number: only its code or its kind is kept. */
function causeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'the gateway gave no reason';
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,39}$/.test(code)) return code;
  return typeof name === 'string' && /^[A-Za-z]{1,40}$/.test(name) ? name : 'Error';
}

/** A reply as messages. The first one quotes what is answered. */
function messagesFor(reply: Reply, quotes: string | undefined): Outgoing[] {
  const files: { document?: Attachment; picture?: Attachment }[] = [];
  if (reply.picture !== undefined) files.push({ picture: reply.picture });
  if (reply.document !== undefined) files.push({ document: reply.document });
  const words = reply.text === undefined ? '' : String(reply.text);
  const isCaption = files.length > 0 && words.length <= LONGEST_CAPTION;
  const messages: Outgoing[] = [];
  if (reply.text !== undefined && words !== '' && !isCaption)
    messages.push(...messagesOf(reply.text).map((text) => ({ text })));
  files.forEach((file, index) => {
    messages.push(index === 0 && isCaption && words !== '' ? { ...file, text: words } : file);
  });
  const [first, ...others] = messages;
  const reaction: Outgoing[] =
    reply.reaction === undefined || quotes === undefined ? [] : [{ reaction: reply.reaction, quotes }];
  if (first === undefined) return reaction;
  return [...reaction, quotes === undefined ? first : { ...first, quotes }, ...others];
}
