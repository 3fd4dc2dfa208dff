/**
 * Makers of inclusion and consistency proofs that see every leaf once, in order, and keep only O(log² n) hashes.
 * They can begin at an anchor, whose perfect subtrees fall whole into the ranges that a proof needs.
 *
 * ```ts
 * const path = new InclusionPath(seq - 1, size, anchor);
 * for (const leaf of leavesFromAnchorOn) path.push(leaf);
 * const proof = path.finish();
 * ```
 */
import { Frontier, type Node, subtreeSizes } from './frontier.js';

export interface Anchor {
  size: number;
  hashes: readonly Uint8Array[];
}

/** Leaves `from` up to, not including, `to`. */
interface Range {
  from: number;
  to: number;
}

const NO_ANCHOR: Anchor = { size: 0, hashes: [] };

export class InclusionPath {
  readonly #roots: RangeRoots;

  /** `index` counts from 0 and is not below the anchor. */
  constructor(index: number, size: number, anchor: Anchor | null = NO_ANCHOR) {
    const start = anchor ?? NO_ANCHOR;
    if (!(index >= start.size && index < size)) {
      throw new RangeError(`leaf ${index} is not between the anchor (${start.size}) and the size (${size})`);
    }
    this.#roots = new RangeRoots(inclusionRanges(index, size), size, start);
  }

  /** Leaves from number `anchor.size` up to, not including, `size`. */
  push(leaf: Uint8Array): void {
    this.#roots.push(leaf);
  }

  finish(): Buffer[] {
    return this.#roots.finish();
  }
}

export class ConsistencyPath {
  readonly #roots: RangeRoots;

  /**
   * With `from` below the anchor, `earlier` must be the proof from `from` to the anchor's size: it holds what
   * the pruned leaves would have given.
   */
  constructor(
    from: number,
    to: number,
    anchor: Anchor | null = NO_ANCHOR,
    earlier: readonly Uint8Array[] | null = null,
  ) {
    const start = anchor ?? NO_ANCHOR;
    if (!(from >= 0 && from <= to && start.size <= to)) {
      throw new RangeError(`there is no proof from ${from} to ${to} that begins at ${start.size}`);
    }
    const known = new Map<string, Uint8Array>();
    if (from > 0 && from < start.size) {
      const ranges = consistencyRanges(from, start.size);
      if (earlier === null || earlier.length !== ranges.length) {
        throw new RangeError(
          `size ${from} lies below the anchor: the proof from it to ${start.size} is needed`,
        );
      }
      ranges.forEach((range, i) => {
        known.set(keyOf(range), earlier[i]!);
      });
    }
    this.#roots = new RangeRoots(consistencyRanges(from, to), to, start, known);
  }

  /** Leaves from number `anchor.size` up to, not including, `to`. */
  push(leaf: Uint8Array): void {
    this.#roots.push(leaf);
  }

  finish(): Buffer[] {
    return this.#roots.finish();
  }
}

interface Slot {
  range: Range;
  frontier: Frontier;
  /** Set when it was known beforehand. */
  root: Uint8Array | null;
}

/** The roots over some ranges of leaves, gathered in one pass. */
class RangeRoots {
  /** In the order of the proof. */
  readonly #slots: Slot[];
  /** Those that still wait for leaves, in the order of the leaves. */
  readonly #waiting: Slot[];
  readonly #size: number;
  #next: number;

  constructor(ranges: Range[], size: number, anchor: Anchor, known = new Map<string, Uint8Array>()) {
    this.#size = size;
    this.#next = anchor.size;
    const nodes = placedNodes(anchor);
    this.#slots = ranges.map((range) => {
      const frontier = new Frontier(nodes.filter((node) => within(node, range)));
      const root = known.get(keyOf(range)) ?? null;
      if (root === null && frontier.size < Math.min(range.to, anchor.size) - range.from) {
        throw new RangeError('the proof needs leaves that lie below the anchor');
      }
      return { range, frontier, root };
    });
    this.#waiting = this.#slots
      .filter(({ root }) => root === null)
      .toSorted((a, b) => a.range.from - b.range.from);
  }

  push(leaf: Uint8Array): void {
    if (this.#next >= this.#size) throw new RangeError(`more leaves than the size of ${this.#size}`);
    const at = this.#next;
    this.#next += 1;
    while (this.#waiting.length > 0 && this.#waiting[0]!.range.to <= at) this.#waiting.shift();
    const current = this.#waiting[0];
    if (current !== undefined && current.range.from <= at) current.frontier.push(leaf);
  }

  finish(): Buffer[] {
    if (this.#next !== this.#size) {
      throw new RangeError(`leaf ${this.#next} of ${this.#size} and those after it are missing`);
    }
    return this.#slots.map(({ frontier, root }) => (root === null ? frontier.root() : Buffer.from(root)));
  }
}

type PlacedNode = Node & Range;

function placedNodes(anchor: Anchor): PlacedNode[] {
  const sizes = subtreeSizes(anchor.size);
  if (sizes.length !== anchor.hashes.length)
    throw new RangeError('the anchor has the wrong number of hashes');
  let from = 0;
  return sizes.map((size, i) => {
    const node = { size, hash: anchor.hashes[i]!, from, to: from + size };
    from += size;
    return node;
  });
}

function within(inner: Range, outer: Range): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}

function keyOf(range: Range): string {
  return `${range.from}-${range.to}`;
}

/** The largest power of two below `size`: where a tree of that size is split. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** RFC 9162 section 2.1.3.1: what stands beside the way from the leaf up to the root. */
function inclusionRanges(index: number, size: number): Range[] {
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      ranges.unshift({ from: middle, to });
      to = middle;
    } else {
      ranges.unshift({ from, to: middle });
      from = middle;
    }
  }
  return ranges;
}

/** RFC 9162 section 2.1.4.1. */
export function consistencyRanges(m: number, n: number): Range[] {
  if (m === 0 || m === n) return [];
  const ranges: Range[] = [];
  let [from, to] = [0, n];
  // Whether the subtree in hand is the whole older tree, whose root the verifier has already.
  let isOlderTree = true;
  while (to > m) {
    const middle = from + splitOf(to - from);
    if (m <= middle) {
      ranges.unshift({ from: middle, to });
      to = middle;
    } else {
      ranges.unshift({ from, to: middle });
      from = middle;
      isOlderTree = false;
    }
  }
  if (!isOlderTree) ranges.unshift({ from, to });
  return ranges;
}
