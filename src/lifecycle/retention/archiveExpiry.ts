import type { Store } from '../../store/store.js';
import type { Archive } from '../archive/archive.js';
import { demandHolds } from '../hold/laidHolds.js';

const DAY_MS = 86_400_000;

export interface ArchiveExpiry {
  archive: Archive;
  store: Pick<Store, 'read'>;
  tenant: string;
  now: number;
  days: number;
}

/**
 * The archive's own retention: segments of which even the latest entry is older than that go, from the beginning on.
 * While anything at all is under a legal hold nothing goes, since what a hold means is looked up in the ledger and not
 * here. Returns how many went.
 */
export async function expireArchive({ archive, store, tenant, now, days }: ArchiveExpiry): Promise<number> {
  await demandHolds(store.read, tenant);
  const held = await store.read.get(`SELECT 1 AS "one" FROM "LegalHold" WHERE "tenant" = ? LIMIT 1`, [
    tenant,
  ]);
  if (held !== undefined) return 0;
  const cutoff = now - days * DAY_MS;
  let count = 0;
  for (const { file, lastAt } of await archive.segments()) {
    if (lastAt >= cutoff) break;
    await archive.remove(file);
    count += 1;
  }
  return count;
}
