/**
 * Whether the entries' numbers follow one another. In a database they come sorted; in a file that somebody has
 * had in hand, lines may be gone, swapped or repeated.
 */
import type { Finding } from './inspect.js';
import { indexOf, joined, type Ranges, without } from './ranges.js';

export class Order {
  /** The number that must come next. */
  #next: number;
  /** The gaps as they were made. A number that comes late does not close one: it stands in the wrong place. */
  readonly #jumps: Ranges = [];
  readonly #late = new Set<number>();
  readonly #told = new Set<number>();
  readonly #findings: Finding[] = [];

  /** `last` is the number after which the entries begin. */
  constructor(last: number) {
    this.#next = last + 1;
  }

  get next(): number {
    return this.#next;
  }

  /** What stands in the wrong place. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Whether every number so far came in its turn, so that a leaf's place in the tree is sure. */
  get isWhole(): boolean {
    return this.#jumps.length === 0;
  }

  /** The numbers that never came. */
  gaps(): Ranges {
    const late: Ranges = [...this.#late].map((seq) => [seq, seq]);
    return without(this.#jumps, joined(late));
  }

  /**
   * Takes consecutive numbers and returns the first of them that continues the ledger; those before it stand in
   * the wrong place. Returns `to + 1` when none does.
   */
  take(from: number, to: number): number {
    let first = from;
    while (first <= to && first < this.#next) {
      this.#misplaced(first);
      first += 1;
    }
    if (first > to) return first;
    if (first > this.#next) this.#jumps.push([this.#next, first - 1]);
    this.#next = to + 1;
    return first;
  }

  /** No more will come; the ledger should have gone up to `to`. */
  close(to: number): void {
    if (this.#next > to) return;
    this.#jumps.push([this.#next, to]);
    this.#next = to + 1;
  }

  #misplaced(seq: number): void {
    const jump = indexOf(this.#jumps, seq);
    if (jump < 0 || this.#late.has(seq)) {
      this.#findings.push({ seq, why: 'its number is there twice' });
      return;
    }
    this.#late.add(seq);
    this.#findings.push({ seq, why: 'it does not stand in the order of the numbers' });
    // What stands where this one belongs is as wrong as this one.
    const early = this.#jumps[jump]![1] + 1;
    if (this.#told.has(early)) return;
    this.#told.add(early);
    this.#findings.push({ seq: early, why: `it stands before entry ${seq}` });
  }
}
