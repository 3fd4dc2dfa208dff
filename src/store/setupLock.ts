import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { Database } from '../config/database.js';
import { codeOf, isBusy } from './failure.js';
import { openPool } from './postgresql.js';

/** Any number: it only has to be the same in every Reeve process on one PostgreSQL database. */
const ADVISORY_LOCK = 7_263_553_101;

/** How long to wait for another process that sets the database up. */
const LONGEST_MS = 60_000;

/**
 * Runs `work`, which changes the database's own make-up, while no other process does so. Both locks belong to a
 * connection, so the death of their holder frees them. On SQLite the lock is a file of its own, since the schema
 * engine needs the database's own lock for its work; it is gone again once the work is done.
 */
export function withSetupLock<T>(target: Database, work: () => Promise<T>): Promise<T> {
  return target.kind === 'sqlite'
    ? withLockFile(`${target.path}.migrating`, work)
    : withAdvisoryLock(target.url, work);
}

async function withLockFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + LONGEST_MS;
  // Asked for again and again, and not waited for: the holder may be a part of this same thread.
  let lock = taken(path, false);
  while (lock === null) {
    await wait(10 + Math.random() * 20);
    lock = taken(path, performance.now() >= deadline);
  }
  try {
    const result = await work();
    // Only now that nothing is left to do for whoever has this very file open and takes it next.
    rmSync(path, { force: true });
    return result;
  } finally {
    lock.close();
  }
}

/** The open lock, or null while another has it. The file is opened anew each time, since its holder removes it. */
function taken(path: string, isLast: boolean): Sqlite.Database | null {
  const lock = new Sqlite(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const isGone = codeOf(error).startsWith('SQLITE_IOERR');
    if (!isLast && (isBusy(error) || isGone)) return null;
    throw error;
  }
}

async function withAdvisoryLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const pool = openPool(url, { max: 1 });
  try {
    const client = await pool.connect();
    try {
      await client.query(`SELECT pg_advisory_lock(${ADVISORY_LOCK})`);
      return await work();
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}
