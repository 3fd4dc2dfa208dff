import type { Person } from '../access/person.js';
import type { Clock } from '../config/clock.js';
import type { Command, CommandContext } from './command.js';
import type { Reply } from './reply.js';

/** An act that waits for its code. */
export interface Pending {
  readonly command: Command;
  /** The command as it was written, without the prefix: its arguments. */
  readonly text: string;
  /** Runs it, for the message that brought the code. */
  run(context: CommandContext): Promise<Reply>;
}

export interface Asked extends Pending {
  readonly person: Person;
  readonly chatId: string;
}

/** What is wrong with a code, where something is. */
export type BadCode = 'unknown' | 'too-many-tries';

interface Kept extends Pending {
  readonly owner: string;
  readonly until: number;
}

/** How long a code can be used. */
export const CONFIRM_WITHIN_MS = 2 * 60_000;

/** Clocks are put right by less; where one was put back by more, nobody knows how old a code is. */
const SLACK_MS = 10_000;

const isOver = (until: number, now: number): boolean =>
  now >= until || now < until - CONFIRM_WITHIN_MS - SLACK_MS;

/** After so many wrong codes within two minutes all that waits for this person is dropped. */
const MOST_TRIES = 5;

/** Of one person. A newer one takes the place of the oldest. */
const MOST_OF_ONE = 5;

/** Of all. */
const MOST = 10_000;

/**
 * Acts that wait until the person who asked for them confirms, in the same chat, with a code. A code works once, for
 * exactly the arguments that were shown, and for two minutes. Kept in memory only: a restart forgets what waits, and
 * nothing happens.
 */
export class Confirmations {
  readonly #clock: Clock;
  readonly #random: (bytes: number) => Buffer;
  readonly #pending = new Map<string, Kept>();
  readonly #tries = new Map<string, { count: number; until: number }>();

  constructor({ clock, random }: { clock: Clock; random: (bytes: number) => Buffer }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Keeps an act and gives the code it can be confirmed with. */
  ask({ person, chatId, command, text, run }: Asked): string {
    this.#forget();
    const own = [...this.#pending].filter(([, { owner }]) => owner.startsWith(ownerKey(person, '')));
    if (own.length >= MOST_OF_ONE) this.#pending.delete(own[0]![0]);
    if (this.#pending.size >= MOST) this.#pending.delete(this.#pending.keys().next().value!);
    const code = this.#newCode();
    const until = this.#clock.now() + CONFIRM_WITHIN_MS;
    this.#pending.set(code, { owner: ownerKey(person, chatId), until, command, text, run });
    return code;
  }

  /** The act that goes with a code, which is used up with that; or why there is none. */
  take(code: string, { person, chatId }: { person: Person; chatId: string }): Pending | BadCode {
    this.#forget();
    const tries = this.#tries.get(person.address)?.count ?? 0;
    if (tries >= MOST_TRIES) return 'too-many-tries';
    const given = code.replace(/\s/g, '');
    const kept = this.#pending.get(given);
    if (kept === undefined || kept.owner !== ownerKey(person, chatId)) {
      this.#wrongTry(person, tries + 1);
      return tries + 1 >= MOST_TRIES ? 'too-many-tries' : 'unknown';
    }
    this.#pending.delete(given);
    return kept;
  }

  /** Drops what somebody was asked to confirm, and what others were asked to about them. */
  forget(isAbout: (text: string) => boolean): void {
    for (const [code, { owner, text }] of this.#pending)
      if (isAbout(owner) || isAbout(text)) this.#pending.delete(code);
    for (const address of this.#tries.keys()) if (isAbout(address)) this.#tries.delete(address);
  }

  #wrongTry(person: Person, count: number): void {
    this.#tries.set(person.address, { count, until: this.#clock.now() + CONFIRM_WITHIN_MS });
    if (count < MOST_TRIES) return;
    for (const [code, { owner }] of this.#pending)
      if (owner.startsWith(ownerKey(person, ''))) this.#pending.delete(code);
  }

  #forget(): void {
    const now = this.#clock.now();
    for (const [code, { until }] of this.#pending) if (isOver(until, now)) this.#pending.delete(code);
    for (const [address, { until }] of this.#tries) if (isOver(until, now)) this.#tries.delete(address);
  }

  /** Six digits, each as likely as any other, that nothing else waits for. */
  #newCode(): string {
    for (;;) {
      const number = this.#random(4).readUInt32BE();
      // The last, incomplete million would make some codes likelier.
      if (number >= 4_294_000_000) continue;
      const code = String(number % 1_000_000).padStart(6, '0');
      if (!this.#pending.has(code)) return code;
    }
  }
}

const ownerKey = (person: Person, chatId: string): string => `${person.address}\n${chatId}`;
