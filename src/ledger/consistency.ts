/**
 * Proofs from many sizes to one, and proofs put together.
 *
 * When retention moves the anchor from q to p, each checkpoint between them gets its proof to p once, and so does q.
 * Nothing is written anew at the next move: a proof from m to q and one from q to p are a proof from m to p.
 */
import type { ConsistencyProof } from './agreement.js';
import { nodeHash, subtreeSizes } from './frontier.js';
import { type Anchor, consistencyRanges, splitOf } from './path.js';

type Known = Map<string, Uint8Array>;

const keyOf = (from: number, to: number): string => `${from}-${to}`;

/**
 * The proofs from several sizes to one, in a single pass over the leaves between the anchor and that size. No size
 * lies below the anchor. Each node that a proof needs is kept when the tree completes it, so the number of sizes costs
 * nothing.
 */
export class ConsistencyPaths {
  readonly #sizes: readonly number[];
  readonly #to: number;
  readonly #known: Known = new Map();
  readonly #wanted = new Set<string>();
  /** Perfect subtrees, largest first, as in any right edge. */
  readonly #edge: { from: number; size: number; hash: Uint8Array }[] = [];
  #size = 0;

  constructor(sizes: readonly number[], to: number, anchor: Anchor) {
    const outside = sizes.find((size) => size < anchor.size || size > to);
    if (outside !== undefined || anchor.size > to) {
      throw new RangeError(
        `there is no proof from ${outside ?? anchor.size} to ${to} that begins at ${anchor.size}`,
      );
    }
    this.#sizes = sizes;
    this.#to = to;
    for (const size of sizes) {
      for (const range of consistencyRanges(size, to)) this.#wanted.add(keyOf(range.from, range.to));
    }
    subtreeSizes(anchor.size).forEach((size, i) => {
      this.#complete(this.#size, size, anchor.hashes[i]!);
      this.#edge.push({ from: this.#size, size, hash: anchor.hashes[i]! });
      this.#size += size;
    });
  }

  /** Leaves from number `anchor.size` up to, not including, `to`. */
  push(leaf: Uint8Array): void {
    if (this.#size >= this.#to) throw new RangeError(`more leaves than the size of ${this.#to}`);
    let node = { from: this.#size, size: 1, hash: leaf };
    this.#size += 1;
    this.#complete(node.from, node.size, node.hash);
    for (let left = this.#edge.at(-1); left?.size === node.size; left = this.#edge.at(-1)) {
      node = { from: left.from, size: left.size * 2, hash: nodeHash(left.hash, node.hash) };
      this.#complete(node.from, node.size, node.hash);
      this.#edge.pop();
    }
    this.#edge.push(node);
  }

  /** The edge at `to`: what is the next anchor's. */
  edge(): Anchor {
    this.#demandWhole();
    return { size: this.#to, hashes: this.#edge.map(({ hash }) => hash) };
  }

  finish(): ConsistencyProof[] {
    this.#demandWhole();
    // A range that ends with the tree is no perfect subtree: it is folded from those of the edge.
    let suffix: Uint8Array | null = null;
    for (const { from, hash } of this.#edge.toReversed()) {
      suffix = suffix === null ? hash : nodeHash(hash, suffix);
      this.#known.set(keyOf(from, this.#to), suffix);
    }
    return this.#sizes.map((from) => ({
      from,
      to: this.#to,
      path: consistencyRanges(from, this.#to).map((range) => nodeOf(this.#known, range.from, range.to)),
    }));
  }

  #complete(from: number, size: number, hash: Uint8Array): void {
    const key = keyOf(from, from + size);
    if (this.#wanted.has(key)) this.#known.set(key, Buffer.from(hash));
  }

  #demandWhole(): void {
    if (this.#size !== this.#to)
      throw new RangeError(`leaf ${this.#size} of ${this.#to} and those after it are missing`);
  }
}

/** Two proofs as one, or null where they do not meet or one of them is not of its length. */
export function composed(first: ConsistencyProof, second: ConsistencyProof): ConsistencyProof | null {
  const { from } = first;
  const { to } = second;
  if (first.to !== second.from || from < 1 || from > first.to || first.to > to) return null;
  const known: Known = new Map();
  for (const proof of [first, second]) {
    const ranges = consistencyRanges(proof.from, proof.to);
    if (ranges.length !== proof.path.length) return null;
    ranges.forEach((range, i) => {
      known.set(keyOf(range.from, range.to), proof.path[i]!);
    });
  }
  try {
    return {
      from,
      to,
      path: consistencyRanges(from, to).map((range) => nodeOf(known, range.from, range.to)),
    };
  } catch {
    return null;
  }
}

/** Every stored proof, led on to the anchor through those of the anchors before it. One that leads nowhere stays. */
export function ledTo(anchorSize: number, stored: readonly ConsistencyProof[]): ConsistencyProof[] {
  const bySize = new Map(stored.map((proof) => [proof.from, proof]));
  const led = new Map<number, ConsistencyProof>();
  const newestFirst = stored.toSorted((a, b) => b.from - a.from);
  for (const proof of newestFirst) {
    const on = proof.to === anchorSize ? null : (led.get(proof.to) ?? bySize.get(proof.to));
    led.set(proof.from, (on === null || on === undefined ? null : composed(proof, on)) ?? proof);
  }
  return stored.map((proof) => led.get(proof.from)!);
}

/** The root over a range, from what is known of it and of its parts. */
function nodeOf(known: Known, from: number, to: number): Uint8Array {
  const node = known.get(keyOf(from, to));
  if (node !== undefined) return node;
  if (to - from < 2) throw new RangeError(`nothing is known of leaf ${from}`);
  const middle = from + splitOf(to - from);
  return nodeHash(nodeOf(known, from, middle), nodeOf(known, middle, to));
}
