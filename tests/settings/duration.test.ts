import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { durationFrom, durationText } from '../../src/settings/duration.js';

test.each([
  ['90s', 90_000],
  ['2m', 120_000],
  ['2 m', 120_000],
  [' 1H ', 3_600_000],
  ['1d', 86_400_000],
  ['250ms', 250],
  ['0s', 0],
])('%j is %d ms', (text, ms) => {
  expect(durationFrom(text)).toBe(ms);
});

test.each(['', '5', 's', '-1s', '1.5h', '1w', '1h30m', '٣s', '9999999999s', '1 0s'])(
  '%j is no time',
  (text) => {
    expect(durationFrom(text)).toBeNull();
  },
);

test('a time is written in the largest unit that fits, and read back as it was', () => {
  expect([90_000, 120_000, 86_400_000, 3_600_001, 0].map(durationText)).toEqual([
    '90s',
    '2m',
    '1d',
    '3600001ms',
    '0s',
  ]);
  fc.assert(
    fc.property(fc.nat(864_000_000), (ms) => durationFrom(durationText(ms)) === ms),
    { seed: 3, numRuns: 300 },
  );
});
