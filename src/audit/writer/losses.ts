import type { Clock } from '../../config/clock.js';
import type { Draft } from './draft.js';
import type { Fate } from './fate.js';

/** What could not be kept, until an AUDIT_LOSS entry has told it. */
export interface Loss {
  count: number;
  from: number;
  until: number;
  reason: string;
}

/** Counts what is lost, so that nothing is lost quietly: each loss is told in an AUDIT_LOSS entry, once. */
export class Losses {
  readonly #clock: Clock;
  readonly #draftOf: (loss: Loss) => Draft;
  /** What no AUDIT_LOSS entry tells yet. */
  #untold: Loss | null = null;
  /** The AUDIT_LOSS entry that is to be written next; kept until it is, since a failure may have written it. */
  #telling: Draft | null = null;
  #count = 0;

  constructor(clock: Clock, draftOf: (loss: Loss) => Draft) {
    this.#clock = clock;
    this.#draftOf = draftOf;
  }

  /** How many events were lost in all. */
  get count(): number {
    return this.#count;
  }

  get isPending(): boolean {
    return this.#untold !== null || this.#telling !== null;
  }

  add(id: string, reason: string): Fate {
    const now = this.#clock.now();
    this.#count += 1;
    this.#untold = {
      count: (this.#untold?.count ?? 0) + 1,
      from: this.#untold?.from ?? now,
      until: now,
      reason,
    };
    return { status: 'shed', id, reason };
  }

  /** The AUDIT_LOSS entry to write now, or null. What is lost from here on goes into the one after it. */
  next(): Draft | null {
    if (this.#telling === null && this.#untold !== null) {
      this.#telling = { ...this.#draftOf(this.#untold), mayRepeat: true };
      this.#untold = null;
    }
    return this.#telling;
  }

  /** What `next` gave has been written. */
  told(): void {
    this.#telling = null;
  }
}
