import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { joined, numbers, type Ranges } from '../../../src/ledger/ranges.js';
import { announcements } from '../../../src/lifecycle/erasure/announcements.js';

const rangesOf = (numbers: readonly number[]): Ranges =>
  joined(numbers.map((number) => [number, number] as const));
const set = fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 300 }).map(rangesOf);

test('together they name all that is to go, each fits, and each is in order', () => {
  fc.assert(
    fc.property(set, set, fc.integer({ min: 100, max: 2000 }), (actor, rest, most) => {
      const all = announcements({ actor, rest }, most);
      expect(joined(all.flatMap((one) => one.actor))).toEqual(actor);
      expect(joined(all.flatMap((one) => one.rest))).toEqual(rest);
      for (const one of all) {
        expect(JSON.stringify(one).length).toBeLessThanOrEqual(most);
        expect(joined(one.actor)).toEqual(one.actor);
        expect(joined(one.rest)).toEqual(one.rest);
        expect(one.count).toBe(new Set([...numbers(one.actor), ...numbers(one.rest)]).size);
      }
    }),
    { seed: 7, numRuns: 200 },
  );
});

test('nothing to say is said by none', () => {
  expect(announcements({ actor: [], rest: [] }, 500)).toEqual([]);
});
