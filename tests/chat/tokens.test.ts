import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tokensOf } from '../../src/chat/tokens.js';
import { inTime } from '../support/inTime.js';
import { HOSTILE, hostileText } from './support/hostile.js';

const texts = (text: string) => tokensOf(text).map((token) => token.text);

describe('the words of a command', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['   \n\t ', []],
    ['promote  Ana\nadmin', ['promote', 'Ana', 'admin']],
    ['show "Ana Maria" now', ['show', 'Ana Maria', 'now']],
    ['show “Ana Maria” now', ['show', 'Ana Maria', 'now']],
    ['show „Ana Maria“', ['show', 'Ana Maria']],
    ['show «Ana Maria»', ['show', 'Ana Maria']],
    ['say "a \\"b\\" c"', ['say', 'a "b" c']],
    ['say ""', ['say', '']],
    ["O'Brien's", ["O'Brien's"]],
    ['"never closed', ['"never', 'closed']],
    ['"a"b', ['a', 'b']],
    ['a\u00a0b\u2003c', ['a', 'b', 'c']],
    ['\u2068@12025550101\u2069 x', ['@12025550101', 'x']],
    ['\u200b \u200e', []],
  ])('%j is %j', (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  test('know the name in front of a colon, and keep what is no name', () => {
    const named = tokensOf('Reason:"left us" for:30m lid:17 10:30 :x a:');
    expect(named.map(({ name, text, isQuoted }) => [name, text, isQuoted])).toEqual([
      ['reason', 'left us', true],
      ['for', '30m', false],
      ['lid', '17', false],
      [null, '10:30', false],
      [null, ':x', false],
      ['a', '', false],
    ]);
  });

  test('know where they stand', () => {
    const text = ' one reason:"two  three"  "four"';
    expect(tokensOf(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'one',
      'reason:"two  three"',
      '"four"',
    ]);
  });

  test('are found in anything, each once and in order', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        let last = 0;
        for (const { start, end } of tokensOf(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test.each(HOSTILE)('of 64 KiB of %s take no time', (_, text) => {
    inTime(() => tokensOf(text));
  });
});
