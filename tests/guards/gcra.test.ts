import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge, left, paceOf, SLACK_MS, usedUntil } from '../../src/guards/gcra.js';
import type { Rate } from '../../src/settings/rate.js';

const rates = fc
  .record({ count: fc.integer({ min: 1, max: 50 }), windowMs: fc.integer({ min: 1000, max: 100_000 }) })
  .chain(({ count, windowMs }) =>
    fc.integer({ min: 1, max: count }).map((burst): Rate => ({ count, windowMs, burst })),
  );

/** Pauses between one and the next: none, a moment, or long. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(500), fc.nat(60_000)), { maxLength: 200 });

/** At which times somebody was let through who asked after each pause. */
function letThrough(rate: Rate, pausesMs: readonly number[]): number[] {
  const pace = paceOf(rate);
  let now = 1_900_000_000_000;
  let emptyAt: number | undefined;
  return pausesMs.flatMap((pause) => {
    now += pause;
    const verdict = judge(emptyAt, now, pace);
    if (!verdict.allowed) return [];
    emptyAt = verdict.emptyAt;
    return [now];
  });
}

test('never more than the rate and the burst come in any window', () => {
  fc.assert(
    fc.property(rates, pauses, (rate, pausesMs) => {
      const times = letThrough(rate, pausesMs);
      for (const start of times) {
        const within = times.filter((time) => time >= start && time <= start + rate.windowMs);
        expect(within.length).toBeLessThanOrEqual(rate.count + rate.burst);
      }
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('never more than the burst come at once, and exactly so many where nothing was used', () => {
  fc.assert(
    fc.property(rates, (rate) => {
      expect(letThrough(rate, Array(rate.burst + 5).fill(0))).toHaveLength(rate.burst);
    }),
    { seed: 3, numRuns: 100 },
  );
});

test('whoever keeps to the rate is always let through', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 100 }), (rate, times) => {
      const { stepMs } = paceOf(rate);
      expect(letThrough(rate, Array(times).fill(stepMs))).toHaveLength(times);
    }),
    { seed: 3, numRuns: 100 },
  );
});

test('a refusal names the first moment at which it would be none', () => {
  const now = 1_900_000_000_000;
  fc.assert(
    fc.property(rates, fc.integer({ min: 0, max: 200_000 }), (rate, ahead) => {
      const pace = paceOf(rate);
      fc.pre(ahead <= pace.fullMs);
      const verdict = judge(now + ahead, now, pace);
      if (verdict.allowed) return expect(left(now + ahead, now, pace)).toBeGreaterThan(0);
      expect(left(now + ahead, now, pace)).toBe(0);
      expect(judge(now + ahead, now + verdict.retryAfterMs - 1, pace).allowed).toBe(false);
      expect(judge(now + ahead, now + verdict.retryAfterMs, pace).allowed).toBe(true);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('so many are left as may then come at once', () => {
  const now = 1_900_000_000_000;
  fc.assert(
    fc.property(rates, fc.nat(100_000), (rate, ahead) => {
      const pace = paceOf(rate);
      let emptyAt = now + Math.min(ahead, pace.fullMs);
      const promised = left(emptyAt, now, pace);
      for (let came = 0; ; came++) {
        const verdict = judge(emptyAt, now, pace);
        if (!verdict.allowed) return came === promised;
        emptyAt = verdict.emptyAt;
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('a clock that is put back far, or a tighter rate, locks nobody out; a little back frees nobody', () => {
  const now = 1_900_000_000_000;
  const pace = paceOf({ count: 20, windowMs: 60_000, burst: 5 });
  const used = now + pace.fullMs;
  expect(judge(used, now, pace).allowed).toBe(false);
  expect(judge(used, now - 1000, pace).allowed).toBe(false);
  expect(judge(used, now - SLACK_MS, pace).allowed).toBe(false);
  expect(judge(used, now - SLACK_MS - 1, pace)).toEqual({
    allowed: true,
    emptyAt: now - SLACK_MS - 1 + pace.stepMs,
  });
  expect(usedUntil(used + 3_600_000, now, pace)).toBe(now);
});
