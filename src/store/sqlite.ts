import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { codeOf, isBusy } from './failure.js';
import { type BulkTable, type Connection, marks, quoted, type Row, type SqlValue } from './sql.js';

/** How long one statement may hold the thread while another connection has a lock; then the loop gets its turn. */
const BUSY_SLICE_MS = 50;

/**
 * How often a transaction asks for the write lock. SQLite itself would ask after 1, 2, 5, 10, 15 … milliseconds, and
 * so sleep on for up to as long again as the lock was held.
 */
const LOCK_POLL_MS = 1;

/** Opening may meet a process that recovers the file or closes it as the last one: short, and cannot be sliced. */
const OPEN_WAIT_MS = 2000;

export interface SqliteOptions {
  /** Opens for reading only: the file must exist, nothing is created, not even by a bad path. */
  readOnly?: boolean;
  /** How long a transaction may go on asking for the write lock before it gives up. */
  lockWaitMs?: number;
}

/**
 * The pragmas every connection needs. `synchronous` is set at each connect because better-sqlite3 is compiled
 * with NORMAL for databases that are already in WAL, which would let a power cut take acknowledged commits.
 */
export const SQLITE_PRAGMAS = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  `PRAGMA busy_timeout = ${BUSY_SLICE_MS}`,
  'PRAGMA foreign_keys = ON',
  'PRAGMA secure_delete = ON',
  // Enough for the inner pages of the indexes of some millions of entries, which random inserts touch.
  'PRAGMA cache_size = -65536',
  'PRAGMA wal_autocheckpoint = 4000',
];

/** A bare connection, pragmas set. */
export function openSqlite(path: string, options: SqliteOptions = {}): Database.Database {
  if (!options.readOnly) createPrivately(path);
  const db = options.readOnly ? openForReading(path) : new Database(path, { timeout: OPEN_WAIT_MS });
  // Chosen before the first table, so that retention can give space back without rewriting the file.
  if (!options.readOnly && db.pragma('page_count', { simple: true }) === 0)
    db.pragma('auto_vacuum = INCREMENTAL');
  for (const pragma of SQLITE_PRAGMAS) {
    if (options.readOnly && pragma.includes('journal_mode')) continue;
    db.exec(pragma);
  }
  // A reader goes along an index; what it has passed need not be kept, and there are several readers.
  if (options.readOnly) db.pragma('cache_size = -8192');
  return db;
}

/**
 * A process that is killed while it makes the database leaves a change half-way, of the kind that was made before there
 * was a log. Whoever opens the file to write takes it back; whoever may only read could not even look at it.
 */
function openForReading(path: string): Database.Database {
  const open = (readonly: boolean) =>
    new Database(path, { readonly, fileMustExist: true, timeout: OPEN_WAIT_MS });
  const db = open(true);
  try {
    touch(db);
    return db;
  } catch (error) {
    db.close();
    if (codeOf(error) !== 'SQLITE_READONLY_ROLLBACK') throw error;
  }
  const writer = open(false);
  try {
    touch(writer);
  } finally {
    writer.close();
  }
  return open(true);
}

const touch = (db: Database.Database): unknown => db.pragma('schema_version');

/** What stands in the record is nobody else's to read: SQLite would make the file with the usual, wider mode. */
function createPrivately(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

/** A connection that may write, behind the common face. */
export class SqliteConnection implements Connection {
  readonly dialect = 'sqlite';
  readonly #db: Database.Database;
  readonly #lockWaitMs: number;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(db: Database.Database, lockWaitMs = 2000) {
    this.#db = db;
    this.#lockWaitMs = lockWaitMs;
  }

  async all<T = Row>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    return this.#statement(sql).all(...params) as T[];
  }

  async get<T = Row>(sql: string, params: readonly SqlValue[] = []): Promise<T | undefined> {
    return this.#statement(sql).get(...params) as T | undefined;
  }

  async rows(sql: string, params: readonly SqlValue[] = []): Promise<SqlValue[][]> {
    // A statement keeps its mode, so the one that answers with arrays is another one.
    let statement = this.#statements.get(`raw ${sql}`);
    if (statement === undefined) {
      statement = this.#db.prepare(sql).raw();
      this.#statements.set(`raw ${sql}`, statement);
    }
    return statement.all(...params) as SqlValue[][];
  }

  async run(sql: string, params: readonly SqlValue[] = []): Promise<number> {
    return this.#statement(sql).run(...params).changes;
  }

  async insertMany(table: BulkTable, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    const insert = this.#statement(
      `INSERT INTO "${table.name}" (${quoted(table.columns)}) VALUES (${marks(table.columns.length)})`,
    );
    for (const row of rows) insert.run(...row);
  }

  async transaction<T>(work: (tx: SqliteConnection) => Promise<T>): Promise<T> {
    await this.#begin();
    try {
      const result = await work(this);
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#statements.clear();
    this.#db.close();
  }

  async #begin(): Promise<void> {
    const deadline = performance.now() + this.#lockWaitMs;
    for (;;) {
      try {
        this.#db.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
      } finally {
        this.#db.exec(`PRAGMA busy_timeout = ${BUSY_SLICE_MS}`);
      }
      await wait(LOCK_POLL_MS);
    }
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
