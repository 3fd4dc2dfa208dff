import type { Database } from '../config/database.js';
import { openPool, PostgresqlConnection } from './postgresql.js';
import type { Reads } from './sql.js';
import { openSqlite, SqliteConnection } from './sqlite.js';

/**
 * An existing, migrated database, opened for reading. Nothing is created or changed, and nothing of Prisma is loaded:
 * threads that read in bulk have memory of their own, and would each load it again.
 */
export function openReadOnly(target: Database): Reads & { close(): Promise<void> } {
  return target.kind === 'sqlite'
    ? new SqliteConnection(openSqlite(target.path, { readOnly: true }))
    : new PostgresqlConnection(openPool(target.url));
}
