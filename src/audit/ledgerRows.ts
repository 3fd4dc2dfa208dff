import type { ConsistencyProof } from '../ledger/agreement.js';
import { ledTo } from '../ledger/consistency.js';
import { PUBLIC_FIELDS, type PublicPart } from '../ledger/entry.js';
import type { KeptCheckpoint, SignableLedger } from '../signing/signer.js';
import { type Connection, quoted, type Reads, type SqlValue, type Writes } from '../store/sql.js';
import { AT, AUDIT_COLUMNS, type AuditRow, rowToPublic } from './table.js';

/** How many rows are read at a time: enough to be fast, few enough to let the event loop breathe. */
const SCAN_BATCH = 1000;

/** The head of one tenant's ledger, or null where it has none yet. */
export interface LedgerHead {
  tenant: string;
  origin: string;
  size: number;
  vkeys: string[];
  anchor: { size: number; hashes: Buffer[] };
}

export async function readHead(reads: Reads, tenant: string): Promise<LedgerHead | null> {
  const row = await reads.get<{
    origin: string;
    size: number;
    vkeys: string;
    anchorSize: number;
    anchorHashes: string;
  }>(`SELECT "origin", "size", "vkeys", "anchorSize", "anchorHashes" FROM "Ledger" WHERE "tenant" = ?`, [
    tenant,
  ]);
  if (row === undefined) return null;
  return {
    tenant,
    origin: row.origin,
    size: row.size,
    vkeys: row.vkeys.split('\n'),
    anchor: { size: row.anchorSize, hashes: splitHashes(row.anchorHashes) },
  };
}

export const joinHashes = (hashes: readonly Uint8Array[]): string =>
  hashes.map((hash) => Buffer.from(hash).toString('hex')).join(',');

export const splitHashes = (text: string): Buffer[] =>
  text === '' ? [] : text.split(',').map((hex) => Buffer.from(hex, 'hex'));

/** Rows `from` … `to` in order, in batches, all columns or only the first ones of them. */
export function scanRows(
  reads: Reads,
  tenant: string,
  from: number,
  to: number,
  columns: readonly string[] = AUDIT_COLUMNS,
): AsyncGenerator<AuditRow[]> {
  const scan: Scan = { begin: '"seq" >= ?', from, to, select: quoted(columns), batch: SCAN_BATCH };
  return scanSelected(reads, tenant, scan);
}

/** What of which rows is read; among the columns, the number stands in its usual place. */
export interface Scan {
  /** Whether the row of the first number is among them. */
  begin: '"seq" >= ?' | '"seq" > ?';
  from: number;
  to: number;
  select: string;
  batch: number;
}

/**
 * Each batch is a read of its own: the ledger only grows, so that no snapshot has to be held open meanwhile, which
 * would keep SQLite's write-ahead log from being given back. A number that is there twice, as it can be in a table
 * that somebody has rebuilt without its keys, is read twice, also where a batch ends between the two.
 */
export async function* scanSelected(
  reads: Reads,
  tenant: string,
  { begin, from, to, select, batch }: Scan,
): AsyncGenerator<AuditRow[]> {
  const rowsFrom = (bound: Scan['begin']): string =>
    `SELECT ${select} FROM "AuditLog" WHERE "tenant" = ? AND ${bound} AND "seq" <= ? ORDER BY "seq" LIMIT ?`;
  let statement = rowsFrom(begin);
  for (let next = from, seen = 0; ; ) {
    // As many again as are to be skipped, or a number that is there a million times would take a million reads.
    const wanted = Math.max(batch, seen);
    const read = await reads.rows(statement, [tenant, next, to, seen + wanted]);
    const rows = seen === 0 ? read : read.slice(seen);
    if (rows.length === 0) return;
    yield rows;
    if (rows.length < wanted) return;
    const last = read.at(-1)![AT.seq] as number;
    seen = read.length - read.findIndex((row) => row[AT.seq] === last);
    next = last;
    statement = rowsFrom('"seq" >= ?');
  }
}

/** The ledger as the signer sees it: rows as entries, checkpoints, and a lock that dies with its holder. */
export class LedgerRows implements SignableLedger {
  readonly #connection: Connection;
  readonly #tenant: string;

  constructor(connection: Connection, tenant: string) {
    this.#connection = connection;
    this.#tenant = tenant;
  }

  async size(): Promise<number> {
    return (await readHead(this.#connection, this.#tenant))?.size ?? 0;
  }

  async anchor(): Promise<{ size: number; hashes: Buffer[] }> {
    return (await readHead(this.#connection, this.#tenant))?.anchor ?? { size: 0, hashes: [] };
  }

  async newestKey(): Promise<string | null> {
    return newestKeyOf(this.#connection, this.#tenant);
  }

  async *publicParts(from: number, to: number): AsyncGenerator<PublicPart[]> {
    const scan = scanRows(this.#connection, this.#tenant, from, to, PUBLIC_FIELDS);
    for await (const rows of scan) yield rows.map(rowToPublic);
  }

  newestCheckpoint(atMost: number): Promise<KeptCheckpoint | null> {
    return this.#checkpoint('"size" <= ? ORDER BY "size" DESC', atMost);
  }

  oldestCheckpoint(atLeast: number): Promise<KeptCheckpoint | null> {
    return this.#checkpoint('"size" >= ? ORDER BY "size"', atLeast);
  }

  async #checkpoint(which: string, size: number): Promise<KeptCheckpoint | null> {
    const row = await this.#connection.get<{ size: number; edge: string; note: string }>(
      `SELECT "size", "edge", "note" FROM "LedgerCheckpoint" WHERE "tenant" = ? AND ${which} LIMIT 1`,
      [this.#tenant, size],
    );
    return row === undefined ? null : { size: row.size, edge: splitHashes(row.edge), note: row.note };
  }

  async prunedStatement(to: number): Promise<string | null> {
    const row = await this.#connection.get<{ note: string }>(
      `SELECT "note" FROM "LedgerStatement" WHERE "tenant" = ? AND "kind" = 'pruned' AND "number" = ?`,
      [this.#tenant, to],
    );
    return row?.note ?? null;
  }

  exclusively<T>(work: (keep: (checkpoints: KeptCheckpoint[]) => Promise<void>) => Promise<T>): Promise<T> {
    return this.#connection.transaction(async (tx) => {
      await lockSigning(tx, this.#tenant);
      return work(async (checkpoints) => {
        for (const { size, edge, note } of checkpoints) {
          const values: SqlValue[] = [this.#tenant, size, Date.now(), joinHashes(edge), note];
          await tx.run(
            `INSERT INTO "LedgerCheckpoint" ("tenant", "size", "at", "edge", "note")
               SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS
               (SELECT 1 FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" = ?)`,
            [...values, this.#tenant, size],
          );
        }
      });
    });
  }
}

/** Proofs from the checkpoints below the anchor to it. Each is stored up to the anchor that came after it. */
export async function readConsistency(
  reads: Reads,
  tenant: string,
  anchorSize: number,
): Promise<ConsistencyProof[]> {
  const rows = await reads.all<{ from: number; to: number; path: string }>(
    `SELECT "from", "to", "path" FROM "LedgerConsistency" WHERE "tenant" = ? ORDER BY "from"`,
    [tenant],
  );
  const stored = rows.map(({ from, to, path }) => ({ from, to, path: splitHashes(path) }));
  return ledTo(anchorSize, stored);
}

/** Nobody else signs this ledger until the transaction ends. */
export async function lockSigning(tx: Writes, tenant: string): Promise<void> {
  const lock = `UPDATE "Lease" SET "holder" = ? WHERE "name" = ?`;
  const held = [String(process.pid), signingLease(tenant)];
  if ((await tx.run(lock, held)) > 0) return;
  // Somebody tidied it away: without the row there would be nothing to lock.
  await tx.run(
    `INSERT INTO "Lease" ("name", "holder", "until") VALUES (?, '', 0) ON CONFLICT ("name") DO NOTHING`,
    [signingLease(tenant)],
  );
  await tx.run(lock, held);
}

/** The verifier key that signs the ledger now. */
export async function newestKeyOf(reads: Reads, tenant: string): Promise<string | null> {
  return (await readHead(reads, tenant))?.vkeys.at(-1) ?? null;
}

/** The row whose lock means "I am signing". It is made with the ledger. */
export const signingLease = (tenant: string): string => `sign/${tenant}`;
