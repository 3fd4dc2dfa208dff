import { expect, test } from '@jest/globals';
import { causeOf } from '../../src/guards/cause.js';

test.each([
  ['a code', Object.assign(new Error('to +12025550100'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [
    'a code within',
    new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ENOTFOUND' }) }),
    'ENOTFOUND',
  ],
  ['a status', Object.assign(new Error('key abc refused'), { status: 503 }), 'status 503'],
  ['only a class', new RangeError('+12025550100'), 'RangeError'],
  ['a code that is none', Object.assign(new Error(), { code: 'call +12025550100' }), 'Error'],
  ['a name that is none', Object.assign(new Error(), { name: '+12025550100' }), 'an error'],
  ['nothing to go by', 'a text', 'an error'],
  ['nothing at all', undefined, 'an error'],
])('of %s', (_, error, cause) => {
  expect(causeOf(error)).toBe(cause);
});

test('an error that is its own cause is no trap', () => {
  const error = new Error('round');
  error.cause = error;
  expect(causeOf(error)).toBe('Error');
});
