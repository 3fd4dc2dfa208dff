/**
 * What a run of retention would take away: a pure question over a few numbers, so that showing it and doing it cannot
 * differ. Only a beginning is ever taken, never all of it, and never by a clock that does not fit the ledger.
 */

/** Clocks of several machines differ a little; a ledger that is ahead by more was written in another time. */
const SKEW_MS = 5 * 60_000;

export interface PlanFacts {
  now: number;
  /** Entries from before this time have expired. */
  cutoff: number;
  /** Entries 1 … `anchor` are gone. */
  anchor: number;
  /** Entries written so far. */
  size: number;
  /** The first entry that has not expired, or null. */
  firstKept: number | null;
  /** The first entry under a legal hold, or null. */
  firstHeld: number | null;
  /** The latest time that any of the newest entries bears. */
  newestAt: number | null;
  /**
   * The same without what was written by itself, which would vouch for the clock by following it; where there is
   * nothing else, without what is of today.
   */
  newestBesideJobsAt: number | null;
}

export type Plan =
  /** Entries `from` … `to` may go; after them comes one that is young enough, or one that is held. */
  | { kind: 'prune'; from: number; to: number; stoppedBy: 'age' | 'hold' }
  | { kind: 'nothing'; why: 'empty' | 'age' | 'hold' }
  | { kind: 'refused'; code: 'CLOCK_BEHIND' | 'NEWEST_EXPIRED' };

export function planRetention(facts: PlanFacts): Plan {
  const { now, cutoff, anchor, size, firstKept, firstHeld, newestAt } = facts;
  if (size <= anchor || newestAt === null) return { kind: 'nothing', why: 'empty' };
  if (newestAt > now + SKEW_MS) return { kind: 'refused', code: 'CLOCK_BEHIND' };
  const newest = facts.newestBesideJobsAt ?? newestAt;
  if (firstKept === null || newest < cutoff) return { kind: 'refused', code: 'NEWEST_EXPIRED' };
  const from = anchor + 1;
  const expired = Math.min(firstKept, size) - 1;
  const free = firstHeld === null ? expired : Math.min(expired, firstHeld - 1);
  if (expired < from) return { kind: 'nothing', why: 'age' };
  if (free < from) return { kind: 'nothing', why: 'hold' };
  return { kind: 'prune', from, to: free, stoppedBy: free < expired ? 'hold' : 'age' };
}
