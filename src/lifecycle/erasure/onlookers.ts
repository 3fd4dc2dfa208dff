import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../../store/store.js';

/** How long is waited for others who read at the moment. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * PostgreSQL keeps a row that was deleted for as long as a transaction which began before may look at it, also where
 * its table is written anew. So those are waited for. Returns whether they have all ended: a backup may take hours.
 */
export async function onlookersGone(
  { read }: Pick<Store, 'read'>,
  patienceMs: number = PATIENCE_MS,
): Promise<boolean> {
  if (read.dialect === 'sqlite') return true;
  const { since } = (await read.get<{ since: string }>(`SELECT clock_timestamp()::text AS "since"`))!;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const onlooker = await read.get(
      `SELECT 1 AS "one" FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL) AND xact_start < ?::timestamptz LIMIT 1`,
      [since],
    );
    if (onlooker === undefined) return true;
    if (performance.now() >= deadline) return false;
    await wait(LOOK_EVERY_MS);
  }
}
