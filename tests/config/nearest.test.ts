import { describe, expect, test } from '@jest/globals';
import { nearest } from '../../src/config/nearest.js';

const FIELDS = ['actor', 'action', 'actorType', 'category', 'outcome', 'status', 'since', 'ip'];
const VARIABLES = ['REEVE_DATA_DIR', 'REEVE_TIMEZONE', 'REEVE_TENANT', 'REEVE_OWNERS', 'REEVE_LOG_LEVEL'];

describe('nearest name', () => {
  test.each([
    ['outcom', 'outcome'],
    ['outcoem', 'outcome'],
    ['OUTCOME', 'outcome'],
    ['catgeory', 'category'],
    ['actr', 'actor'],
    ['acton', 'action'],
    ['act', 'actor'],
    ['cat', 'category'],
    ['actorr', 'actor'],
    ['statuscode', 'status'],
    ['sicne', 'since'],
  ])('takes %s for %s', (word, expected) => expect(nearest(word, FIELDS)).toBe(expected));

  test.each([
    ['REEVE_TIME_ZONE', 'REEVE_TIMEZONE'],
    ['REEVE_OWNER', 'REEVE_OWNERS'],
    ['REEVE_LOGLEVEL', 'REEVE_LOG_LEVEL'],
  ])('takes %s for %s', (word, expected) => expect(nearest(word, VARIABLES)).toBe(expected));

  test.each(['banana', '', 'x', 'zz', 'a'.repeat(65)])('offers nothing for %p', (word) => {
    expect(nearest(word, FIELDS)).toBeNull();
  });

  test('a shared house prefix is no likeness', () => {
    expect(nearest('REEVE_COLOUR', VARIABLES)).toBeNull();
  });

  test('shares a stem: failed means failure', () => {
    expect(nearest('failed', ['success', 'failure', 'denied', 'ignored'])).toBe('failure');
  });

  test('no candidates, no guess', () => expect(nearest('actor', [])).toBeNull());
});
