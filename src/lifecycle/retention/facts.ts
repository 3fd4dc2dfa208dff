import { setImmediate as breath } from 'node:timers/promises';
import { readHead } from '../../audit/ledgerRows.js';
import { marks, type Reads } from '../../store/sql.js';
import type { Holds } from '../hold/holds.js';
import type { PlanFacts } from './plan.js';

/** How many of the newest entries are looked at for the latest time: a clock that went back may have been at work. */
const NEWEST = 1000;

/** What is written because a program starts or runs: whatever its clock says, it follows. */
const BY_ITSELF = [
  'RETENTION_RUN',
  'RETENTION_PRUNED',
  'ARCHIVE_EXPIRED',
  'HEARTBEAT',
  'SESSION_CHANGE',
  'AUDIT_LOSS',
  'AUDIT_GUARDS_RESTORED',
  'CIRCUIT_BREAKER_CHANGE',
];

/** Where only such entries are left, those of a clock that was put on just now do not count. */
const SETTLED_MS = 24 * 3_600_000;

/** A statement looks at so many entries at first; then at more or fewer, by how long it took. */
const FIRST_WINDOW = 2000;
const LEAST_WINDOW = 250;
const QUICK_MS = 3;
const SLOW_MS = 10;

export interface FactsRequest {
  reads: Reads;
  tenant: string;
  now: number;
  cutoff: number;
  holds: Holds;
}

export async function readFacts({ reads, tenant, now, cutoff, holds }: FactsRequest): Promise<PlanFacts> {
  const head = await readHead(reads, tenant);
  const anchor = head?.anchor.size ?? 0;
  const size = head?.size ?? 0;
  const newest = await reads.get<{ at: number | null }>(
    `SELECT MAX("at") AS "at" FROM "AuditLog" WHERE "tenant" = ? AND "seq" > ?`,
    [tenant, Math.max(anchor, size - NEWEST)],
  );
  const besideJobs = await reads.get<{ at: number }>(
    `SELECT "at" FROM "AuditLog" WHERE "tenant" = ? AND "seq" > ? AND "channel" <> 'scheduler'
       AND "action" NOT IN (${marks(BY_ITSELF.length)}) ORDER BY "seq" DESC LIMIT 1`,
    [tenant, anchor, ...BY_ITSELF],
  );
  const settled = await reads.get<{ at: number | null }>(
    `SELECT MAX("at") AS "at" FROM "AuditLog" WHERE "tenant" = ? AND "seq" > ? AND "at" <= ?`,
    [tenant, Math.max(anchor, size - NEWEST), now - SETTLED_MS],
  );
  const firstKept = await firstSince(reads, tenant, { from: anchor + 1, to: size, cutoff });
  const last = (firstKept ?? size + 1) - 1;
  const firstHeld = last <= anchor ? null : await holds.firstHeld(anchor + 1, last);
  return {
    now,
    cutoff,
    anchor,
    size,
    firstKept,
    firstHeld,
    newestAt: newest?.at ?? null,
    newestBesideJobsAt: besideJobs?.at ?? settled?.at ?? null,
  };
}

/**
 * The first entry from the cutoff on. The index knows it faster, but whoever can write to the index's file must not
 * decide what is deleted.
 */
async function firstSince(
  reads: Reads,
  tenant: string,
  { from, to, cutoff }: { from: number; to: number; cutoff: number },
): Promise<number | null> {
  let window = FIRST_WINDOW;
  for (let next = from; next <= to; await breath()) {
    const last = Math.min(to, next + window - 1);
    const begun = performance.now();
    const found = await reads.get<{ seq: number | null }>(
      `SELECT MIN("seq") AS "seq" FROM "AuditLog" WHERE "tenant" = ? AND "seq" BETWEEN ? AND ? AND "at" >= ?`,
      [tenant, next, last, cutoff],
    );
    if (found?.seq !== null && found?.seq !== undefined) return found.seq;
    const took = performance.now() - begun;
    if (took < QUICK_MS) window *= 2;
    else if (took > SLOW_MS) window = Math.max(LEAST_WINDOW, Math.floor(window / 2));
    next = last + 1;
  }
  return null;
}
