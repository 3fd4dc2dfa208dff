import type { Rate } from '../settings/rate.js';

/**
 * The limiter's arithmetic (the generic cell rate algorithm), without clock or storage. All that is kept of somebody
 * is one time: when they would have used nothing any more. Whatever they do puts it off by one step; it may never
 * be further ahead than their burst. So at most `burst + count` are let through in any window.
 */
export interface Pace {
  /** After so long one more may come, rounded up, so that never more come than the rate says. */
  readonly stepMs: number;
  /** So far ahead is the time of somebody who has used up everything. */
  readonly fullMs: number;
}

/**
 * A time further ahead than it can get, and by more than this, is of another rate or of before the clock was put
 * back: it does not count. Clocks of several processes differ by less.
 */
export const SLACK_MS = 60_000;

export function paceOf({ count, windowMs, burst }: Rate): Pace {
  const stepMs = Math.ceil(windowMs / count);
  return { stepMs, fullMs: burst * stepMs };
}

export type Verdict =
  | { readonly allowed: true; readonly emptyAt: number }
  | { readonly allowed: false; readonly retryAfterMs: number };

/** Whether one more may come, and what is to be kept then. */
export function judge(emptyAt: number | undefined, now: number, pace: Pace): Verdict {
  const from = usedUntil(emptyAt, now, pace);
  const retryAfterMs = from + pace.stepMs - (now + pace.fullMs);
  return retryAfterMs > 0 ? { allowed: false, retryAfterMs } : { allowed: true, emptyAt: from + pace.stepMs };
}

/** How many may come at this moment. */
export function left(emptyAt: number | undefined, now: number, pace: Pace): number {
  const room = now + pace.fullMs - usedUntil(emptyAt, now, pace);
  return Math.max(0, Math.floor(room / pace.stepMs));
}

/** The time that is kept, as far as it counts; now where nothing is used. */
export function usedUntil(emptyAt: number | undefined, now: number, { fullMs }: Pace): number {
  return emptyAt === undefined || emptyAt <= now || emptyAt > now + fullMs + SLACK_MS ? now : emptyAt;
}
