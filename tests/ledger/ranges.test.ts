import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addNumber,
  countOf,
  includes,
  joined,
  numbers,
  type Ranges,
  without,
} from '../../src/ledger/ranges.js';

const RUNS = { seed: 3, numRuns: 300 };
const someNumbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }));

describe('ranges', () => {
  test('hold the numbers that were added, joined', () => {
    fc.assert(
      fc.property(someNumbers, (set) => {
        const ranges = rangesOf(set);
        expect([...numbers(ranges)]).toEqual(set.toSorted((a, b) => a - b));
        expect(countOf(ranges)).toBe(set.length);
        ranges.forEach(([from], i) => {
          if (i > 0) expect(from).toBeGreaterThan(ranges[i - 1]![1] + 1);
        });
        for (let n = 0; n <= 61; n += 1) expect(includes(ranges, n)).toBe(set.includes(n));
      }),
      RUNS,
    );
  });

  test('are joined from pieces in any order, and taken from one another', () => {
    fc.assert(
      fc.property(someNumbers, someNumbers, (a, b) => {
        expect(joined(a.map((n) => [n, n] as const))).toEqual(rangesOf(a));
        const left = without(rangesOf(a), rangesOf(b));
        expect([...numbers(left)]).toEqual(a.filter((n) => !b.includes(n)).sort((x, y) => x - y));
      }),
      RUNS,
    );
  });

  test('are told up to a limit', () => {
    expect([...numbers([[1, 1e12]], 3)]).toEqual([1, 2, 3]);
  });
});

function rangesOf(set: number[]): Ranges {
  const ranges: Ranges = [];
  for (const n of set.toSorted((a, b) => a - b)) addNumber(ranges, n);
  return ranges;
}
