import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PlanFacts, planRetention } from '../../../src/lifecycle/retention/plan.js';

const SETTINGS = { seed: 20_261_121, numRuns: 500 };

/** A ledger by the times of its entries, some of which are gone, held, or written by jobs. */
const ledgers = fc.record({
  times: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 }),
  gone: fc.nat(35),
  held: fc.option(fc.integer({ min: 1, max: 35 })),
  cutoff: fc.integer({ min: 0, max: 1000 }),
});

interface Ledger {
  times: number[];
  gone: number;
  held: number | null;
  cutoff: number;
}

function factsOf({ times, gone, held, cutoff }: Ledger): PlanFacts {
  const anchor = Math.min(gone, Math.max(0, times.length - 1));
  const kept = times.slice(anchor);
  const firstKept = kept.findIndex((at) => at >= cutoff);
  return {
    now: 1000,
    cutoff,
    anchor,
    size: times.length,
    firstKept: firstKept < 0 ? null : anchor + firstKept + 1,
    firstHeld: held !== null && held > anchor && held <= times.length ? held : null,
    newestAt: kept.length === 0 ? null : Math.max(...kept),
    newestBesideJobsAt: kept.at(-1) ?? null,
  };
}

describe('a plan', () => {
  test('takes only what has expired, from the anchor on, and never the last entry', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const plan = planRetention(factsOf(ledger));
        if (plan.kind !== 'prune') return;
        const { anchor, size } = factsOf(ledger);
        expect(plan.from).toBe(anchor + 1);
        expect(plan.to).toBeLessThan(size);
        for (let seq = plan.from; seq <= plan.to; seq += 1)
          expect(ledger.times[seq - 1]).toBeLessThan(ledger.cutoff);
        if (ledger.held !== null && ledger.held > anchor) expect(plan.to).toBeLessThan(ledger.held);
      }),
      SETTINGS,
    );
  });

  test('takes all that it may: what follows is young enough, or held', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const facts = factsOf(ledger);
        const plan = planRetention(facts);
        if (plan.kind === 'refused' || plan.kind === 'nothing') return;
        const next = plan.to + 1;
        if (plan.stoppedBy === 'hold') expect(facts.firstHeld).toBe(next);
        else expect(ledger.times[next - 1]).toBeGreaterThanOrEqual(ledger.cutoff);
      }),
      SETTINGS,
    );
  });

  const base: PlanFacts = {
    now: 10_000_000,
    cutoff: 5_000_000,
    anchor: 0,
    size: 10,
    firstKept: 6,
    firstHeld: null,
    newestAt: 9_000_000,
    newestBesideJobsAt: 9_000_000,
  };

  test.each<[string, Partial<PlanFacts>, object]>([
    ['what is due', {}, { kind: 'prune', from: 1, to: 5, stoppedBy: 'age' }],
    ['what lies before a hold', { firstHeld: 3 }, { kind: 'prune', from: 1, to: 2, stoppedBy: 'hold' }],
    ['nothing where the first is held', { firstHeld: 1 }, { kind: 'nothing', why: 'hold' }],
    ['nothing where the first is young', { firstKept: 1 }, { kind: 'nothing', why: 'age' }],
    ['nothing of an empty ledger', { size: 0, newestAt: null }, { kind: 'nothing', why: 'empty' }],
    ['nothing where all is gone', { anchor: 10, newestAt: null }, { kind: 'nothing', why: 'empty' }],
    [
      'what is due, where a clock is a little slow',
      { newestAt: 10_200_000 },
      { kind: 'prune', from: 1, to: 5, stoppedBy: 'age' },
    ],
    [
      'a refusal, where the clock is behind',
      { newestAt: 10_400_000 },
      { kind: 'refused', code: 'CLOCK_BEHIND' },
    ],
    ['a refusal, where all has expired', { firstKept: null }, { kind: 'refused', code: 'NEWEST_EXPIRED' }],
    [
      'a refusal, where only jobs have written since',
      { newestBesideJobsAt: 4_000_000 },
      { kind: 'refused', code: 'NEWEST_EXPIRED' },
    ],
  ])('is %s', (_, facts, plan) => {
    expect(planRetention({ ...base, ...facts })).toEqual(plan);
  });
});
