/** How an index grows with the ledger, or begins anew. */
import { quoted, type Reads, type SqlValue, type Writes } from '../../store/sql.js';
import type { IndexStore } from './indexStore.js';
import { actorKey, type Counted, Rollup } from './rollup.js';
import type { IndexState, LedgerStanding } from './standing.js';
import { COUNT_TABLES, type CountTable, indexTable } from './tables.js';
import { DOCUMENT_COLUMNS } from './tokens.js';

const SEQ = 0;
const AT = 1;
const LEAF = 2;
const DOCUMENT = 3;
const READ_COLUMNS = ['seq', 'at', 'leaf', ...DOCUMENT_COLUMNS];
const place = (column: string): number => DOCUMENT + DOCUMENT_COLUMNS.indexOf(column);
const CATEGORY = place('category');
const ACTION = place('action');
const OUTCOME = place('outcome');
const PHONE = place('actorPhone');
const ID = place('actorId');

export interface GrowingIndex {
  store: IndexStore;
  reads: Reads;
  tenant: string;
}

const COUNTS = Object.keys(COUNT_TABLES) as CountTable[];
const SET_STATE = ['generation', 'seq', 'leaf', 'anchor', 'erasure', 'forgotten'] as const;

/** The state, locked in a transaction that is going to write. */
export async function readState(tx: Reads, tenant: string, lock = ''): Promise<IndexState | null> {
  const state = await tx.get<IndexState>(
    `SELECT ${quoted(SET_STATE)} FROM ${indexTable(tx.dialect, 'state')} WHERE "tenant" = ?${lock}`,
    [tenant],
  );
  return state ?? null;
}

async function writeState(tx: Writes, tenant: string, state: IndexState): Promise<void> {
  const set = SET_STATE.map((name) => `"${name}" = ?`).join(', ');
  const values = SET_STATE.map((name) => state[name]);
  await tx.run(`UPDATE ${indexTable(tx.dialect, 'state')} SET ${set} WHERE "tenant" = ?`, [
    ...values,
    tenant,
  ]);
}

/** Runs `work` if the index is still as it was seen; another process may have been at it. False if not. */
export function ifStill(
  { store, tenant }: GrowingIndex,
  seen: IndexState,
  work: (tx: Writes) => Promise<IndexState>,
): Promise<boolean> {
  return store.write(async (tx) => {
    const state = await readState(tx, tenant, store.lockClause);
    const isSame = state !== null && SET_STATE.every((name) => state[name] === seen[name]);
    if (!isSame) return false;
    await writeState(tx, tenant, await work(tx));
    return true;
  });
}

/** Empties the index, for the ledger as it stands. */
export function beginAnew(
  index: GrowingIndex,
  seen: IndexState | null,
  ledger: LedgerStanding,
): Promise<boolean> {
  const { store, tenant } = index;
  const state: IndexState = {
    generation: Math.floor(Math.random() * 2 ** 48),
    seq: ledger.anchor,
    leaf: '',
    anchor: ledger.anchor,
    erasure: ledger.erasure,
    forgotten: ledger.anchor,
  };
  if (seen === null) {
    return store.write(async (tx) => {
      const columns = ['tenant', ...SET_STATE];
      const made = await tx.run(
        `INSERT INTO ${indexTable(tx.dialect, 'state')} (${quoted(columns)}) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT ("tenant") DO NOTHING`,
        [tenant, ...SET_STATE.map((name) => state[name])],
      );
      return made === 1;
    });
  }
  return ifStill(index, seen, async (tx) => {
    for (const table of COUNTS) {
      await tx.run(`DELETE FROM ${indexTable(tx.dialect, table)} WHERE "tenant" = ?`, [tenant]);
    }
    await store.forgetAllDocuments(tx);
    return state;
  });
}

/** Entries after `after` up to `until`, at most `most`, with what an index needs of them. */
export function readEntries(
  { reads, tenant }: GrowingIndex,
  after: number,
  until: number,
  most: number,
): Promise<SqlValue[][]> {
  return reads.rows(
    `SELECT ${quoted(READ_COLUMNS)} FROM "AuditLog" WHERE "tenant" = ? AND "seq" > ? AND "seq" <= ?
       ORDER BY "seq" LIMIT ?`,
    [tenant, after, until, most],
  );
}

/**
 * Takes the next entries in, at most `most` and none after `until`. Returns how many, and the last one's number; null
 * if another process was faster.
 */
export async function takeIn(
  index: GrowingIndex,
  seen: IndexState,
  until: number,
  most: number,
): Promise<{ count: number; seq: number } | null> {
  const { store } = index;
  const rows = await readEntries(index, seen.seq, until, most);
  const last = rows.at(-1);
  if (last === undefined) return { count: 0, seq: seen.seq };
  const seq = last[SEQ] as number;
  const rollup = new Rollup();
  for (const row of rows) rollup.add(countedOf(row));
  const leaf = (last[LEAF] as Buffer).toString('hex');
  const isDone = await ifStill(index, seen, async (tx) => {
    await store.addDocuments(tx, { rows, seqAt: SEQ, documentAt: DOCUMENT });
    await store.addCounts(tx, 'hours', [...rollup.hours.values()]);
    await store.addCounts(tx, 'acts', rollup.acts());
    await store.addCounts(tx, 'actors', rollup.actors());
    return { ...seen, seq, leaf };
  });
  return isDone ? { count: rows.length, seq } : null;
}

/** What is counted of a row of `readEntries`. */
export function countedOf(row: readonly SqlValue[]): Counted {
  return {
    seq: row[SEQ] as number,
    at: row[AT] as number,
    category: row[CATEGORY] as string,
    action: row[ACTION] as string,
    outcome: row[OUTCOME] as string,
    actor: actorKey(row[PHONE] as string | null, row[ID] as string | null),
  };
}
