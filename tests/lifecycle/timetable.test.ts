import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { intervalOf, onTimes, type Timetable } from '../../src/lifecycle/timetable.js';

const HOUR = 3_600_000;
const NIGHT = '30 3 * * *';
const at = (text: string): number => Date.parse(text);

let timetable: Timetable | null = null;
afterEach(() => {
  timetable?.stop();
  timetable = null;
  jest.useRealTimers();
});

/** The time at each call. */
function started(now: string, cron: string, timeZone: string): number[] {
  jest.useFakeTimers({ now: at(now) });
  const calls: number[] = [];
  timetable = onTimes({ cron, timeZone }, () => calls.push(Date.now()));
  return calls;
}

describe('a timetable', () => {
  test.each([
    ['UTC', '2031-05-14T12:00:00Z', '2031-05-15T03:30:00Z'],
    ['Asia/Kolkata', '2031-05-14T12:00:00Z', '2031-05-14T22:00:00Z'],
    ['America/New_York', '2031-05-14T12:00:00Z', '2031-05-15T07:30:00Z'],
    ['America/New_York', '2031-01-14T12:00:00Z', '2031-01-15T08:30:00Z'],
    // The night in which clocks are put forward.
    ['America/New_York', '2031-03-08T12:00:00Z', '2031-03-09T07:30:00Z'],
  ])('calls at half past three in the night of %s (from %s)', async (zone, now, due) => {
    const calls = started(now, NIGHT, zone);
    expect(timetable!.next()).toBe(at(due));
    await jest.advanceTimersByTimeAsync(at(due) - at(now) - 1);
    expect(calls).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(calls).toEqual([at(due)]);
    await jest.advanceTimersByTimeAsync(24 * HOUR);
    expect(calls).toHaveLength(2);
  });

  test('makes up, once, for times that a machine has slept through', async () => {
    const calls = started('2031-05-14T12:00:00Z', NIGHT, 'UTC');
    // Its clock goes on meanwhile, and its timers do not.
    jest.setSystemTime(at('2031-05-17T02:00:00Z'));
    await jest.advanceTimersByTimeAsync(16 * HOUR);
    expect(calls).toEqual([at('2031-05-17T17:30:00Z')]);
    expect(timetable!.next()).toBe(at('2031-05-18T03:30:00Z'));
  });

  test('calls no more once it was stopped', async () => {
    const calls = started('2031-05-14T12:00:00Z', NIGHT, 'UTC');
    timetable!.stop();
    await jest.advanceTimersByTimeAsync(48 * HOUR);
    expect(calls).toEqual([]);
  });
});

describe('the longest time between two runs', () => {
  test.each([
    [NIGHT, 24],
    ['0 4 * * 0', 7 * 24],
    ['0 4 1 * *', 31 * 24],
    ['0 3 * * 1-5', 72],
    // From Friday evening to Monday, also where the next few are all of a Wednesday.
    ['0 */6 * * 1-5', 54],
    ['0 * * * 1-5', 49],
  ])('of %s is %d hours', (cron, hours) => {
    jest.useFakeTimers({ now: at('2031-05-14T00:30:00Z') });
    expect(intervalOf({ cron, timeZone: 'UTC' }).longestMs).toBe(hours * HOUR);
  });
});
