/** The altered entries of a verification: all of them as ranges, the first thousand with what is wrong. */
import { FINDINGS_MAX, type Finding } from './inspect.js';
import { joined, numbers, type Ranges } from './ranges.js';

export class Findings {
  readonly #told: Finding[] = [];
  readonly #pieces: Ranges = [];

  /** What was found chunk by chunk, in the order of the entries. */
  add(findings: readonly Finding[], all: Ranges): void {
    for (const finding of findings) if (this.#told.length < FINDINGS_MAX) this.#told.push(finding);
    for (const [from, to] of all) this.#pieces.push([from, to]);
  }

  /** Whole ranges with the same thing wrong. */
  addRanges(ranges: Ranges, why: string): void {
    for (const seq of numbers(ranges, FINDINGS_MAX)) this.#told.push({ seq, why });
    for (const [from, to] of ranges) this.#pieces.push([from, to]);
  }

  /** The numbers of all altered entries. */
  numbers(): Ranges {
    return joined(this.#pieces);
  }

  /** One finding an entry, in order, the first thousand. */
  listed(): Finding[] {
    const bySeq = new Map<number, string>();
    for (const { seq, why } of this.#told) {
      const known = bySeq.get(seq);
      bySeq.set(seq, known === undefined ? why : `${known}; ${why}`);
    }
    const listed = [...bySeq].map(([seq, why]) => ({ seq, why }));
    return listed.sort((a, b) => a.seq - b.seq).slice(0, FINDINGS_MAX);
  }
}
