import { codeOf } from '../../store/failure.js';
import { openPool, PostgresqlConnection } from '../../store/postgresql.js';
import type { Reads, Writes } from '../../store/sql.js';
import { forgetSamplesIfEmpty } from '../../store/statistics.js';
import type { IndexedRows, IndexStore, Search } from './indexStore.js';
import {
  COUNT_TABLES,
  type CountTable,
  columnType,
  commonDdl,
  createTable,
  INDEX_FORMAT,
  INDEX_SCHEMA,
  indexTable,
  onCountConflict,
} from './tables.js';
import { documentTokens, tsqueryText } from './tokens.js';

/** Any number of ours: whoever makes the tables holds this lock. */
const DDL_LOCK = 7_238_001_944_117;

/** So many entries are looked at one by one before the inverted index is asked. */
const NEAR = 1000;

const WORDS = indexTable('postgresql', 'words');

/** The index in a schema of its own, beside the tables that Prisma's migrations know. */
export class PostgresqlIndex implements IndexStore {
  readonly lockClause = ' FOR UPDATE';
  readonly #tenant: string;
  readonly #pool: ReturnType<typeof openPool>;
  readonly #connection: PostgresqlConnection;
  #prepared: Promise<void> | undefined;

  constructor(url: string, tenant: string) {
    this.#tenant = tenant;
    this.#pool = openPool(url, { max: 3 });
    this.#connection = new PostgresqlConnection(this.#pool);
  }

  read<T>(work: (tx: Reads) => Promise<T>): Promise<T> {
    return this.#transaction(async (tx) => {
      await tx.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      return work(tx);
    });
  }

  readLoosely<T>(work: (tx: Reads) => Promise<T>): Promise<T> {
    return this.#use(() => work(this.#connection));
  }

  write<T>(work: (tx: Writes) => Promise<T>): Promise<T> {
    return this.#transaction(work);
  }

  async addDocuments(tx: Writes, { rows, seqAt, documentAt }: IndexedRows): Promise<void> {
    const documents = rows.map((row) => ({ seq: row[seqAt], words: documentTokens(row, documentAt) }));
    await tx.run(
      `INSERT INTO ${WORDS} ("tenant", "seq", "document") SELECT ?, r."seq", array_to_tsvector(r."words")
         FROM json_to_recordset(?::json) AS r("seq" bigint, "words" text[])`,
      [this.#tenant, JSON.stringify(documents)],
    );
  }

  async addCounts(tx: Writes, table: CountTable, items: readonly object[]): Promise<void> {
    if (items.length === 0) return;
    const columns = [...COUNT_TABLES[table].key, ...COUNT_TABLES[table].values];
    const list = columns.map((name) => `"${name}"`).join(', ');
    const typed = columns.map((name) => `"${name}" ${columnType(name)}`).join(', ');
    await tx.run(
      `INSERT INTO ${indexTable('postgresql', table)} AS t ("tenant", ${list})
         SELECT ?, ${list} FROM json_to_recordset(?::json) AS r(${typed}) ${onCountConflict(table)}`,
      [this.#tenant, JSON.stringify(items)],
    );
  }

  /**
   * What is frequent is found among the newest entries; only what is not is left to the inverted index, which
   * collects every match before the first can be had. The planner, which would have to guess which of the two it
   * is, is given no choice: an expression of a column cannot be looked up in the primary key.
   */
  async search(tx: Reads, { sought, from, to, limit, order }: Search): Promise<number[]> {
    const query = tsqueryText(sought);
    const isDown = order === 'desc';
    const edge = isDown ? Math.max(from, to - NEAR + 1) : Math.min(to, from + NEAR - 1);
    const near = await tx.rows(
      `SELECT "seq" FROM ${WORDS} WHERE "tenant" = ? AND "seq" BETWEEN ? AND ? AND "document" @@ ?::tsquery
         ORDER BY "seq" ${order} LIMIT ?`,
      [this.#tenant, isDown ? edge : from, isDown ? to : edge, query, limit],
    );
    const seqs = near.map((row) => row[0] as number);
    if (seqs.length >= limit || edge === (isDown ? from : to)) return seqs;
    const far = await tx.rows(
      `SELECT "seq" FROM ${WORDS} WHERE "document" @@ ?::tsquery AND "tenant" || '' = ? AND "seq" + 0 BETWEEN ? AND ?
         ORDER BY "seq" + 0 ${order} LIMIT ?`,
      [query, this.#tenant, isDown ? from : edge + 1, isDown ? edge - 1 : to, limit - seqs.length],
    );
    for (const row of far) seqs.push(row[0] as number);
    return seqs;
  }

  async forgetDocuments(tx: Writes, from: number, to: number): Promise<void> {
    await tx.run(`DELETE FROM ${WORDS} WHERE "tenant" = ? AND "seq" BETWEEN ? AND ?`, [
      this.#tenant,
      from,
      to,
    ]);
  }

  async forgetAllDocuments(tx: Writes): Promise<void> {
    await tx.run(`DELETE FROM ${WORDS} WHERE "tenant" = ?`, [this.#tenant]);
  }

  /** Plans are made from statistics, and what was deleted lies in the table until it is vacuumed. */
  async tidy(): Promise<void> {
    await this.#prepare();
    for (const table of ['words', ...Object.keys(COUNT_TABLES)]) {
      await this.#connection.run(`VACUUM (ANALYZE) ${indexTable('postgresql', table)}`);
    }
  }

  /** What was deleted lies in the pages of a table, and in samples of it, until it is written anew. */
  async purge(): Promise<void> {
    await this.#prepare();
    for (const table of ['words', 'state', ...Object.keys(COUNT_TABLES)]) {
      const name = indexTable('postgresql', table);
      await this.#connection.run(`VACUUM (FULL, ANALYZE) ${name}`);
      await forgetSamplesIfEmpty(this.#connection, name);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #transaction<T>(work: (tx: Writes) => Promise<T>): Promise<T> {
    return this.#use(() => this.#connection.transaction(work));
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    await this.#prepare();
    try {
      return await work();
    } catch (error) {
      if (!/^(42P01|3F000)$/.test(codeOf(error))) throw error;
      // Somebody has dropped the schema. Nothing is lost with it: the ledger has it all.
      this.#prepared = undefined;
      await this.#prepare();
      return work();
    }
  }

  #prepare(): Promise<void> {
    this.#prepared ??= prepare(this.#connection).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }
}

/** Makes the tables where there are none, or none of this format; once, whoever else is at it. */
async function prepare(connection: PostgresqlConnection): Promise<void> {
  if ((await formatOf(connection)) === INDEX_FORMAT) return;
  await connection.transaction(async (tx) => {
    await tx.get('SELECT pg_advisory_xact_lock(?)', [DDL_LOCK]);
    if ((await formatOf(tx)) === INDEX_FORMAT) return;
    await tx.run(`DROP SCHEMA IF EXISTS "${INDEX_SCHEMA}" CASCADE`);
    for (const statement of DDL) await tx.run(statement);
  });
}

async function formatOf(reads: Reads): Promise<number | null> {
  const format = indexTable('postgresql', 'format');
  const found = await reads.get<{ name: string | null }>(`SELECT to_regclass('${format}')::text AS "name"`);
  if (found === undefined || found.name === null) return null;
  return (await reads.get<{ format: number }>(`SELECT "format" FROM ${format}`))?.format ?? null;
}

const DDL = [
  `CREATE SCHEMA "${INDEX_SCHEMA}"`,
  `${createTable('postgresql')} ${indexTable('postgresql', 'format')} ("format" BIGINT NOT NULL)`,
  `INSERT INTO ${indexTable('postgresql', 'format')} ("format") VALUES (${INDEX_FORMAT})`,
  ...commonDdl('postgresql'),
  `${createTable('postgresql')} ${WORDS} ("tenant" TEXT NOT NULL, "seq" BIGINT NOT NULL, "document" TSVECTOR NOT NULL,
    PRIMARY KEY ("tenant", "seq"))`,
  `CREATE INDEX "words_document" ON ${WORDS} USING GIN ("document")`,
];
