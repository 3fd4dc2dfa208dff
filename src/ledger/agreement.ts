/**
 * Signed checkpoints against the roots that the entries really have. Signatures are checked once, at the start;
 * then each root is compared when the tree reaches its size.
 */
import { type Checkpoint, openCheckpoint, parseNumber } from './checkpoint.js';
import { EMPTY_ROOT } from './frontier.js';
import { verifyConsistency } from './merkle.js';
import type { VerifierKey } from './vkey.js';

/** An RFC 9162 consistency proof from one size to a later one. */
export interface ConsistencyProof {
  from: number;
  to: number;
  path: readonly Uint8Array[];
}

/** All validly signed checkpoints of one size. More than one root among them is a fork in itself. */
interface Signed {
  roots: Buffer[];
  notes: number;
}

export class Agreement {
  readonly #bySize = new Map<number, Signed>();
  /** Ascending. */
  readonly sizes: readonly number[];
  /** What counts as absent, described. */
  readonly absent: string[] = [];
  /** What counts as absent because it speaks of another ledger, described. */
  readonly foreign: string[] = [];
  /** Sizes of what was given that are to be compared, whatever else is left alone. */
  readonly #givenSizes = new Set<number>();
  #givenAbsent = 0;
  #skipped = 0;
  /** Ascending, as the sizes are compared. */
  readonly #agreed: number[] = [];
  readonly #disagreed: number[] = [];
  readonly #unchecked: number[] = [];

  constructor(options: {
    notes: Iterable<string>;
    /** Notes that somebody asks to be compared: none of them is ever left alone. */
    given?: Iterable<string>;
    keys: readonly VerifierKey[];
    origin: string;
    /** Leave alone what is about another ledger: several ledgers may share one file. */
    skipForeign: boolean;
    /** Leave alone, unverified, what is smaller. */
    skipBelow: number;
  }) {
    const { keys, origin, skipForeign, skipBelow } = options;
    const given = new Set(options.given ?? []);
    for (const note of new Set([...options.notes, ...given])) {
      const isGiven = given.has(note);
      const [first = '', second = ''] = note.split('\n', 2);
      const claimed = parseNumber(second);
      if (skipForeign && !isGiven && first !== origin) continue;
      if (claimed !== null && claimed < skipBelow && !isGiven) {
        this.#skipped += 1;
        continue;
      }
      const checkpoint = openCheckpoint(note, keys);
      if (checkpoint?.origin === origin) {
        this.#add(checkpoint);
        if (isGiven) this.#givenSizes.add(checkpoint.size);
        continue;
      }
      (first === origin ? this.absent : this.foreign).push(describe(first, claimed));
      if (isGiven) this.#givenAbsent += 1;
    }
    this.sizes = [...this.#bySize.keys()].sort((a, b) => a - b);
    // Two roots for one size: whatever the entries say, one of them is of another history.
    for (const [size, { roots }] of this.#bySize) if (roots.length > 1) this.#disagreed.push(size);
  }

  /** How many notes were validly signed and had the root that the entries have. */
  get verified(): number {
    return this.#agreed.reduce((sum, size) => sum + this.#bySize.get(size)!.notes, 0);
  }

  /** The newest size whose checkpoint agrees, or null. */
  get covered(): number | null {
    return this.#agreed.at(-1) ?? null;
  }

  get largest(): number | null {
    return this.sizes.at(-1) ?? null;
  }

  /** How many checkpoints lie below where this verification began and were left alone. */
  get skipped(): number {
    return this.#skipped;
  }

  /** How many notes are of no account. */
  get absentCount(): number {
    return this.absent.length + this.foreign.length;
  }

  /** How many of the notes that were given could not be compared with anything. */
  get idle(): number {
    return this.#givenAbsent + [...this.#givenSizes].filter((size) => !this.#isCompared(size)).length;
  }

  /** Sizes that nothing here can be compared with. */
  get unchecked(): readonly number[] {
    return this.#unchecked;
  }

  agreesAt(size: number): boolean {
    return this.#agreed.includes(size);
  }

  /** Where the signed history and this one part: after the last size that agrees, up to the first that does not. */
  fork(): { from: number; to: number } | null {
    if (this.#disagreed.length === 0) return null;
    const to = this.#disagreed.reduce((least, size) => Math.min(least, size));
    const last = this.#agreed.findLast((size) => size < to) ?? 0;
    return { from: Math.min(last + 1, to), to };
  }

  /** The tree has `size` leaves and this root. */
  compare(size: number, root: Uint8Array): void {
    const signed = this.#bySize.get(size);
    if (signed === undefined || signed.roots.length > 1) return;
    const agrees = Buffer.compare(signed.roots[0]!, root) === 0;
    (agrees ? this.#agreed : this.#disagreed).push(size);
  }

  /**
   * Sizes below the anchor, whose entries are gone: a consistency proof to the anchor shows that the anchor
   * continues them. A proof that fails shows another history; without one, nothing is known.
   */
  compareBelow(anchor: { size: number; root: Uint8Array }, proofs: readonly ConsistencyProof[]): void {
    for (const size of this.sizes) {
      if (size >= anchor.size) return;
      const roots = this.#bySize.get(size)!.roots;
      if (roots.length > 1) continue;
      const root = roots[0]!;
      if (size === 0) {
        this.compare(0, EMPTY_ROOT);
        continue;
      }
      const given = proofs.filter(({ from, to }) => from === size && to === anchor.size);
      if (given.length === 0) this.#unchecked.push(size);
      else if (given.some(({ path }) => verifyConsistency(size, anchor.size, path, root, anchor.root))) {
        this.#agreed.push(size);
      } else this.#disagreed.push(size);
    }
  }

  #isCompared(size: number): boolean {
    return this.#agreed.includes(size) || this.#disagreed.includes(size);
  }

  #add({ size, root }: Checkpoint): void {
    const signed = this.#bySize.get(size);
    if (signed === undefined) {
      this.#bySize.set(size, { roots: [root], notes: 1 });
      return;
    }
    signed.notes += 1;
    if (!signed.roots.some((known) => known.equals(root))) signed.roots.push(root);
  }
}

function describe(origin: string, size: number | null): string {
  const what = size === null ? 'a note that is no checkpoint' : `a checkpoint of size ${size}`;
  return `${what} of ${JSON.stringify(origin.slice(0, 100))}`;
}
