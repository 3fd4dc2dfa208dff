import type { Person } from '../access/person.js';
import { UserError } from '../config/userError.js';
import type { Reply } from './reply.js';

/** So many long answers are kept open; of more, those that nobody went on with for longest are closed. */
const MOST = 1_000;

/**
 * Where each person is in a long answer, in each chat. Kept in memory only.
 *
 * @example services.pages.remember(person, message.chat.id, () => listFrom(next));
 */
export class Pages {
  readonly #next = new Map<string, () => Promise<Reply>>();

  /** Keeps how to go on. It is used once: the page that comes of it remembers the one after it. */
  remember(person: Person, chatId: string, next: () => Promise<Reply>): void {
    const key = keyOf(person, chatId);
    this.#next.delete(key);
    if (this.#next.size >= MOST) this.#next.delete(this.#next.keys().next().value!);
    this.#next.set(key, next);
  }

  /** Closes every long answer: what goes on in one may be about somebody who is erased. */
  closeAll(): void {
    this.#next.clear();
  }

  /** There is no more of it. */
  forget(person: Person, chatId: string): void {
    this.#next.delete(keyOf(person, chatId));
  }

  /** The next page. Where making it fails, it can be asked for again. */
  async next(person: Person, chatId: string): Promise<Reply> {
    const key = keyOf(person, chatId);
    const next = this.#next.get(key);
    if (next === undefined)
      throw new UserError({
        code: 'NO_NEXT_PAGE',
        message: 'There is no next page here.',
        hint: 'A list goes on in the chat where it was asked for, until its end.',
        example: 'audit list',
      });
    const reply = await next();
    if (this.#next.get(key) === next) this.#next.delete(key);
    return reply;
  }
}

const keyOf = (person: Person, chatId: string): string => `${person.address}\n${chatId}`;
