import type { Address } from '../../../access/address.js';
import type { Clock } from '../../../config/clock.js';

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
/** A message does not wait longer than this, whatever the one before it is waiting for. */
const LONGEST_WAIT_MS = 15_000;

/**
 * Finds the phones of people whom WhatsApp names by a LID only: one question at a time, one person a question, and
 * everybody once. Where nothing is found, or nobody can be asked, a LID stays a person of its own.
 */
export class LidLookups {
  readonly #parts: LidLookupParts;
  /** Until when nothing is asked about somebody. */
  readonly #until = new Map<Address, number>();
  readonly #underWay = new Map<Address, Promise<void>>();
  #last: Promise<void> = Promise.resolve();

  constructor(parts: LidLookupParts) {
    this.#parts = parts;
  }

  /** Resolves when what can be known of these is known. Never rejects. */
  async resolve(lids: Iterable<Address>): Promise<void> {
    const { clock } = this.#parts;
    const asked = [...new Set(lids)].flatMap((lid) => this.#resolveOne(lid) ?? []);
    if (asked.length === 0) return;
    let stop = (): void => {};
    const late = new Promise<void>((resolve) => {
      stop = clock.setTimeout(resolve, LONGEST_WAIT_MS);
    });
    await Promise.race([Promise.all(asked), late]);
    stop();
  }

  /** Somebody has changed their number: everything is asked for again. */
  forget(): void {
    this.#until.clear();
  }

  #resolveOne(lid: Address): Promise<void> | null {
    if ((this.#until.get(lid) ?? 0) > this.#parts.clock.now()) return null;
    const before = this.#underWay.get(lid);
    if (before !== undefined) return before;
    if (this.#underWay.size >= MOST_WAITING) return null;
    const looked = this.#last.then(() => this.#look(lid));
    this.#last = looked;
    this.#underWay.set(lid, looked);
    return looked;
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
    this.#underWay.delete(lid);
    this.#until.delete(lid);
    this.#until.set(lid, clock.now() + rest);
    if (this.#until.size > MOST_REMEMBERED) this.#until.delete(this.#until.keys().next().value!);
  }
}
