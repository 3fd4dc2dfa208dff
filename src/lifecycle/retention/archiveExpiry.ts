import type { AuditRecord } from '../../audit/record.js';
import type { Archive } from '../archive/archive.js';
import { demandHolds } from '../hold/laidHolds.js';

const DAY_MS = 86_400_000;

export interface ArchiveExpiry {
  archive: Archive;
  record: AuditRecord;
  now: number;
  days: number;
}

/**
 * The archive's own retention: segments of which even the latest entry is older than that go, from the beginning on.
 * While anything at all is under a legal hold nothing goes, since what a hold means is looked up in the ledger and not
 * here. The ledger says so first: by that a segment that has expired is told from one that somebody took away. Returns
 * how many went.
 */
export async function expireArchive({ archive, record, now, days }: ArchiveExpiry): Promise<number> {
  const { store, ledger } = record;
  await demandHolds(store.read, ledger.tenant);
  const held = await store.read.get(`SELECT 1 AS "one" FROM "LegalHold" WHERE "tenant" = ? LIMIT 1`, [
    ledger.tenant,
  ]);
  if (held !== undefined) return 0;
  const cutoff = now - days * DAY_MS;
  const segments = await archive.segments();
  const stays = segments.findIndex(({ lastAt }) => lastAt >= cutoff);
  const expired = stays < 0 ? segments : segments.slice(0, stays);
  const [first] = expired;
  if (first === undefined) return 0;
  const to = expired.reduce((most, segment) => Math.max(most, segment.to), 0);
  await record.logger.transact((_tx, write) =>
    write('ARCHIVE_EXPIRED', { from: first.from, to, segments: expired.length }),
  );
  await record.sign();
  for (const { file } of expired) await archive.remove(file);
  return expired.length;
}
