import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { moderationRulesFrom, readModerationRules } from '../../../src/assistant/moderation/rules.js';
import { UserError } from '../../../src/config/userError.js';
import { tempFolder } from '../../support/tempFolder.js';

const problemsOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe('BAD_MODERATION_RULES');
    return (error as UserError).message;
  }
  throw new Error('nothing was wrong');
};

const inFile = (text: string): string => {
  const path = join(tempFolder(), 'moderation.json');
  writeFileSync(path, text);
  return path;
};

test('rules of a file: words as they are looked for, patterns as they are, one match by default', () => {
  const path = inFile(
    JSON.stringify({
      categories: [{ name: 'insults', words: ['Block-Head', 'DÜMMLING'], patterns: ['you+ fool'] }],
      endpoint: { violence: 0.8 },
    }),
  );
  expect(readModerationRules(path)).toEqual({
    categories: [
      { name: 'insults', words: [' block head ', ' dummling '], patterns: ['you+ fool'], threshold: 1 },
    ],
    endpoint: new Map([['violence', 0.8]]),
  });
});

test('the example in the message about mistakes is one that works', () => {
  const { example } = (() => {
    try {
      moderationRulesFrom([]);
    } catch (error) {
      return error as UserError;
    }
    throw new Error('nothing was wrong');
  })();
  expect(moderationRulesFrom(JSON.parse(example!)).categories).toHaveLength(1);
});

const category = (more: object) => ({
  categories: [
    { name: 'ok', words: ['a'] },
    { name: 'bad', ...more },
  ],
});

describe('a mistake names the rule', () => {
  test.each<[string, unknown, string]>([
    ['no object', [], 'the file: '],
    ['an unknown member', { categories: [], rules: [] }, '"rules"'],
    ['no name', { categories: [{ words: ['a'] }] }, 'category 1, name: must be a text'],
    [
      'a bad name',
      { categories: [{ name: 'Bad Name', words: ['a'] }] },
      'category 1 (Bad Name), name: must be',
    ],
    ['neither words nor patterns', category({}), 'category 2 (bad): it has neither words nor patterns'],
    [
      'a name twice',
      { categories: [category({ words: ['b'] }).categories[0], { name: 'ok', words: ['b'] }] },
      'category 2 (ok): there is one of that name already',
    ],
    [
      'a word without letters',
      category({ words: ['fine', '!!'] }),
      'category 2 (bad), word 2: must hold a letter',
    ],
    ['an empty pattern', category({ patterns: [''] }), 'category 2 (bad), pattern 1: it is empty'],
    [
      'a broken pattern',
      category({ patterns: ['ok', '(('] }),
      'category 2 (bad), pattern 2: it cannot be read as a regular expression',
    ],
    ['a pattern for everything', category({ patterns: ['a*'] }), 'pattern 1: it fits the empty text'],
    ['a reference back', category({ patterns: ['(a)x\\1'] }), 'pattern 1: it refers back to a group'],
    [
      'a repeated repetition',
      category({ patterns: ['^(a+)+$'] }),
      'pattern 1: it repeats a group that repeats something itself',
    ],
    [
      'one further in',
      category({ patterns: ['x((?:ab*c)d)+'] }),
      'pattern 1: it repeats a group that repeats',
    ],
    [
      'one with numbers',
      category({ patterns: ['x(?:a{2,}){3,}'] }),
      'pattern 1: it repeats a group that repeats',
    ],
    [
      'a long pattern',
      category({ patterns: ['a'.repeat(201)] }),
      'pattern 1: it is longer than 200 characters',
    ],
    [
      'a threshold too high',
      category({ words: ['a'], threshold: 2 }),
      'category 2 (bad), threshold: 2 is more than its 1',
    ],
    [
      'a threshold of none',
      category({ words: ['a'], threshold: 0 }),
      'category 2 (bad), threshold: must be at least 1',
    ],
    ['a score out of range', { endpoint: { violence: 80 } }, 'endpoint, violence: must be from 0 to 1'],
  ])('%s', (_, value, words) => {
    expect(problemsOf(() => moderationRulesFrom(value))).toContain(words);
  });

  test('and of files that are none', () => {
    expect(problemsOf(() => readModerationRules(inFile('{')))).toContain('the file is no JSON');
    expect(problemsOf(() => readModerationRules('/no/such/file'))).toContain('cannot be read (ENOENT)');
  });
});

test.each(['a+b+', '(?:ab)+c', '(a|b)*c', 'x{2,5}y', '[(+]+', '\\(a+\\)+', '(a+)b', 'colou?r'])(
  '%s is a pattern that may be',
  (pattern) => {
    expect(moderationRulesFrom(category({ patterns: [pattern] })).categories[1]!.patterns).toEqual([pattern]);
  },
);
