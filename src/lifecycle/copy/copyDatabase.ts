/**
 * A whole database into another one, of either kind: numbers, leaves, checkpoints, statements and proofs as they are,
 * and everything beside the record. It is written in one transaction, so a copy that was killed has left nothing, and
 * is begun again. The old database is read under its write lock, so nothing comes into it meanwhile, and is not changed.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { readHead } from '../../audit/ledgerRows.js';
import { verifyLedger } from '../../audit/verify/verifyLedger.js';
import { type Database, databaseLabel } from '../../config/database.js';
import { UserError } from '../../config/userError.js';
import type { Verdict } from '../../ledger/verify.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import { openConnection } from '../../store/connection.js';
import { quoted, type Reads, type SqlValue, type Writes } from '../../store/sql.js';
import { Store } from '../../store/store.js';
import { COPIED_TABLES } from './tables.js';

/** An entry has 16 KB at most, so a batch is some megabytes. */
const BATCH = 500;

/** Longer than anywhere else: whoever writes just now is waited for, and a statement may read a whole table. */
const LOCK_WAIT_MS = 60_000;

export interface CopyParts {
  readonly from: Database;
  readonly to: Database;
  readonly dataDir: string;
  readonly now: () => number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Told after each table; a test can end it there. */
  readonly onTable?: (table: string) => void;
}

export interface Copied {
  readonly entries: number;
  readonly others: number;
  /** One for each ledger there is. */
  readonly verdicts: readonly { readonly tenant: string; readonly verdict: Verdict }[];
}

export async function copyDatabase(parts: CopyParts): Promise<Copied> {
  const { from, to } = parts;
  const { store: target } = await Store.open(to, LOCK_WAIT_MS);
  try {
    await demandEmpty(target.read, to);
    const source = openConnection(from, LOCK_WAIT_MS);
    try {
      return await source.transaction(async (old) => {
        if (old.dialect === 'postgresql') await old.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        // Whoever appends waits from here on.
        await old.run(`UPDATE "Ledger" SET "size" = "size"`);
        const counts = await copyTables(parts, old, target);
        if (target.dialect === 'postgresql') await target.transaction((tx) => tx.run('ANALYZE'));
        return { ...counts, verdicts: await verifyAll(parts, old, target.read) };
      });
    } finally {
      await source.close();
    }
  } finally {
    await target.close();
  }
}

async function copyTables(
  { onProgress = () => {}, onTable = () => {}, to }: CopyParts,
  old: Reads,
  target: Store,
): Promise<{ entries: number; others: number }> {
  let total = 0;
  for (const [table] of COPIED_TABLES) total += await countOf(old, table);
  return target.transaction(async (tx) => {
    // Another copy may have been faster.
    await demandEmpty(tx, to);
    const copied = { entries: 0, others: 0 };
    for (const [table, key] of COPIED_TABLES) {
      const columns = await columnsOf(old, table);
      for await (const rows of rowsOf(old, { table, key, columns })) {
        await insert(tx, table, columns, rows);
        copied[table === 'AuditLog' ? 'entries' : 'others'] += rows.length;
        onProgress(copied.entries + copied.others, total);
        await breath();
      }
      onTable(table);
    }
    return copied;
  });
}

/** Every ledger in the new database, held to the checkpoints of the data directory, and to the old one's size. */
async function verifyAll(parts: CopyParts, old: Reads, reads: Reads): Promise<Copied['verdicts']> {
  const verdicts: { tenant: string; verdict: Verdict }[] = [];
  for (const { tenant } of await old.all<{ tenant: string }>(
    `SELECT "tenant" FROM "Ledger" ORDER BY "tenant"`,
  )) {
    const [before, after] = [await readHead(old, tenant), await readHead(reads, tenant)];
    if (before?.size !== after?.size || before?.anchor.size !== after?.anchor.size)
      throw new Error(`the head of ${tenant} was not copied as it is`);
    const verdict = await verifyLedger({
      reads,
      database: parts.to,
      tenant,
      dataDir: parts.dataDir,
      keys: readTrustedKeys(parts.dataDir, before!.origin),
      now: parts.now(),
    });
    verdicts.push({ tenant, verdict });
  }
  return verdicts;
}

async function demandEmpty(reads: Reads, database: Database): Promise<void> {
  for (const [table] of COPIED_TABLES) {
    if ((await reads.get(`SELECT 1 AS "one" FROM "${table}" LIMIT 1`)) === undefined) continue;
    throw new UserError({
      code: 'TARGET_NOT_EMPTY',
      message: `${databaseLabel(database)} is not empty: there is something in the table ${table}. Nothing was copied.`,
      hint: 'A copy goes into an empty database only. One that was interrupted leaves nothing behind, or all of it where it had come to verifying: look with DATABASE_URL set to that database and reeve verify. Else name another one, or drop that one and make it anew if nobody needs it.',
      example: 'reeve copy --to postgresql://reeve:…@localhost:5432/reeve_new',
    });
  }
}

async function countOf(reads: Reads, table: string): Promise<number> {
  return (await reads.get<{ count: number }>(`SELECT COUNT(*) AS "count" FROM "${table}"`))!.count;
}

async function columnsOf(reads: Reads, table: string): Promise<string[]> {
  const rows = await reads.all<{ name: string }>(
    reads.dialect === 'sqlite'
      ? `SELECT "name" FROM pragma_table_info(?) ORDER BY "cid"`
      : `SELECT column_name AS "name" FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/** Entries below the anchor are gone, whether or not their rows are still there. */
const LIVING = ` AND "seq" > (SELECT "anchorSize" FROM "Ledger" l WHERE l."tenant" = "AuditLog"."tenant")`;

/** A table in batches, each from where the last one ended. */
async function* rowsOf(
  reads: Reads,
  { table, key, columns }: { table: string; key: readonly string[]; columns: readonly string[] },
): AsyncGenerator<SqlValue[][]> {
  const marks = key.map(() => '?').join(',');
  const living = table === 'AuditLog' ? LIVING : '';
  const select = (where: string): string =>
    `SELECT ${quoted(columns)} FROM "${table}" WHERE ${where}${living} ORDER BY ${quoted(key)} LIMIT ${BATCH}`;
  let rows = await reads.rows(select('1 = 1'));
  while (rows.length > 0) {
    yield rows;
    if (rows.length < BATCH) return;
    const last = rows.at(-1)!;
    const after = key.map((name) => last[columns.indexOf(name)]!);
    rows = await reads.rows(select(`(${quoted(key)}) > (${marks})`), after);
  }
}

async function insert(
  tx: Writes,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  if (tx.dialect === 'sqlite') {
    // PostgreSQL has truth values of its own, which SQLite keeps as 0 and 1.
    const plain = rows.map((row) =>
      row.map((value: unknown) => (typeof value === 'boolean' ? Number(value) : (value as SqlValue))),
    );
    await tx.insertMany({ name: table, columns, types: {} }, plain);
    return;
  }
  const objects = rows.map((row) =>
    Object.fromEntries(
      row.map((value: unknown, i) => [
        columns[i]!,
        value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
      ]),
    ),
  );
  // The table itself says what type each member is read as.
  await tx.run(
    `INSERT INTO "${table}" (${quoted(columns)}) SELECT ${quoted(columns)} FROM json_populate_recordset(NULL::"${table}", ?::json)`,
    [JSON.stringify(objects)],
  );
}
