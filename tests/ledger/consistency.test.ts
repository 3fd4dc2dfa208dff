import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConsistencyProof } from '../../src/ledger/agreement.js';
import { ConsistencyPaths, composed, ledTo } from '../../src/ledger/consistency.js';
import { ConsistencyPath, Frontier, rootOf, verifyConsistency } from '../../src/ledger/merkle.js';

const MOST = 200;
const LEAVES = Array.from({ length: MOST }, (_, i) => createHash('sha256').update(`leaf ${i}`).digest());
const SETTINGS = { seed: 20_261_121, numRuns: 200 };

function direct(from: number, to: number): ConsistencyProof {
  const path = new ConsistencyPath(from, to);
  for (const leaf of LEAVES.slice(0, to)) path.push(leaf);
  return { from, to, path: path.finish() };
}

function edgeAt(size: number): { size: number; hashes: Buffer[] } {
  const frontier = new Frontier();
  for (const leaf of LEAVES.slice(0, size)) frontier.push(leaf);
  return { size, hashes: frontier.hashes() };
}

const hexOf = (proofs: readonly ConsistencyProof[]) =>
  proofs.map(({ from, to, path }) => [from, to, ...path.map((hash) => Buffer.from(hash).toString('hex'))]);

const sizes = (count: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: MOST }), { minLength: count, maxLength: count + 8 })
    .map((all) => all.sort((a, b) => a - b));

describe('proofs from many sizes in one pass', () => {
  test('are those that are made one by one', () => {
    fc.assert(
      fc.property(sizes(2), (all) => {
        const [anchorSize, ...rest] = all as [number, ...number[]];
        const to = rest.at(-1)!;
        const paths = new ConsistencyPaths(all, to, edgeAt(anchorSize));
        for (const leaf of LEAVES.slice(anchorSize, to)) paths.push(leaf);
        expect(hexOf(paths.finish())).toEqual(hexOf(all.map((from) => direct(from, to))));
        expect(Frontier.fromAnchor(to, paths.edge().hashes).root()).toEqual(rootOf(LEAVES.slice(0, to)));
      }),
      SETTINGS,
    );
  });

  test('need every leaf, and no size below the anchor', () => {
    const paths = new ConsistencyPaths([5], 9, edgeAt(5));
    expect(() => paths.finish()).toThrow(RangeError);
    expect(() => new ConsistencyPaths([4], 9, edgeAt(5))).toThrow(RangeError);
  });
});

describe('two proofs put together', () => {
  test('are the proof from the first size to the last', () => {
    fc.assert(
      fc.property(sizes(3), (all) => {
        const [from, middle, to] = all as [number, number, number];
        const proof = composed(direct(from, middle), direct(middle, to))!;
        expect(hexOf([proof])).toEqual(hexOf([direct(from, to)]));
      }),
      SETTINGS,
    );
  });

  test('prove nothing where one of them was changed', () => {
    const second = direct(7, 12);
    const forged = { ...second, path: second.path.map((hash, i) => (i === 0 ? LEAVES[0]! : hash)) };
    const proof = composed(direct(5, 7), forged);
    const holds =
      proof !== null &&
      verifyConsistency(5, 12, proof.path, rootOf(LEAVES.slice(0, 5)), rootOf(LEAVES.slice(0, 12)));
    expect(holds).toBe(false);
    expect(composed(direct(5, 7), direct(8, 12))).toBeNull();
    expect(composed(direct(5, 7), { ...second, path: second.path.slice(1) })).toBeNull();
  });

  test('lead every stored proof on to the present anchor, over any number of anchors', () => {
    fc.assert(
      fc.property(sizes(4), (all) => {
        const to = all.at(-1)!;
        // Every third size was an anchor; what lies between two anchors was proved to the later one.
        const anchors = all.filter((size, i) => i % 3 === 2 || size === to);
        const stored = all
          .filter((size) => size < to)
          .map((size) => direct(size, anchors.find((anchor) => anchor > size)!));
        expect(hexOf(ledTo(to, stored))).toEqual(hexOf(all.slice(0, -1).map((size) => direct(size, to))));
      }),
      SETTINGS,
    );
  });
});
