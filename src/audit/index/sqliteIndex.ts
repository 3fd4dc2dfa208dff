import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../store/failure.js';
import { marks, type Reads, type SqlValue, type Writes } from '../../store/sql.js';
import { openSqlite, SqliteConnection } from '../../store/sqlite.js';
import { Turns } from '../../store/turns.js';
import type { IndexedRows, IndexStore, Search } from './indexStore.js';
import { COUNT_TABLES, type CountTable, commonDdl, INDEX_FORMAT, onCountConflict } from './tables.js';
import { documentText, matchExpression } from './tokens.js';

/** How long another process may keep its turn at the file. */
const LOCK_WAIT_MS = 5000;

/** So many pages are rewritten before others get their turn. */
const MERGE_PAGES = 200;

interface OpenFile {
  writer: SqliteConnection;
  reader: SqliteConnection;
  inode: number;
}

/**
 * The index in a SQLite file of its own. The file may be deleted at any time, by anybody: it is then made anew.
 * A file that is damaged, or of another format, is deleted here.
 */
export class SqliteIndex implements IndexStore {
  readonly lockClause = '';
  readonly #path: string;
  readonly #tenant: string;
  // Two snapshots on one connection would be one; a connection is reopened only between two turns.
  readonly #turns = new Turns();
  #open: OpenFile | undefined;
  #isClosed = false;

  constructor(path: string, tenant: string) {
    this.#path = path;
    this.#tenant = tenant;
  }

  read<T>(work: (tx: Reads) => Promise<T>): Promise<T> {
    return this.#use(async ({ reader }) => {
      await reader.run('BEGIN');
      try {
        return await work(reader);
      } finally {
        await reader.run('COMMIT');
      }
    });
  }

  readLoosely<T>(work: (tx: Reads) => Promise<T>): Promise<T> {
    return this.#use(({ reader }) => work(reader));
  }

  write<T>(work: (tx: Writes) => Promise<T>): Promise<T> {
    return this.#use(({ writer }) => writer.transaction(work));
  }

  async addDocuments(tx: Writes, { rows, seqAt, documentAt }: IndexedRows): Promise<void> {
    const insert = `INSERT INTO "words" (rowid, "document") VALUES (?, ?)`;
    for (const row of rows) await tx.run(insert, [row[seqAt]!, documentText(row, documentAt)]);
  }

  async addCounts(tx: Writes, table: CountTable, items: readonly object[]): Promise<void> {
    const columns = [...COUNT_TABLES[table].key, ...COUNT_TABLES[table].values];
    const insert =
      `INSERT INTO "${table}" AS t ("tenant", ${columns.map((name) => `"${name}"`).join(', ')}) ` +
      `VALUES (${marks(columns.length + 1)}) ${onCountConflict(table)}`;
    for (const item of items as readonly Record<string, SqlValue>[]) {
      await tx.run(insert, [this.#tenant, ...columns.map((name) => item[name]!)]);
    }
  }

  async search(tx: Reads, { sought, from, to, limit, order }: Search): Promise<number[]> {
    // By number and never by rank: ranking reads every match before the first can be shown.
    const rows = await tx.rows(
      `SELECT rowid FROM "words" WHERE "words" MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid ${order} LIMIT ?`,
      [matchExpression(sought), from, to, limit],
    );
    return rows.map((row) => row[0] as number);
  }

  async forgetDocuments(tx: Writes, from: number, to: number): Promise<void> {
    await tx.run(`DELETE FROM "words" WHERE rowid BETWEEN ? AND ?`, [from, to]);
  }

  async forgetAllDocuments(tx: Writes): Promise<void> {
    await tx.run(`INSERT INTO "words" ("words") VALUES ('delete-all')`);
  }

  /**
   * Rewrites, step by step, what still holds words that were taken out, and empties the write-ahead log, which does
   * so too.
   */
  async tidy(pause: () => Promise<void>): Promise<void> {
    let pages = -MERGE_PAGES;
    for (let isBusy = true; isBusy; pages = MERGE_PAGES) {
      isBusy = await this.#use(async ({ writer }) => {
        const before = await totalChanges(writer);
        await writer.run(`INSERT INTO "words" ("words", rank) VALUES ('merge', ?)`, [pages]);
        // One change is the statement itself.
        return (await totalChanges(writer)) - before > 1;
      });
      await pause();
    }
    await this.#use(({ writer }) => writer.all('PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  /** Whoever else has it open finds another file in its place, and begins there. */
  async purge(): Promise<void> {
    await this.#turns.run(async () => {
      await this.#release();
      removeFile(this.#path);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turns.run(() => this.#release());
  }

  #use<T>(work: (file: OpenFile) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      try {
        return await work(await this.#file());
      } catch (error) {
        if (!/^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))) throw error;
        // Nothing is lost with it: the ledger has it all.
        await this.#release();
        removeFile(this.#path);
        return work(await this.#file());
      }
    });
  }

  async #file(): Promise<OpenFile> {
    if (this.#isClosed) throw new Error('the index is closed');
    const inode = statSync(this.#path, { throwIfNoEntry: false })?.ino;
    if (this.#open !== undefined && this.#open.inode === inode) return this.#open;
    await this.#release();
    mkdirSync(dirname(this.#path), { recursive: true });
    let writer = openWriter(this.#path);
    try {
      if (!(await prepare(writer))) {
        await writer.close();
        removeFile(this.#path);
        writer = openWriter(this.#path);
        await prepare(writer);
      }
      const reader = new SqliteConnection(openSqlite(this.#path, { readOnly: true }));
      this.#open = { writer, reader, inode: statSync(this.#path).ino };
      return this.#open;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async #release(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.reader.close();
    await open?.writer.close();
  }
}

const WORDS =
  // Contentless: the words alone, by number. A number can be taken out again when retention has passed it.
  `CREATE VIRTUAL TABLE "words" USING fts5("document", content='', contentless_delete=1, tokenize='ascii')`;

function openWriter(path: string): SqliteConnection {
  const db = openSqlite(path);
  // What a power cut takes is read from the ledger again; small checkpoints keep each of them short.
  db.pragma('synchronous = NORMAL');
  db.pragma('wal_autocheckpoint = 1000');
  return new SqliteConnection(db, LOCK_WAIT_MS);
}

/** Makes the tables where there are none. False where they are of another format. */
function prepare(writer: SqliteConnection): Promise<boolean> {
  return writer.transaction(async (tx) => {
    const format = (await tx.get<{ user_version: number }>('PRAGMA user_version'))?.user_version;
    if (format === INDEX_FORMAT) return true;
    const isEmpty = (await tx.get('SELECT 1 AS one FROM sqlite_master LIMIT 1')) === undefined;
    if (!isEmpty) return false;
    for (const statement of [...commonDdl('sqlite'), WORDS]) await tx.run(statement);
    await tx.run(`PRAGMA user_version = ${INDEX_FORMAT}`);
    return true;
  });
}

async function totalChanges(reads: Reads): Promise<number> {
  return (await reads.get<{ changes: number }>('SELECT total_changes() AS "changes"'))!.changes;
}

function removeFile(path: string): void {
  for (const suffix of ['-wal', '-shm', '']) rmSync(path + suffix, { force: true });
}
