import { expect, test } from '@jest/globals';
import { LATE, waitAtMost } from '../../src/config/waitAtMost.js';
import { FakeClock } from '../support/fakeClock.js';

test('what comes in time is handed on, and no timer is left', async () => {
  const clock = new FakeClock();
  expect(await waitAtMost(clock, 1000, Promise.resolve('here'))).toBe('here');
  await expect(waitAtMost(clock, 1000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(clock.pending).toBe(0);
});

test('what does not come is late, by the clock, and may fail afterwards without anybody hearing', async () => {
  const clock = new FakeClock();
  let fail = (_: Error): void => {};
  const work = new Promise<string>((_, reject) => {
    fail = reject;
  });
  const waited = waitAtMost(clock, 1000, work);
  await clock.advance(1000);
  expect(await waited).toBe(LATE);
  fail(new Error('too late'));
  await new Promise(setImmediate);
});
