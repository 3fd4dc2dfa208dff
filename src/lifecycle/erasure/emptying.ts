import { AUDIT_COLUMNS, rowToEntry } from '../../audit/table.js';
import { ACTOR_FIELDS, type Entry, REST_FIELDS } from '../../ledger/entry.js';
import type { Ranges } from '../../ledger/ranges.js';
import { quoted, type Writes } from '../../store/sql.js';
import type { Parts } from './announcements.js';

/** So many numbers are looked at in one transaction: a few milliseconds of the lock. */
const AT_ONCE = 200;

const EMPTY = {
  actor: [...ACTOR_FIELDS, 'actorSalt'],
  rest: [...REST_FIELDS, 'restSalt'],
};

/** The ranges in pieces small enough for one transaction each. */
export function* pieces({ actor, rest }: Parts): Generator<Parts> {
  let piece: { actor: Ranges; rest: Ranges } = { actor: [], rest: [] };
  let room = AT_ONCE;
  for (const [part, ranges] of [
    ['actor', actor],
    ['rest', rest],
  ] as const)
    for (const [from, to] of ranges)
      for (let start = from; start <= to; ) {
        const end = Math.min(to, start + room - 1);
        piece[part].push([start, end]);
        room -= end - start + 1;
        start = end + 1;
        if (room > 0) continue;
        yield piece;
        piece = { actor: [], rest: [] };
        room = AT_ONCE;
      }
  if (room < AT_ONCE) yield piece;
}

/** The entries of a piece, as they are in the transaction. */
export async function entriesOf(tx: Writes, tenant: string, { actor, rest }: Parts): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [from, to] of [...actor, ...rest]) {
    const rows = await tx.rows(
      `SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" WHERE "tenant" = ? AND "seq" BETWEEN ? AND ?`,
      [tenant, from, to],
    );
    entries.push(...rows.map(rowToEntry));
  }
  return entries;
}

/** Empties the parts of a piece, through the gate that the guards leave for this. Does no harm where they are empty. */
export async function emptyParts(tx: Writes, tenant: string, parts: Parts, now: number): Promise<void> {
  await tx.run(`INSERT INTO "AuditGate" ("tenant", "purpose", "closedBy") VALUES (?, 'erasure', 1)`, [
    tenant,
  ]);
  for (const part of ['actor', 'rest'] as const) {
    const set = EMPTY[part].map((column) => `"${column}" = NULL`).join(', ');
    for (const [from, to] of parts[part])
      await tx.run(
        `UPDATE "AuditLog" SET ${set}, "erasedAt" = ? WHERE "tenant" = ? AND "seq" BETWEEN ? AND ?
           AND "${part}Salt" IS NOT NULL`,
        [now, tenant, from, to],
      );
  }
  await tx.run(`DELETE FROM "AuditGate" WHERE "tenant" = ?`, [tenant]);
}
