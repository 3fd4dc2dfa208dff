/**
 * Deleting what lies below the anchor, in small transactions: each holds the write lock for some milliseconds, and
 * afterwards others have several times as long. What a kill leaves is cleared by whoever comes next.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection, Writes } from '../../store/sql.js';

/** How long the work of one transaction should take, how long others then have, and with how many rows to begin. */
interface Manners {
  workMs: number;
  rest: number;
  first: number;
  least: number;
}

/** SQLite has one lock for everything that writes: whoever appends may have to wait for all of a transaction. */
const ONE_LOCK: Manners = { workMs: 3, rest: 4, first: 50, least: 25 };
/** Elsewhere rows that nobody sees are in nobody's way, and a transaction is worth several round trips. */
const ROW_LOCKS: Manners = { workMs: 20, rest: 3, first: 500, least: 250 };
const MOST_BATCH = 20_000;
/** Pages that SQLite gives back at a time at first. */
const FIRST_PAGES = 64;

/** A little at a time, as much as fits into some milliseconds. */
class Pace {
  #amount: number;
  readonly #manners: Manners;

  constructor(manners: Manners) {
    this.#amount = manners.first;
    this.#manners = manners;
  }

  get amount(): number {
    return this.#amount;
  }

  /** Runs one transaction of that amount, and rests. */
  async run<T>(connection: Connection, work: (tx: Writes) => Promise<T>): Promise<T> {
    const { workMs, least, rest } = this.#manners;
    let begun = 0;
    let worked = 0;
    const result = await connection.transaction(async (tx) => {
      begun = performance.now();
      const value = await work(tx);
      worked = performance.now();
      return value;
    });
    const heldMs = performance.now() - begun;
    const fitting = this.#amount * Math.max(0.5, Math.min(1.5, workMs / Math.max(worked - begun, 0.1)));
    this.#amount = Math.round(Math.max(least, Math.min(MOST_BATCH, fitting)));
    const diskMs = connection.dialect === 'sqlite' ? await backfill(connection) : 0;
    await wait(Math.max(1, heldMs * rest, diskMs));
    return result;
  }
}

/**
 * A deletion need not survive a power cut, since the next run would do it again; so these commits do not wait for the
 * disk while they hold a lock. SQLite's pages reach the database's file afterwards, a few at a time: left to itself it
 * would write them by the thousand, in the middle of somebody's append, who would wait for all of them.
 */
const LAZY_COMMIT = 'SET LOCAL synchronous_commit TO off';
const LAZY_COMMITS = ['PRAGMA synchronous = NORMAL', 'PRAGMA wal_autocheckpoint = 0'];
/** Whoever waited for the lock commits first, and does not share the disk with us. */
const AFTER_YOU_MS = 3;
/** With as many pages in the log it is worth another try, so that it can begin anew. */
const LONG_LOG = 2000;

/** Returns how long the disk was busy. */
async function backfill(connection: Connection): Promise<number> {
  await wait(AFTER_YOU_MS);
  const begun = performance.now();
  for (let triesLeft = 3; triesLeft > 0; triesLeft -= 1) {
    const state = await connection.get<{ log: number; checkpointed: number }>(
      'PRAGMA wal_checkpoint(PASSIVE)',
    );
    if (state === undefined || state.log < LONG_LOG || state.log === state.checkpointed) break;
  }
  return performance.now() - begun;
}

export interface Cleared {
  count: number;
  isDone: boolean;
}

/** Deletes rows up to the anchor for about so long. */
export class Clearing {
  readonly #connection: Connection;
  readonly #tenant: string;
  readonly #rows: Pace;
  /** Up to here nothing is left. A server would find its way through all that was deleted anew each time. */
  #after = 0;
  #isPrepared = false;
  readonly #pages = new Pace({ ...ONE_LOCK, first: FIRST_PAGES });

  constructor(connection: Connection, tenant: string) {
    this.#connection = connection;
    this.#tenant = tenant;
    this.#rows = new Pace(connection.dialect === 'sqlite' ? ONE_LOCK : ROW_LOCKS);
  }

  async deleteRows(ms: number): Promise<Cleared> {
    await this.#prepare();
    let count = 0;
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const first = await this.#connection.get<{ seq: number | null; anchor: number }>(
        `SELECT l."anchorSize" AS "anchor",
           (SELECT MIN(a."seq") FROM "AuditLog" a WHERE a."tenant" = l."tenant" AND a."seq" > ?) AS "seq"
           FROM "Ledger" l WHERE l."tenant" = ?`,
        [this.#after, this.#tenant],
      );
      if (first === undefined || first.seq === null || first.seq > first.anchor)
        return { count, isDone: true };
      const last = Math.min(first.anchor, first.seq + this.#rows.amount - 1);
      count += await this.#rows.run(this.#connection, async (tx) => {
        if (tx.dialect === 'postgresql') await tx.run(LAZY_COMMIT);
        await tx.run(`INSERT INTO "AuditGate" ("tenant", "purpose", "closedBy") VALUES (?, 'retention', 1)`, [
          this.#tenant,
        ]);
        const deleted = await tx.run(`DELETE FROM "AuditLog" WHERE "tenant" = ? AND "seq" BETWEEN ? AND ?`, [
          this.#tenant,
          first.seq,
          last,
        ]);
        await tx.run(`DELETE FROM "AuditGate" WHERE "tenant" = ?`, [this.#tenant]);
        return deleted;
      });
      this.#after = last;
    }
    return { count, isDone: false };
  }

  /** Gives the pages of deleted rows back to the disk for about so long. PostgreSQL sees to that itself. */
  async giveBack(ms: number): Promise<Cleared> {
    let count = 0;
    if (this.#connection.dialect !== 'sqlite') return { count, isDone: true };
    await this.#prepare();
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const free = await this.#freePages();
      const mode = await this.#connection.get<{ auto_vacuum: number }>('PRAGMA auto_vacuum');
      if (free === 0 || mode?.auto_vacuum !== INCREMENTAL) return { count, isDone: true };
      const pages = Math.min(free, this.#pages.amount);
      await this.#pages.run(this.#connection, async (tx) => {
        // Whatever number it is given, a statement that is not asked for rows gives one page back.
        for (let page = 0; page < pages; page += 1) await tx.run('PRAGMA incremental_vacuum(1)');
      });
      count += free - (await this.#freePages());
    }
    return { count, isDone: false };
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared || this.#connection.dialect !== 'sqlite') return;
    for (const pragma of LAZY_COMMITS) await this.#connection.run(pragma);
    this.#isPrepared = true;
  }

  async #freePages(): Promise<number> {
    const row = await this.#connection.get<{ freelist_count: number }>('PRAGMA freelist_count');
    return row?.freelist_count ?? 0;
  }
}

const INCREMENTAL = 2;
