import { join } from 'node:path';
import type { Database } from '../../config/database.js';
import type { IndexStore } from './indexStore.js';
import { PostgresqlIndex } from './postgresqlIndex.js';
import { SqliteIndex } from './sqliteIndex.js';

/** Where a tenant's index is kept: in a file beside its data, or in a schema beside its tables. */
export function openIndexStore(place: { database: Database; dataDir: string; tenant: string }): IndexStore {
  const { database, dataDir, tenant } = place;
  return database.kind === 'sqlite'
    ? new SqliteIndex(join(dataDir, `index-${tenant}.db`), tenant)
    : new PostgresqlIndex(database.url, tenant);
}
