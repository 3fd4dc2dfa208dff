import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rateFrom, rateProblem, rateText } from '../../src/settings/rate.js';
import { inTime } from '../support/inTime.js';

test.each([
  ['20/1m burst 5', { count: 20, windowMs: 60_000, burst: 5 }],
  ['20/m', { count: 20, windowMs: 60_000, burst: 20 }],
  ['100 / 1h', { count: 100, windowMs: 3_600_000, burst: 100 }],
  ['  7/30s   BURST  3 ', { count: 7, windowMs: 30_000, burst: 3 }],
])('%j is read', (text, rate) => {
  expect(rateFrom(text)).toEqual(rate);
  expect(rateProblem(rate)).toBeNull();
});

test.each([
  '',
  '20',
  '20/',
  '/1m',
  '20/1x',
  '20 per minute',
  '20/1m burst',
  '20/1m 5',
  '-1/1m',
  '1.5/1m',
  '1/1m\u0000',
])('%j is no rate', (text) => {
  expect(rateFrom(text)).toBeNull();
});

test.each([
  ['0/1m', 'times'],
  ['10001/1d', 'times'],
  ['1/500ms', 'time'],
  ['1/2d', 'time'],
  ['101/1s', 'a second'],
  ['5/1m burst 6', 'burst'],
  ['5/1m burst 0', 'burst'],
])('%j is outside of the bounds, and the answer says of which', (text, word) => {
  const rate = rateFrom(text);
  expect(rate === null ? 'unread' : rateProblem(rate)).toContain(word);
});

test('a rate is written as it can be read again', () => {
  const rates = fc
    .record({
      count: fc.integer({ min: 1, max: 10_000 }),
      windowMs: fc.integer({ min: 1000, max: 86_400_000 }),
    })
    .chain(({ count, windowMs }) =>
      fc.integer({ min: 1, max: count }).map((burst) => ({ count, windowMs, burst })),
    );
  fc.assert(
    fc.property(rates, (rate) => expect(rateFrom(rateText(rate))).toEqual(rate)),
    { seed: 3, numRuns: 300 },
  );
});

test('no text takes long', () => {
  for (const text of [`${'1'.repeat(65_536)}/1m`, ' '.repeat(65_536), `20/1m burst ${' '.repeat(65_536)}`])
    inTime(() => rateFrom(text));
});
