import { describe, expect, test } from '@jest/globals';
import { differences, differenceWords } from '../../src/chat/diff.js';

const words = (before: unknown, after: unknown) =>
  differences(json(before), json(after)).map(differenceWords);
const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

describe('a change in words', () => {
  test('says what was and what is', () => {
    expect(words({ role: 'USER' }, { role: 'OPERATOR' })).toEqual(['role: USER → OPERATOR']);
  });

  test('says yes and no, none and nothing', () => {
    expect(words({ listed: false }, { listed: true })).toEqual(['listed: no → yes']);
    expect(words({ phone: null }, { phone: '' })).toEqual(['phone: none → (empty)']);
    expect(words({ a: 1, b: 2 }, { a: 1 })).toEqual(['b: 2 → nothing']);
  });

  test('leaves out what stayed as it was', () => {
    expect(words({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toEqual([]);
  });

  test('goes into what is nested, and shows lists as lists', () => {
    expect(
      words({ limit: { rate: '1/s', tags: ['a'] } }, { limit: { rate: '2/s', tags: ['a', 'b'] } }),
    ).toEqual(['limit.rate: 1/s → 2/s', 'limit.tags: a → a, b']);
  });

  test('of a secret says that it is another one', () => {
    expect(words({ token: '[redacted]' }, { token: '[redacted: changed]' })).toEqual([
      'token: changed (secret)',
    ]);
  });

  test('takes states that are one value, absent, or no JSON', () => {
    expect(words('a', 'b')).toEqual(['a → b']);
    expect(words(undefined, { role: 'USER' })).toEqual(['role: USER']);
    expect(differences('{"cut', null).map(differenceWords)).toEqual(['{"cut → nothing']);
  });

  test('is not led into endless depth', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 2000; depth++) deep = { a: deep };
    expect(words(undefined, deep)).toHaveLength(1);
  });
});
