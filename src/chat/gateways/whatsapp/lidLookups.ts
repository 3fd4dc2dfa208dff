import type { Address } from '../../../access/address.js';
import type { Clock } from '../../../config/clock.js';
import { waitAtMost } from '../../../config/waitAtMost.js';

export interface LidLookupParts {
  readonly clock: Clock;
  /** Asks WhatsApp for one phone. It has a time limit, and rejects while it is no use to ask. */
  readonly ask: (lid: Address) => Promise<Address | null>;
  /** Told what was found. */
  readonly learned: (lid: Address, phone: Address) => Promise<unknown>;
  readonly onFailure: (error: unknown) => void;
}

/** What was found is asked for again after a day: people change their numbers. */
const FOUND_MS = 24 * 3_600_000;
/** What was not found may be there a little later. */
const MISSED_MS = 5 * 60_000;
/** When nobody could be asked. */
const FAILED_MS = 30_000;
const MOST_REMEMBERED = 10_000;
/** When more wait, the others are taken as what they are. */
const MOST_WAITING = 100;
/** Of people whom somebody only names, so many are asked about for them in a minute: anybody can name any LID. */
const MOST_NAMED = 20;
const MINUTE_MS = 60_000;
/** A message does not wait longer than this, whatever the one before it is waiting for. */
const LONGEST_WAIT_MS = 15_000;

/** Whom a message speaks of. */
export interface Named {
  /** Who wrote it, and whose account this is: asked about first. */
  readonly first?: Iterable<Address>;
  /** Whom it mentions, and whom it answers. */
  readonly others?: Iterable<Address>;
  /** Who names those. */
  readonly by: Address;
}

interface Question {
  readonly lid: Address;
  readonly answered: Promise<void>;
  readonly end: () => void;
}

/**
 * Finds the phones of people whom WhatsApp names by a LID only: one question at a time, one person a question, and
 * everybody once. Where nothing is found, or nobody can be asked, a LID stays a person of its own.
 */
export class LidLookups {
  readonly #parts: LidLookupParts;
  /** Until when nothing is asked about somebody. */
  readonly #until = new Map<Address, number>();
  /** What waits or is under way. */
  readonly #questions = new Map<Address, Question>();
  readonly #first: Question[] = [];
  readonly #others: Question[] = [];
  /** How many somebody has named since then. */
  readonly #named = new Map<Address, { since: number; count: number }>();
  #isAsking = false;

  constructor(parts: LidLookupParts) {
    this.#parts = parts;
  }

  /** Resolves when what can be known of these is known. Never rejects. */
  async resolve({ first = [], others = [], by }: Named): Promise<void> {
    const asked: Promise<void>[] = [];
    for (const lid of new Set(first)) {
      const answered = this.#resolveOne(lid, this.#first, () => true);
      if (answered !== null) asked.push(answered);
    }
    for (const lid of new Set(others)) {
      const answered = this.#resolveOne(lid, this.#others, () => this.#mayName(by));
      if (answered !== null) asked.push(answered);
    }
    if (asked.length > 0) await waitAtMost(this.#parts.clock, LONGEST_WAIT_MS, Promise.all(asked));
  }

  /** Everything is asked for again, or what is known of some. Returns of how many something was known. */
  forget(isThis: (address: Address) => boolean = () => true): number {
    for (const by of [...this.#named.keys()].filter(isThis)) this.#named.delete(by);
    const known = [...this.#until.keys()].filter(isThis);
    for (const lid of known) this.#until.delete(lid);
    return known.length;
  }

  #resolveOne(lid: Address, line: Question[], mayAsk: () => boolean): Promise<void> | null {
    if ((this.#until.get(lid) ?? 0) > this.#parts.clock.now()) return null;
    const before = this.#questions.get(lid);
    if (before !== undefined) {
      this.#moveUp(before, line);
      return before.answered;
    }
    if (this.#questions.size >= MOST_WAITING || !mayAsk()) return null;
    let end = (): void => {};
    const answered = new Promise<void>((resolve) => {
      end = resolve;
    });
    const question = { lid, answered, end };
    this.#questions.set(lid, question);
    line.push(question);
    if (!this.#isAsking) void this.#ask();
    return answered;
  }

  /** Whoever was only named may come to write. */
  #moveUp(question: Question, line: Question[]): void {
    const at = this.#others.indexOf(question);
    if (line !== this.#first || at < 0) return;
    this.#others.splice(at, 1);
    this.#first.push(question);
  }

  #mayName(by: Address): boolean {
    const now = this.#parts.clock.now();
    const before = this.#named.get(by);
    const isNew = before === undefined || now - before.since >= MINUTE_MS || now < before.since;
    const window = isNew ? { since: now, count: 0 } : before;
    if (isNew) {
      this.#named.delete(by);
      this.#named.set(by, window);
      if (this.#named.size > MOST_REMEMBERED) this.#named.delete(this.#named.keys().next().value!);
    }
    if (window.count >= MOST_NAMED) return false;
    window.count += 1;
    return true;
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    for (;;) {
      const question = this.#first.shift() ?? this.#others.shift();
      if (question === undefined) break;
      await this.#look(question.lid);
      this.#questions.delete(question.lid);
      question.end();
    }
    this.#isAsking = false;
  }

  async #look(lid: Address): Promise<void> {
    const { clock, ask, learned, onFailure } = this.#parts;
    let rest = FAILED_MS;
    try {
      const phone = await ask(lid);
      if (phone !== null) await learned(lid, phone);
      rest = phone === null ? MISSED_MS : FOUND_MS;
    } catch (error) {
      onFailure(error);
    }
    this.#until.delete(lid);
    this.#until.set(lid, clock.now() + rest);
    if (this.#until.size > MOST_REMEMBERED) this.#until.delete(this.#until.keys().next().value!);
  }
}
