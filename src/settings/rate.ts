import { durationFrom, durationText } from './duration.js';

/** How often something may be done: `count` times in every `windowMs`, of which `burst` may come at once. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
  readonly burst: number;
}

const MOST = 10_000;
export const LONGEST_WINDOW_MS = 86_400_000;
/** A limit counts in whole milliseconds, so faster rates would be another one than is written. */
export const MOST_A_SECOND = 100;

/**
 * A rate as people write it: how many, in how long, and how many at once, by default all of them. Null where it
 * cannot be read.
 *
 * @example rateFrom('20/1m burst 5') // { count: 20, windowMs: 60000, burst: 5 }
 */
export function rateFrom(text: string): Rate | null {
  const [, counted, window, together] =
    /^(\d{1,6}) ?\/ ?((?:\d{1,9} ?)?(?:ms|[smhd]))(?: burst (\d{1,6}))?$/i.exec(
      text.trim().replace(/\s+/g, ' '),
    ) ?? [];
  if (counted === undefined || window === undefined) return null;
  const windowMs = durationFrom(/^\d/.test(window) ? window : `1${window}`);
  if (windowMs === null) return null;
  const count = Number(counted);
  return { count, windowMs, burst: together === undefined ? count : Number(together) };
}

/** The rule that a rate breaks, as a sentence without its subject; null where it keeps to them all. */
export function rateProblem({ count, windowMs, burst }: Rate): string | null {
  if (count < 1 || count > MOST) return `it allows ${count} times; from 1 to ${MOST} can be`;
  if (windowMs < 1000 || windowMs > LONGEST_WINDOW_MS) return 'its time is not from 1s to 1d';
  if (count * 1000 > MOST_A_SECOND * windowMs) return `it is more than ${MOST_A_SECOND} a second`;
  if (burst < 1 || burst > count) return `its burst is not from 1 to ${count}`;
  return null;
}

export function rateText({ count, windowMs, burst }: Rate): string {
  const plain = `${count}/${durationText(windowMs)}`;
  return burst === count ? plain : `${plain} burst ${burst}`;
}
