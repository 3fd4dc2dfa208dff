import { expect, test } from '@jest/globals';
import {
  dayOf,
  lastDays,
  monthOf,
  nextDay,
  nextMonth,
  wholeMonth,
} from '../../../src/assistant/usage/period.js';

const at = (text: string): number => Date.parse(text);

test('a day begins when it does in the zone', () => {
  expect(dayOf(at('2031-04-13T21:59:59Z'), 'Europe/Berlin')).toBe('2031-04-13');
  expect(dayOf(at('2031-04-13T22:00:00Z'), 'Europe/Berlin')).toBe('2031-04-14');
  expect(dayOf(at('2031-04-13T22:00:00Z'), 'UTC')).toBe('2031-04-13');
});

test('the next one begins after 23 hours where clocks go forward', () => {
  expect(nextDay('2031-04-14', 'UTC')).toBe(at('2031-04-15T00:00:00Z'));
  expect(nextDay('2031-03-30', 'Europe/Berlin')).toBe(at('2031-03-30T22:00:00Z'));
});

test('months and spans', () => {
  expect(monthOf('2031-04-14')).toBe('2031-04');
  expect(wholeMonth('2031-04-14')).toEqual({ from: '2031-04-01', to: '2031-04-31' });
  expect(nextMonth('2031-12-31', 'UTC')).toBe(at('2032-01-01T00:00:00Z'));
  expect(lastDays('2031-03-02', 3)).toEqual({ from: '2031-02-28', to: '2031-03-02' });
  expect(lastDays('2031-03-02', 1)).toEqual({ from: '2031-03-02', to: '2031-03-02' });
});
