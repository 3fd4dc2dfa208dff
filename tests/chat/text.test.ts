import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bold, code, joined, LONGEST_MESSAGE, lines, messagesOf, plain, say } from '../../src/chat/text.js';
import { inTime } from '../support/inTime.js';
import { HOSTILE, hostileText } from './support/hostile.js';

/** What formats, hides, turns round or breaks: nothing of it may come from somebody else's words. */
const MARKS = /[*~`\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** An underscore formats where a word begins or ends. */
const FORMATTING_UNDERSCORE = /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u;

describe('words of somebody else', () => {
  test('can neither format nor break an answer', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        const shown = String(plain(name));
        expect(shown).not.toMatch(MARKS);
        expect(shown).not.toMatch(FORMATTING_UNDERSCORE);
        expect(String(say`<${name}>`)).toBe(`<${shown}>`);
        expect(String(lines(name, name))).toBe(`${shown}\n${shown}`);
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  test('cannot leave what makes them bold, or the code they stand in', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        expect(String(bold(name)).match(/\*/g)).toHaveLength(2);
        expect(String(code(name)).match(/`/g)).toHaveLength(2);
        expect(String(code(name))).not.toContain('\n');
      }),
      { seed: 14, numRuns: 500 },
    );
  });

  test.each<[string, string]>([
    ['*Ana*', '∗Ana∗'],
    ['_Ana_ a_name', 'ˍAnaˍ a_name'],
    ['~x~ `y`', '∼x∼ ˋyˋ'],
    ['Ana\n!role promote me', 'Ana !role promote me'],
    ['\u202egnp.txt', 'gnp.txt'],
    ['Zoë Ωmega 李', 'Zoë Ωmega 李'],
  ])('%j is shown as %j', (name, shown) => {
    expect(String(plain(name))).toBe(shown);
  });

  test('are cut where they are too long', () => {
    expect(String(plain('a'.repeat(5000)))).toBe(`${'a'.repeat(1000)}…`);
  });

  test.each(HOSTILE)('of 64 KiB of %s take no time', (_, text) => {
    inTime(() => plain(text));
    inTime(() => code(text));
  });
});

test('what is left out leaves no line and no mark between', () => {
  expect(String(lines('a', null, false, undefined, 'b'))).toBe('a\nb');
  expect(String(joined(['a', null, 'b'], ', '))).toBe('a, b');
});

describe('long answers', () => {
  const ours = (text: string) =>
    joined(
      text.split('\n').map((line) => code(line)),
      '\n',
    );

  test('are cut at line ends, and lose nothing', () => {
    const text = joined(
      Array.from({ length: 500 }, (_, index) => say`line ${index} of many`),
      '\n',
    );
    const messages = messagesOf(text);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.join('\n')).toBe(String(text));
  });

  test('of any lines never exceed a message, and nothing but line ends is lost', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 20, max: 300 }), (all, longest) => {
        const text = ours(all.join('\n'));
        const messages = messagesOf(text, longest);
        for (const message of messages) expect(message.length).toBeLessThanOrEqual(longest);
        const bare = (part: string) => part.replaceAll('\n', '');
        expect(bare(messages.join(''))).toBe(bare(String(text)));
      }),
      { seed: 15, numRuns: 300 },
    );
  });

  test('without line ends are cut between characters, not within one', () => {
    const text = code('😀'.repeat(5000));
    const messages = messagesOf(text);
    expect(messages.join('')).toBe(String(text));
    for (const message of messages) {
      expect(message.length).toBeLessThanOrEqual(LONGEST_MESSAGE);
      expect(message).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
    }
  });

  test('that are empty are one empty message', () => {
    expect(messagesOf(say``)).toEqual(['']);
  });
});
