import type { Reads } from '../../store/sql.js';
import { intervalOf, type Times } from '../timetable.js';

/** Where retention stands by what the database remembers. */
export interface Standing {
  nextRun: number | null;
  isOverdue: boolean;
  /** The end of the last run, or when the ledger began. */
  since: number;
}

export function standingOf(times: Times, since: number, now: number): Standing {
  const { next, longestMs } = intervalOf(times);
  return { nextRun: next, isOverdue: isTooLong(now - since, longestMs), since };
}

/** Whether no run has ended for twice the time that should lie between two. */
export const isTooLong = (ms: number, longestMs: number): boolean => ms > 2 * longestMs;

/** When a run ended last, whatever runs now, or where none ever did, when the ledger began. */
export async function lastRunOrBeginning(reads: Reads, tenant: string): Promise<number> {
  const row = await reads.get<{ ended: number | null; began: number }>(
    `SELECT l."createdAt" AS "began", j."endedAt" AS "ended" FROM "Ledger" l
       LEFT JOIN "JobRun" j ON j."tenant" = l."tenant" AND j."job" = 'retention' WHERE l."tenant" = ?`,
    [tenant],
  );
  return row?.ended ?? row?.began ?? 0;
}
