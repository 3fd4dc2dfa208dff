/**
 * Holds as the ledger tells of them. The table of holds is not under any signature: whoever can write to the database
 * could take a row out of it and have retention do the rest, with a statement by the ledger's key. So what the table
 * says is held against the events: a hold that was laid and never released has to be in it.
 */
import { UserError } from '../../config/userError.js';
import type { Reads } from '../../store/sql.js';
import type { HoldKind } from './legalHold.js';

export interface LaidHold {
  readonly id: string;
  readonly kind: HoldKind;
  readonly what: string;
}

/** The holds that events have laid and none has released. One of which an emptied event may have told is left out. */
export async function laidHolds(reads: Reads, tenant: string): Promise<Map<string, LaidHold>> {
  const rows = await reads.all<{ seq: number; entityId: string | null; metadata: string | null }>(
    `SELECT "seq", "entityId", "metadata" FROM "AuditLog"
       WHERE "tenant" = ? AND "action" = 'HOLD_CHANGE' ORDER BY "seq"`,
    [tenant],
  );
  const laid = new Map<string, LaidHold>();
  for (const { seq, entityId, metadata } of rows) {
    const said = read(metadata);
    // It may have been the release of any of them.
    if (said === null || entityId === null) laid.clear();
    else if (said.hold !== undefined) laid.delete(said.hold);
    else laid.set(String(seq), { id: String(seq), kind: said.kind, what: entityId });
  }
  return laid;
}

/** Throws where a hold has gone from the table without having been released. */
export async function demandHolds(reads: Reads, tenant: string): Promise<void> {
  const before = await laidHolds(reads, tenant);
  if (before.size === 0) return;
  const rows = await reads.all<{ id: string }>(`SELECT "id" FROM "LegalHold" WHERE "tenant" = ?`, [tenant]);
  const there = new Set(rows.map(({ id }) => id));
  const gone = [...before.keys()].filter((id) => !there.has(id));
  if (gone.length === 0) return;
  // It may have been released between the two looks.
  const after = await laidHolds(reads, tenant);
  const lost = gone.find((id) => after.has(id));
  if (lost !== undefined) throw new UserError(holdGone(lost));
}

function read(metadata: string | null): { kind: HoldKind; hold?: string } | null {
  try {
    return JSON.parse(metadata ?? '') as { kind: HoldKind; hold?: string };
  } catch {
    return null;
  }
}

const holdGone = (id: string) => ({
  code: 'HOLD_GONE',
  message: `Hold #${id} was laid and never released, but it is gone from the table of holds, so nothing is taken away.`,
  hint: 'Somebody changed the database past Reeve: find out who. Lay the hold anew, and release the one that is gone by its number.',
  example: `hold release ${id}`,
});
