import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { costOf, mostTokens } from '../../../src/assistant/usage/cost.js';

test('in whole millionths, rounded up', () => {
  const price = { input: 150_000, output: 600_000 };
  expect(costOf({ input: 1_000_000, output: 1_000_000 }, price)).toBe(750_000);
  expect(costOf({ input: 1, output: 0 }, price)).toBe(1);
  expect(costOf({ input: 0, output: 0 }, price)).toBe(0);
  expect(costOf({ input: 9, output: 9 }, undefined)).toBe(0);
});

test('exact for any number of tokens, and never less than the true cost', () => {
  const tokens = fc.nat({ max: 100_000_000 });
  const price = fc.nat({ max: 1_000_000_000 });
  fc.assert(
    fc.property(tokens, tokens, price, price, (input, output, inputPrice, outputPrice) => {
      const cost = BigInt(costOf({ input, output }, { input: inputPrice, output: outputPrice })) * 1_000_000n;
      const exact = BigInt(input) * BigInt(inputPrice) + BigInt(output) * BigInt(outputPrice);
      expect(cost >= exact && cost - exact < 1_000_000n).toBe(true);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('what messages can come to is at least a token a byte', () => {
  expect(mostTokens([{ role: 'user', content: 'añ€😀' }])).toBeGreaterThanOrEqual(1 + 2 + 3 + 4);
});
