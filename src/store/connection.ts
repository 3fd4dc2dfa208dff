import type { Database } from '../config/database.js';
import { openPool, PostgresqlConnection } from './postgresql.js';
import type { Connection } from './sql.js';
import { openSqlite, SqliteConnection } from './sqlite.js';

/**
 * A writing connection of its own, for whoever writes beside the store: the writing thread above all, which must not
 * spend its first moments on loading Prisma's client.
 */
export function openConnection(target: Database, lockWaitMs = 2000): Connection {
  if (target.kind === 'sqlite') return new SqliteConnection(openSqlite(target.path), lockWaitMs);
  return new PostgresqlConnection(
    openPool(target.url, { max: 2, statementTimeoutMs: lockWaitMs, connectTimeoutMs: lockWaitMs }),
  );
}
