import type { Address } from '../access/address.js';
import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import type { UserError } from '../config/userError.js';
import type { Gateway } from './gateway.js';
import type { IncomingMessage } from './message.js';
import { Seldom } from './seldom.js';
import { lines, say } from './text.js';

/** What was written before this does not want an answer any more: a gateway hands over what came while it was away. */
const STALE_MS = 2 * 60_000;

export interface RefusingParts {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
  /** What a command begins with, as far as that is known without the settings. */
  readonly prefix: string;
  /** Whom the configuration names as owners: the only ones of whom anything is known. */
  readonly owners: readonly Address[];
  readonly why: Pick<UserError, 'message' | 'hint'>;
}

/**
 * A bot whose record cannot be opened, since it is not the one that was signed. It does nothing, and says why to whoever
 * asks for something: a bot that is only silent would be looked for in the wrong place.
 */
export class Refusing {
  readonly #parts: RefusingParts;
  readonly #seldom: Seldom;

  constructor(parts: RefusingParts) {
    this.#parts = parts;
    this.#seldom = new Seldom(parts.clock);
  }

  start(): Promise<void> {
    const { gateway, log } = this.#parts;
    return gateway.start((message) => {
      this.#answer(message).catch((error: unknown) => {
        log.warn(
          { code: (error as NodeJS.ErrnoException | null)?.code },
          'an answer could not be handed over',
        );
      });
    });
  }

  close(): Promise<void> {
    return this.#parts.gateway.close();
  }

  async #answer({ text, chat, sender, key, at, change }: IncomingMessage): Promise<void> {
    const { gateway, clock, prefix, owners, why } = this.#parts;
    const asked = text.trimStart();
    const isCommand = asked.startsWith(prefix) && /^\s?\p{L}/u.test(asked.slice(prefix.length));
    if (!isCommand || change !== undefined || clock.now() - at > STALE_MS) return;
    if (!this.#seldom.isDue(chat.id)) return;
    const isTheirs = !chat.isGroup && owners.includes(sender.address);
    const words = isTheirs
      ? lines(say`⚠ Nothing is done or recorded. ${why.message}`, why.hint)
      : say`⚠ I can do nothing just now: the record is not the one that was signed. Whoever operates me has to settle that.`;
    await gateway.send(chat.id, { text: String(words), quotes: key });
  }
}
