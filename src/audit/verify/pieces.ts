import { type ChunkReport, Inspection } from '../../ledger/inspect.js';
import type { Reads } from '../../store/sql.js';
import { scanSealed } from './sealedRows.js';

/** A piece of a ledger: the rows after one number, up to another. */
export interface Piece {
  after: number;
  to: number;
}

const ENTRIES = 4096;

/**
 * The rows after `after` up to `to` in pieces of so many. They are counted off and not computed: somebody may have
 * written the number 2^53, or one and a half, and no row may hide between two pieces, nor the way to it be endless.
 */
export async function* piecesOf(
  reads: Reads,
  tenant: string,
  { after, to }: Piece,
  entries = ENTRIES,
): AsyncGenerator<Piece, void> {
  const select = `SELECT "seq" FROM "AuditLog" WHERE "tenant" = ? AND "seq" > ? AND "seq" <= ?
    ORDER BY "seq" LIMIT 1 OFFSET ${entries - 1}`;
  for (let last = after; ; ) {
    const end = await reads.get<{ seq: number }>(select, [tenant, last, to]);
    if (end === undefined) {
      yield { after: last, to };
      return;
    }
    yield { after: last, to: end.seq };
    last = end.seq;
  }
}

export async function inspectPiece(reads: Reads, tenant: string, piece: Piece): Promise<ChunkReport> {
  const inspection = new Inspection(tenant);
  await scanSealed(reads, tenant, piece, (entry) => inspection.add(entry));
  return inspection.report();
}
