import { expect, test } from '@jest/globals';
import { Breaker, BreakerOpen, CallTimedOut } from '../../src/guards/breaker.js';
import type { Transition } from '../../src/guards/circuit.js';
import { FakeClock } from '../support/fakeClock.js';

function make() {
  const clock = new FakeClock();
  const transitions: Transition[] = [];
  const breaker = new Breaker({
    name: 'webhook',
    clock,
    rules: () => ({ failures: 2, pauseMs: 30_000, timeoutMs: 1000 }),
    onTransition: (transition) => void transitions.push(transition),
  });
  return { breaker, clock, transitions };
}

const failing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
const endless = () => new Promise<never>(() => {});

test('gives what the service gave, and leaves no timer', async () => {
  const { breaker, clock } = make();
  expect(await breaker.run(async () => 'an answer')).toBe('an answer');
  expect(clock.pending).toBe(0);
});

test('asks no more after failures in a row, says when it will, and probes then', async () => {
  const { breaker, clock, transitions } = make();
  await expect(breaker.run(failing)).rejects.toThrow('no');
  // What is thrown before there is a promise counts as well.
  await expect(
    breaker.run(() => {
      throw new TypeError('at once');
    }),
  ).rejects.toThrow('at once');
  let asked = 0;
  const work = async () => {
    asked += 1;
  };
  const refused = await breaker.run(work).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(BreakerOpen);
  expect(refused).toMatchObject({ code: 'BREAKER_OPEN', nextProbeAt: clock.now() + 30_000 });
  expect(asked).toBe(0);
  await clock.advance(30_000);
  await breaker.run(work);
  expect(asked).toBe(1);
  expect(transitions.map(({ to, cause }) => [to, cause])).toEqual([
    ['open', 'TypeError'],
    ['half-open', 'the pause is over'],
    ['closed', 'the probe succeeded'],
  ]);
  expect(clock.pending).toBe(0);
});

test('a call that takes too long is broken off and counts as a failure', async () => {
  const { breaker, clock } = make();
  let signal: AbortSignal | undefined;
  const call = breaker.run((given) => {
    signal = given;
    return endless();
  });
  const failed = expect(call).rejects.toBeInstanceOf(CallTimedOut);
  await clock.advance(999);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);
  await failed;
  expect(signal?.aborted).toBe(true);
  expect(breaker.status()).toMatchObject({ failures: 1, cause: 'CALL_TIMED_OUT' });
});

test('what fails after it was broken off disturbs nobody', async () => {
  const { breaker, clock } = make();
  const call = breaker.run(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  );
  const failed = expect(call).rejects.toBeInstanceOf(CallTimedOut);
  await clock.advance(1000);
  await failed;
  expect(breaker.status().failures).toBe(1);
});

test('only one call probes, also where several come at once', async () => {
  const { breaker, clock } = make();
  for (let n = 0; n < 2; n++) await breaker.run(failing).catch(() => {});
  await clock.advance(30_000);
  let asked = 0;
  const calls = [1, 2, 3].map(() =>
    breaker.run(async () => {
      asked += 1;
    }),
  );
  const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status);
  expect([asked, outcomes]).toEqual([1, ['fulfilled', 'rejected', 'rejected']]);
});

test('closing breaks off what is under way, blames nobody, and leaves nothing', async () => {
  const { breaker, clock, transitions } = make();
  const calls = [breaker.run(endless), breaker.run(endless), breaker.run(endless)];
  const failed = Promise.allSettled(calls);
  breaker.close();
  for (const outcome of await failed) expect(outcome).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } });
  await expect(breaker.run(async () => 1)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  expect([clock.pending, transitions, breaker.status().failures]).toEqual([0, [], 0]);
});
