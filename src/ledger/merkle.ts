/**
 * The Merkle tree of RFC 9162 section 2.1: roots, and the check of the two kinds of proof.
 *
 * The right edge that grows the tree is in `frontier.ts`, the makers of proofs in `path.ts`; both are given
 * on from here.
 */
import { EMPTY_ROOT, Frontier, nodeHash } from './frontier.js';

export { EMPTY_ROOT, Frontier, nodeHash } from './frontier.js';
export { ConsistencyPath, InclusionPath } from './path.js';

/** The root over leaf hashes held in memory. */
export function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const frontier = new Frontier();
  for (const leaf of leaves) frontier.push(leaf);
  return frontier.root();
}

/** Whether `path` proves that the leaf stands at `index` (from 0) in the tree of `size` leaves with that root. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const proved = inclusionRoot(leaf, index, size, path);
  return proved !== null && Buffer.compare(proved, root) === 0;
}

/** The root that leaf and path lead to, or null where the path has not the length that index and size ask for. */
export function inclusionRoot(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Buffer | null {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  let here = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of path) {
    if (last === 0) return null;
    if (isOdd(here) || here === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(here) && here !== 0) {
        here = half(here);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    here = half(here);
    last = half(last);
  }
  return last === 0 ? Buffer.from(hash) : null;
}

/** Whether `path` proves that the tree of `n` leaves only continues the tree of `m` leaves. */
export function verifyConsistency(
  m: number,
  n: number,
  path: readonly Uint8Array[],
  rootM: Uint8Array,
  rootN: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(m) || !Number.isSafeInteger(n) || m < 0 || m > n) return false;
  if (m === n) return path.length === 0 && Buffer.compare(rootM, rootN) === 0;
  // Every tree continues the empty one; the RFC leaves this case out.
  if (m === 0) return path.length === 0 && Buffer.compare(rootM, EMPTY_ROOT) === 0;

  let here = m - 1;
  let last = n - 1;
  while (isOdd(here)) {
    here = half(here);
    last = half(last);
  }
  // A tree of 2^k leaves is itself a node of the larger one, and is not repeated in the path.
  const nodes = here === 0 ? [rootM, ...path] : [...path];
  const first = nodes.shift();
  if (first === undefined) return false;
  let older = first;
  let newer = first;
  for (const node of nodes) {
    if (last === 0) return false;
    if (isOdd(here) || here === last) {
      older = nodeHash(node, older);
      newer = nodeHash(node, newer);
      while (!isOdd(here) && here !== 0) {
        here = half(here);
        last = half(last);
      }
    } else {
      newer = nodeHash(newer, node);
    }
    here = half(here);
    last = half(last);
  }
  return last === 0 && Buffer.compare(older, rootM) === 0 && Buffer.compare(newer, rootN) === 0;
}

// Sizes may pass 2^31, where bit operators stop working.
function isOdd(n: number): boolean {
  return n % 2 === 1;
}

function half(n: number): number {
  return Math.floor(n / 2);
}
