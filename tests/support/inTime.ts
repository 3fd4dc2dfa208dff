import { expect } from '@jest/globals';

/** The best of a few runs by the processor's time, so that a busy machine does not count. */
export function inTime(work: () => unknown, ms = 50): void {
  expect(bestOf(3, work)).toBeLessThan(ms);
}

function bestOf(runs: number, work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = process.cpuUsage();
    work();
    best = Math.min(best, process.cpuUsage(start).user / 1000);
  }
  return best;
}
