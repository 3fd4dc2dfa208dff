import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/config/clock.js';
import { FakeClock } from '../support/fakeClock.js';

test('the system clock calls back unless it is told not to', async () => {
  const before = Date.now();
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  const called: string[] = [];
  systemClock.setTimeout(() => called.push('cancelled'), 0)();
  await new Promise<void>((resolve) => {
    systemClock.setTimeout(resolve, 1, { background: false });
  });
  expect(called).toEqual([]);
});

test('a wait longer than a timer can hold does not end at once', async () => {
  let ended = false;
  const cancel = systemClock.setTimeout(
    () => {
      ended = true;
    },
    2 ** 31,
    { background: true },
  );
  await new Promise((resolve) => systemClock.setTimeout(() => resolve(null), 5));
  expect(ended).toBe(false);
  cancel();
});

test('the fake clock fires in order of time, then of setting, and tells the time of each', async () => {
  const clock = new FakeClock(1000);
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, clock.now()]);
  clock.setTimeout(note('late'), 30);
  clock.setTimeout(note('first of two'), 10);
  clock.setTimeout(note('second of two'), 10);
  const cancel = clock.setTimeout(note('cancelled'), 20);
  clock.setTimeout(note('not yet'), 31);
  cancel();
  await clock.advance(30);
  expect(seen).toEqual([
    ['first of two', 1010],
    ['second of two', 1010],
    ['late', 1030],
  ]);
  expect(clock.now()).toBe(1030);
  expect(clock.pending).toBe(1);
});

test('the fake clock meets timers that are set by what it fired, after its promises have settled', async () => {
  const clock = new FakeClock(0);
  const times: number[] = [];
  const repeat = async () => {
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
      await Promise.resolve();
      times.push(clock.now());
    }
  };
  const done = repeat();
  await clock.advance(250);
  expect(times).toEqual([100, 200]);
  await clock.advance(50);
  await done;
  expect(times).toEqual([100, 200, 300]);
  expect(clock.pending).toBe(0);
});
