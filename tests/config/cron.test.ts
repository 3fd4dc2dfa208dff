import { expect, test } from '@jest/globals';
import { cronProblem } from '../../src/config/cron.js';

test.each([
  '* * * * *',
  '30 3 * * *',
  '*/5 0-6/2 1,15 * *',
  '0 4 * JAN-mar mon-fri',
  '0 0 * * 7',
  '59 23 31 12 0',
  '0 0 29 2 *',
  '0 0 30 feb,apr *',
  '0 0 31 2 1',
  '  0   0  *  *  * ',
])('%s is a schedule', (text) => {
  expect(cronProblem(text)).toBeNull();
});

test.each([
  ['', 'it has 1 field'],
  ['30 3 * *', 'it has 4 fields'],
  ['0 30 3 * * *', 'it has 6 fields; there is none for seconds'],
  ['@daily', 'names such as @daily are not known here'],
  ['60 * * * *', 'its minute is outside 0 to 59'],
  ['* 24 * * *', 'its hour is outside 0 to 23'],
  ['* * 0 * *', 'its day of the month is outside 1 to 31'],
  ['* * * 13 *', 'its month is outside 1 to 12'],
  ['* * * * 8', 'its day of the week is outside 0 to 7'],
  ['* * * foo *', 'its month "foo" is not understood'],
  ['mon * * * *', 'its minute "mon" is not understood'],
  ['*/0 * * * *', 'its minute "*/0" is not understood'],
  ['5/10 * * * *', 'its minute "5/10" is not understood'],
  ['9-5 * * * *', 'its minute "9-5" is not understood'],
  ['1,,2 * * * *', 'its minute "1,,2" is not understood'],
  ['-1 * * * *', 'its minute "-1" is not understood'],
  ['? * * * *', 'its minute "?" is not understood'],
  ['0 0 30 2 *', 'it names a day that none of its months has'],
  ['0 0 31 4,6,9,11 *', 'it names a day that none of its months has'],
])('%s is none', (text, problem) => {
  expect(cronProblem(text)).toBe(problem);
});
