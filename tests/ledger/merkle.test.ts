import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ConsistencyPath,
  EMPTY_ROOT,
  Frontier,
  InclusionPath,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../src/ledger/merkle.js';

const RUNS = { seed: 9162, numRuns: 150 };

/** The eight inputs that Certificate Transparency implementations test with, and the roots over the first n. */
const CT_INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const CT_LEAVES = CT_INPUTS.map((hex) =>
  createHash('sha256').update(Buffer.of(0)).update(Buffer.from(hex, 'hex')).digest(),
);

/** Some proofs published with those inputs: leaf (from 0), size, path. */
const CT_INCLUSION: [number, number, string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];
const CT_CONSISTENCY: [number, number, string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

describe('against the reference vectors of Certificate Transparency', () => {
  test('roots over 0 to 8 leaves', () => {
    const frontier = new Frontier();
    expect(EMPTY_ROOT.toString('hex')).toBe(CT_ROOTS[0]);
    expect(frontier.root().toString('hex')).toBe(CT_ROOTS[0]);
    CT_LEAVES.forEach((leaf, i) => {
      frontier.push(leaf);
      expect(frontier.root().toString('hex')).toBe(CT_ROOTS[i + 1]);
    });
  });

  test.each(CT_INCLUSION)('inclusion of leaf %i in %i', (index, size, path) => {
    expect(inclusion(CT_LEAVES, index, size).map((node) => node.toString('hex'))).toEqual(path);
    const root = Buffer.from(CT_ROOTS[size]!, 'hex');
    expect(verifyInclusion(CT_LEAVES[index]!, index, size, path.map(bytes), root)).toBe(true);
  });

  test.each(CT_CONSISTENCY)('consistency of %i with %i', (m, n, path) => {
    expect(consistency(CT_LEAVES, m, n).map((node) => node.toString('hex'))).toEqual(path);
    const [rootM, rootN] = [bytes(CT_ROOTS[m]!), bytes(CT_ROOTS[n]!)];
    expect(verifyConsistency(m, n, path.map(bytes), rootM, rootN)).toBe(true);
  });
});

describe('Frontier', () => {
  test('continued from an anchor is the same as from scratch', () => {
    fc.assert(
      fc.property(fc.nat(90), fc.nat(90), (p, more) => {
        const leaves = leavesOf(p + more);
        const before = new Frontier();
        for (const leaf of leaves.slice(0, p)) before.push(leaf);
        const after = Frontier.fromAnchor(p, before.hashes());
        const copy = before.clone();
        for (const leaf of leaves.slice(p)) {
          after.push(leaf);
          copy.push(leaf);
        }
        expect(after.size).toBe(p + more);
        expect(after.root()).toEqual(slowRoot(leaves));
        expect(copy.root()).toEqual(after.root());
        expect(after.hashes()).toEqual(copy.hashes());
        expect(before.root()).toEqual(slowRoot(leaves.slice(0, p)));
      }),
      RUNS,
    );
  });

  test('takes leaves that lie one after another', () => {
    const leaves = leavesOf(37);
    const frontier = new Frontier();
    frontier.pushRange(Buffer.concat(leaves), 0, 5);
    frontier.pushRange(Buffer.concat(leaves), 5, 37);
    expect(frontier.root()).toEqual(rootOf(leaves));
  });

  test('refuses an anchor with the wrong number or length of hashes', () => {
    const leaf = leavesOf(1)[0]!;
    expect(() => Frontier.fromAnchor(6, [leaf])).toThrow(RangeError);
    expect(() => Frontier.fromAnchor(1, [leaf, leaf])).toThrow(RangeError);
    expect(() => Frontier.fromAnchor(1, [leaf.subarray(1)])).toThrow(RangeError);
    expect(() => Frontier.fromAnchor(-1, [])).toThrow(RangeError);
    expect(() => Frontier.fromAnchor(1.5, [leaf])).toThrow(RangeError);
    expect(() => new Frontier([node(1), node(2)])).toThrow(RangeError);
    expect(() => new Frontier([node(3)])).toThrow(RangeError);
    expect(() => new Frontier().push(leaf.subarray(1))).toThrow(RangeError);
  });

  test('counts past 2^32', () => {
    const [leaf, anchored] = [leavesOf(1)[0]!, Frontier.fromAnchor(2 ** 40, [leavesOf(1)[0]!])];
    anchored.push(leaf);
    expect(anchored.size).toBe(2 ** 40 + 1);
    expect(anchored.hashes()).toHaveLength(2);
    expect(anchored.root()).toEqual(pair(leaf, leaf));
  });
});

describe('proofs', () => {
  test('of inclusion: every one made verifies, also from an anchor, and no flipped bit does', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 120 }), fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(cases, ([size, a, b, bit]) => {
        const index = a % size;
        const leaves = leavesOf(size);
        const root = slowRoot(leaves);
        const path = inclusion(leaves, index, size);
        expect(inclusion(leaves, index, size, b % (index + 1))).toEqual(path);
        const leaf = leaves[index]!;
        expect(verifyInclusion(leaf, index, size, path, root)).toBe(true);
        expect(verifyInclusion(flipped(leaf, bit), index, size, path, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, path, flipped(root, bit))).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...path, leaf], root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, path.slice(1), root)).toBe(path.length === 0);
        if (size > 1) expect(verifyInclusion(leaf, (index + 1) % size, size, path, root)).toBe(false);
        expect(verifyInclusion(leaf, size, size, path, root)).toBe(false);
        if (path.length > 0) {
          const bent = path.with(bit % path.length, flipped(path[bit % path.length]!, bit));
          expect(verifyInclusion(leaf, index, size, bent, root)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  test('of consistency: every one made verifies, also from an anchor, and no flipped bit does', () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 120 }), fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(cases, ([n, a, b, bit]) => {
        const m = a % (n + 1);
        const leaves = leavesOf(n);
        const [rootM, rootN] = [slowRoot(leaves.slice(0, m)), slowRoot(leaves)];
        const path = consistency(leaves, m, n);
        expect(consistency(leaves, m, n, b % (m + 1))).toEqual(path);
        expect(verifyConsistency(m, n, path, rootM, rootN)).toBe(true);
        expect(verifyConsistency(m, n, path, flipped(rootM, bit), rootN)).toBe(false);
        expect(verifyConsistency(m, n, [...path, rootN], rootM, rootN)).toBe(false);
        if (m > 0) expect(verifyConsistency(m, n, path, rootM, flipped(rootN, bit))).toBe(false);
        if (path.length > 0) {
          const bent = path.with(bit % path.length, flipped(path[bit % path.length]!, bit));
          expect(verifyConsistency(m, n, bent, rootM, rootN)).toBe(false);
          expect(verifyConsistency(m, n, path.slice(1), rootM, rootN)).toBe(false);
          expect(verifyConsistency(m, n, path.slice(0, -1), rootM, rootN)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  test('of consistency are carried on when the anchor moves, without the pruned leaves', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(50), (m, more, evenMore) => {
        const [p, q] = [m + more, m + more + evenMore];
        const leaves = leavesOf(q);
        const anchor = anchorOf(leaves, p);
        const path = new ConsistencyPath(m, q, anchor, consistency(leaves, m, p));
        for (const leaf of leaves.slice(p)) path.push(leaf);
        expect(path.finish()).toEqual(consistency(leaves, m, q));
      }),
      RUNS,
    );
  });

  test('refuse what they cannot be made for', () => {
    const anchor = anchorOf(leavesOf(5), 5);
    expect(() => new InclusionPath(4, 9, anchor)).toThrow(RangeError);
    expect(() => new InclusionPath(9, 9)).toThrow(RangeError);
    expect(() => new ConsistencyPath(3, 9, anchor)).toThrow(RangeError);
    expect(() => new ConsistencyPath(10, 9)).toThrow(RangeError);
    expect(() => new InclusionPath(0, 2).finish()).toThrow(RangeError);
    const full = new InclusionPath(0, 1);
    full.push(leavesOf(1)[0]!);
    expect(() => full.push(leavesOf(1)[0]!)).toThrow(RangeError);
  });
});

/** The definition itself, with no regard to cost. */
function slowRoot(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return pair(slowRoot(leaves.slice(0, split)), slowRoot(leaves.slice(split)));
}

function pair(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

function leavesOf(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => createHash('sha256').update(`leaf ${i}`).digest());
}

function anchorOf(leaves: Buffer[], size: number) {
  const frontier = new Frontier();
  for (const leaf of leaves.slice(0, size)) frontier.push(leaf);
  return { size, hashes: frontier.hashes() };
}

function inclusion(leaves: Buffer[], index: number, size: number, from = 0): Buffer[] {
  const path = new InclusionPath(index, size, anchorOf(leaves, from));
  for (const leaf of leaves.slice(from, size)) path.push(leaf);
  return path.finish();
}

function consistency(leaves: Buffer[], m: number, n: number, from = 0): Buffer[] {
  const path = new ConsistencyPath(m, n, anchorOf(leaves, from));
  for (const leaf of leaves.slice(from, n)) path.push(leaf);
  return path.finish();
}

function flipped(hash: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(hash);
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
}

function node(size: number) {
  return { size, hash: leavesOf(1)[0]! };
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
