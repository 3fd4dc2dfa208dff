/**
 * Deleting what lies below the anchor, in small transactions: each holds the write lock for some milliseconds, and
 * afterwards others have several times as long. What a kill leaves is cleared by whoever comes next.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection, Writes } from '../../store/sql.js';

/**
 * The work of one transaction takes as long as a commit, between these bounds. Whoever appends waits for a commit
 * anyway, and so meets a lock that is held for two of them: a fast disk gets short ones.
 */
const LEAST_MS = 3;
const MOST_MS = 8;
/** How many times as long the lock is then left to others. */
const REST = 4;
const FIRST_BATCH = 50;
const LEAST_BATCH = 10;
const MOST_BATCH = 20_000;
/** Pages that SQLite gives back at a time at first. */
const FIRST_PAGES = 64;
const MOST_PAGES = 2048;

/** A little at a time, as much as fits into some milliseconds. */
class Pace {
  #amount: number;
  #commitMs = LEAST_MS;
  readonly #least: number;
  readonly #most: number;

  constructor(first: number, least: number, most: number) {
    this.#amount = first;
    this.#least = least;
    this.#most = most;
  }

  get amount(): number {
    return this.#amount;
  }

  /** Runs one transaction of that amount, and rests. */
  async run<T>(connection: Connection, work: (tx: Writes) => Promise<T>): Promise<T> {
    let begun = 0;
    let worked = 0;
    const result = await connection.transaction(async (tx) => {
      begun = performance.now();
      const value = await work(tx);
      worked = performance.now();
      return value;
    });
    const ended = performance.now();
    this.#commitMs += (ended - worked - this.#commitMs) / 8;
    const wanted = Math.max(LEAST_MS, Math.min(MOST_MS, this.#commitMs));
    const fitting = this.#amount * Math.max(0.5, Math.min(1.5, wanted / Math.max(worked - begun, 0.1)));
    this.#amount = Math.round(Math.max(this.#least, Math.min(this.#most, fitting)));
    await wait(Math.max(1, (ended - begun) * REST));
    return result;
  }
}

export interface Cleared {
  count: number;
  isDone: boolean;
}

/** Deletes rows up to the anchor for about so long. */
export class Clearing {
  readonly #connection: Connection;
  readonly #tenant: string;
  readonly #rows = new Pace(FIRST_BATCH, LEAST_BATCH, MOST_BATCH);
  readonly #pages = new Pace(FIRST_PAGES, LEAST_BATCH, MOST_PAGES);

  constructor(connection: Connection, tenant: string) {
    this.#connection = connection;
    this.#tenant = tenant;
  }

  async deleteRows(ms: number): Promise<Cleared> {
    let count = 0;
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const first = await this.#connection.get<{ seq: number | null; anchor: number }>(
        `SELECT l."anchorSize" AS "anchor",
           (SELECT MIN(a."seq") FROM "AuditLog" a WHERE a."tenant" = l."tenant") AS "seq"
           FROM "Ledger" l WHERE l."tenant" = ?`,
        [this.#tenant],
      );
      if (first === undefined || first.seq === null || first.seq > first.anchor)
        return { count, isDone: true };
      const last = Math.min(first.anchor, first.seq + this.#rows.amount - 1);
      count += await this.#rows.run(this.#connection, async (tx) => {
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
    }
    return { count, isDone: false };
  }

  /** Gives the pages of deleted rows back to the disk for about so long. PostgreSQL sees to that itself. */
  async giveBack(ms: number): Promise<Cleared> {
    let count = 0;
    if (this.#connection.dialect !== 'sqlite') return { count, isDone: true };
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

  async #freePages(): Promise<number> {
    const row = await this.#connection.get<{ freelist_count: number }>('PRAGMA freelist_count');
    return row?.freelist_count ?? 0;
  }
}

const INCREMENTAL = 2;
