import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { microsFrom, moneyText } from '../../src/config/money.js';

test.each([
  ['0', 0, '0.00'],
  ['5', 5_000_000, '5.00'],
  ['1.5', 1_500_000, '1.50'],
  ['0.15', 150_000, '0.15'],
  ['0.000123', 123, '0.000123'],
  ['9999999.999999', 9_999_999_999_999, '9999999.999999'],
])('%s is %d millionths, and written %s', (text, micros, written) => {
  expect(microsFrom(text)).toBe(micros);
  expect(moneyText(micros)).toBe(written);
});

test.each(['', '-1', '+1', '1,5', '.5', '1.', '1e3', '0.0000001', '12345678', 'NaN'])(
  '%j is none',
  (text) => {
    expect(microsFrom(text)).toBeNull();
  },
);

test('what is written is read as the same amount', () => {
  fc.assert(
    fc.property(fc.nat({ max: 9_999_999_999_999 }), (micros) => {
      expect(microsFrom(moneyText(micros))).toBe(micros);
    }),
    { seed: 7, numRuns: 200 },
  );
});
