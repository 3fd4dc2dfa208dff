import { setTimeout as wait } from 'node:timers/promises';
import { isBusy } from './failure.js';
import { openPool, PostgresqlConnection } from './postgresql.js';
import { openSqlite, SqliteConnection } from './sqlite.js';
import { forgetSamplesIfEmpty } from './statistics.js';
import type { Store } from './store.js';

/** How long is waited for others who read or write at the moment. */
const PATIENCE_MS = 10_000;

/** What still lies where it was, in words. */
export type Residue = 'write-ahead-log' | 'tables' | 'statistics';

/**
 * Sees to it that what was deleted is not merely out of sight. SQLite overwrites what it deletes (`secure_delete`), so
 * there it is the write-ahead log that has to be emptied. PostgreSQL leaves old rows in their pages, and samples of
 * values in its statistics; so its tables are written anew. Returns what could not be had.
 */
export function leaveNothing(store: Store): Promise<Residue[]> {
  return store.turns.run(() =>
    store.target.kind === 'sqlite' ? emptyLog(store.target.path) : rewriteTables(store.target.url),
  );
}

async function emptyLog(path: string): Promise<Residue[]> {
  const connection = new SqliteConnection(openSqlite(path));
  try {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const [state] = await connection
        .all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
        .catch((error) => {
          if (isBusy(error)) return [{ busy: 1 }];
          throw error;
        });
      if (state?.busy === 0) return [];
      if (performance.now() >= deadline) return ['write-ahead-log'];
      await wait(20);
    }
  } finally {
    await connection.close();
  }
}

async function rewriteTables(url: string): Promise<Residue[]> {
  const pool = openPool(url, { max: 1 });
  const connection = new PostgresqlConnection(pool);
  const residue: Residue[] = [];
  try {
    await connection.run(`SET lock_timeout = ${PATIENCE_MS}`);
    const tables = await connection.all<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS "name" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped) ORDER BY 1`,
    );
    for (const { name } of tables) {
      try {
        await connection.run(`VACUUM (FULL, ANALYZE) ${name}`);
        await forgetSamplesIfEmpty(connection, name);
      } catch {
        if (!residue.includes('tables')) residue.push('tables');
      }
    }
    // The samples of before lie there as old rows.
    await connection.run('VACUUM (FULL) pg_catalog.pg_statistic').catch(() => residue.push('statistics'));
    return residue;
  } finally {
    await connection.close();
  }
}
