import type { Outcome } from '../../audit/catalogue/action.js';
import { OUTCOMES } from '../../audit/catalogue/action.js';
import { wallTime } from '../../audit/query/zone.js';
import { Periods } from '../../audit/reading/periods.js';
import type { PeriodTotal } from '../../audit/reading/tally.js';

export type BucketLength = 'hour' | 'day' | 'week' | 'month';

/** One bar of the picture. */
export interface Bucket {
  /** The instant at which it begins. */
  readonly start: number;
  readonly counts: Readonly<Record<Outcome, number>>;
}

/** What occurred when, by outcome: periods of one hour or one day, those without anything left out. */
export type PeriodsByOutcome = Readonly<Partial<Record<Outcome, readonly PeriodTotal[]>>>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** More bars than this cannot be told apart on a phone. */
const MOST_BARS = 62;

/** How long the bars of a stretch of time should be: hours up to two days, then days, weeks, months. */
export function bucketLength(since: number, until: number): BucketLength {
  const days = (until - since) / DAY;
  if (days <= 2) return 'hour';
  if (days <= MOST_BARS - 1) return 'day';
  return days <= 7 * (MOST_BARS - 1) ? 'week' : 'month';
}

/** How long the periods have to be that such bars are put together from. */
export const periodFor = (length: BucketLength): 'hour' | 'day' => (length === 'hour' ? 'hour' : 'day');

/**
 * Every bar from `since` to `until`, also those in which nothing occurred: what did not happen is half of what a
 * picture of activity tells. Weeks begin on Monday.
 */
export function bucketsOf(
  periods: PeriodsByOutcome,
  {
    since,
    until,
    length,
    timeZone,
  }: { since: number; until: number; length: BucketLength; timeZone: string },
): Bucket[] {
  const starts = bucketStarts(since, until, length, timeZone);
  const buckets = starts.map((start) => ({ start, counts: noCounts() }));
  for (const outcome of OUTCOMES) {
    let at = 0;
    for (const { start, count } of periods[outcome] ?? []) {
      while (at + 1 < starts.length && starts[at + 1]! <= start) at += 1;
      buckets[at]!.counts[outcome] += count;
    }
  }
  return buckets;
}

const noCounts = (): Record<Outcome, number> => ({ success: 0, failure: 0, denied: 0, ignored: 0 });

function bucketStarts(since: number, until: number, length: BucketLength, timeZone: string): number[] {
  const periods = new Periods(periodFor(length), timeZone);
  // Half as much again is always within the next one, also where a day has 23 hours or 25.
  const step = (length === 'hour' ? HOUR : DAY) * 1.5;
  const starts: number[] = [];
  for (let start = periods.startOf(since); start < until || starts.length === 0; ) {
    if (starts.length === 0 || begins(start, length, timeZone)) starts.push(start);
    start = periods.startOf(start + step);
  }
  return starts;
}

/** Whether a day is the first one of its week or month. */
function begins(day: number, length: BucketLength, timeZone: string): boolean {
  if (length === 'hour' || length === 'day') return true;
  const date = new Date(wallTime(day, timeZone));
  return length === 'week' ? date.getUTCDay() === 1 : date.getUTCDate() === 1;
}
