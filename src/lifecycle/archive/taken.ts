/** What the record says of entries that retention took. It is believed here; verification finds whether it is sound. */
import type { Reads } from '../../store/sql.js';

export interface Taken {
  readonly from: number;
  readonly to: number;
  /** Where they are archived; null where they went without that, or have expired there. */
  readonly file: string | null;
  readonly hasExpired: boolean;
}

/** What the entries after one say, in order. */
export async function readTaken(reads: Reads, tenant: string, after = 0): Promise<Taken[]> {
  const rows = await reads.all<{ action: string; metadata: string | null }>(
    `SELECT "action", "metadata" FROM "AuditLog"
       WHERE "tenant" = ? AND "seq" > ? AND "action" IN ('RETENTION_PRUNED', 'ARCHIVE_EXPIRED') ORDER BY "seq"`,
    [tenant, after],
  );
  return rows.flatMap(({ action, metadata }) => takenBy(action, metadata) ?? []);
}

/** What one entry says; null where it says nothing of that, or not in a form that it was ever said in. */
export function takenBy(action: string, metadata: string | null): Taken | null {
  const hasExpired = action === 'ARCHIVE_EXPIRED';
  if (!hasExpired && action !== 'RETENTION_PRUNED') return null;
  try {
    const { from, to, archive } = JSON.parse(metadata ?? '') as Record<string, unknown>;
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return null;
    const range = { from: from as number, to: to as number, hasExpired };
    if (hasExpired || archive === null) return { ...range, file: null };
    const { file } = (archive ?? {}) as Record<string, unknown>;
    return typeof file === 'string' ? { ...range, file } : null;
  } catch {
    // Emptied by an erasure, or changed.
    return null;
  }
}
