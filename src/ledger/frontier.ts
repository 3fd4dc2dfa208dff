/**
 * The right edge of a growing Merkle tree: the roots of the perfect subtrees that make up its leaves. It is all
 * that is needed to append and to tell the root, and it is what remains (as the anchor) of a pruned beginning.
 */
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

/** The root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = Buffer.from(hash('sha256', '', 'hex'), 'hex');

// A node is hashed as one block of 65 bytes: 0x01 ‖ left ‖ right.
const LEFT = 1;
const RIGHT = LEFT + HASH_BYTES;
const NODE_BYTES = RIGHT + HASH_BYTES;

function nodeBlock(): Buffer {
  const block = Buffer.alloc(NODE_BYTES);
  block[0] = 1;
  return block;
}

const scratch = nodeBlock();

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  scratch.set(left, LEFT);
  scratch.set(right, RIGHT);
  return Buffer.from(hash('sha256', scratch, 'binary'), 'binary');
}

/** A perfect subtree: `size` is a power of two. */
export interface Node {
  size: number;
  hash: Uint8Array;
}

export class Frontier {
  #size = 0;
  /** Level k waits in the left half of its block for a subtree of 2^k leaves when bit k of the size is set. */
  readonly #blocks: Buffer[] = [];

  /** Perfect subtrees from left to right, each smaller than the one before it. */
  constructor(nodes: readonly Node[] = []) {
    for (const node of nodes) this.#place(node);
  }

  /** The edge after `size` leaves: the binary digits of `size` give the subtrees, largest first. */
  static fromAnchor(size: number, hashes: readonly Uint8Array[]): Frontier {
    const sizes = subtreeSizes(size);
    if (hashes.length !== sizes.length) {
      throw new RangeError(`an edge of size ${size} has ${sizes.length} hashes, not ${hashes.length}`);
    }
    return new Frontier(sizes.map((subtree, i) => ({ size: subtree, hash: hashes[i]! })));
  }

  get size(): number {
    return this.#size;
  }

  push(leaf: Uint8Array): void {
    if (leaf.length !== HASH_BYTES) throw new RangeError('a leaf hash has 32 bytes');
    const block = this.#block(0);
    block.set(leaf, this.#size % 2 === 0 ? LEFT : RIGHT);
    this.#grow();
  }

  /** Pushes the leaves number `from` up to, not including, `to` of hashes that lie one after another. */
  pushRange(leaves: Buffer, from: number, to: number): void {
    const block = this.#block(0);
    for (let at = from * HASH_BYTES; at < to * HASH_BYTES; at += HASH_BYTES) {
      leaves.copy(block, this.#size % 2 === 0 ? LEFT : RIGHT, at, at + HASH_BYTES);
      this.#grow();
    }
  }

  root(): Buffer {
    let root: Buffer | null = null;
    for (let i = 0, rest = this.#size; rest > 0; i += 1, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) continue;
      const node = this.#waiting(i);
      root = root === null ? Buffer.from(node) : nodeHash(node, root);
    }
    return root ?? Buffer.from(EMPTY_ROOT);
  }

  /** The subtree roots, largest first. */
  hashes(): Buffer[] {
    return subtreeSizes(this.#size).map((size) => Buffer.from(this.#waiting(Math.log2(size))));
  }

  clone(): Frontier {
    return Frontier.fromAnchor(this.#size, this.hashes());
  }

  /** The new leaf is in its block; whatever it completes moves up. */
  #grow(): void {
    let rest = this.#size;
    this.#size += 1;
    for (let level = 0; rest % 2 === 1; level += 1) {
      rest = (rest - 1) / 2;
      // A "binary" string is written twice as fast as a Buffer is made.
      const node = hash('sha256', this.#blocks[level]!, 'binary');
      this.#block(level + 1).write(node, rest % 2 === 0 ? LEFT : RIGHT, 'binary');
    }
  }

  #place({ size, hash: node }: Node): void {
    const level = Math.log2(size);
    if (!Number.isInteger(level) || node.length !== HASH_BYTES) {
      throw new RangeError('a node is the 32-byte root of a subtree with a power of two leaves');
    }
    const smallest = subtreeSizes(this.#size).at(-1) ?? Number.POSITIVE_INFINITY;
    if (size >= smallest) throw new RangeError('nodes are given largest first');
    this.#block(level).set(node, LEFT);
    this.#size += size;
  }

  #waiting(level: number): Buffer {
    return this.#block(level).subarray(LEFT, RIGHT);
  }

  #block(level: number): Buffer {
    while (this.#blocks.length <= level) this.#blocks.push(nodeBlock());
    return this.#blocks[level]!;
  }
}

/** The sizes of the perfect subtrees that make up a tree of `size` leaves, largest first. */
export function subtreeSizes(size: number): number[] {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no tree size`);
  const sizes: number[] = [];
  for (let rest = size, bit = 1; rest > 0; rest = Math.floor(rest / 2), bit *= 2) {
    if (rest % 2 === 1) sizes.unshift(bit);
  }
  return sizes;
}
