import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../../store/store.js';

/** How long is waited for others who read or write at the moment. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * PostgreSQL keeps a row that was deleted for as long as somebody may look at it, also where its table is written anew:
 * whoever began before in this database, and whoever begins beside a change that is under way anywhere on the server,
 * the rewriting itself among them. So those are waited for. Returns whether they have all ended: a backup may take
 * hours.
 */
export async function onlookersGone(
  { read }: Pick<Store, 'read'>,
  patienceMs: number = PATIENCE_MS,
): Promise<boolean> {
  if (read.dialect === 'sqlite') return true;
  const { next } = (await read.get<{ next: string }>(
    `SELECT txid_snapshot_xmax(txid_current_snapshot())::text AS "next"`,
  ))!;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { isPast } = (await read.get<{ isPast: boolean }>(
      `SELECT txid_snapshot_xmin(txid_current_snapshot()) >= ?::bigint AND NOT EXISTS (
         SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND age(backend_xmin) > age((?::bigint % 4294967296)::text::xid)) AS "isPast"`,
      [next, next],
    ))!;
    if (isPast) return true;
    if (performance.now() >= deadline) return false;
    await wait(LOOK_EVERY_MS);
  }
}
