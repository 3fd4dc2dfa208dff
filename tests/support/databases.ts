import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Database } from '../../src/config/database.js';
import { startPostgres, type TestPostgres } from './postgres.js';
import { tempFolder } from './tempFolder.js';

/** Makes a database that nothing has touched yet: a path in a new folder, or an empty PostgreSQL database. */
export type FreshDatabase = () => Promise<Database>;

/** A SQLite file that is not there yet, in a folder of its own. */
export const freshSqlite: FreshDatabase = async () => ({
  kind: 'sqlite',
  path: join(tempFolder(), 'reeve.db'),
});

/** Describes the same behaviour on SQLite and on a real PostgreSQL. */
export function describeOnBothDatabases(
  name: string,
  tests: (fresh: FreshDatabase, kind: Database['kind']) => void,
): void {
  describe(`${name} (SQLite)`, () => tests(freshSqlite, 'sqlite'));
  // Outside of the describe, so that the databases go after whatever its own last hooks do to them.
  const fresh = usePostgres();
  describe(`${name} (PostgreSQL)`, () => tests(fresh, 'postgresql'));
}

/** Fresh PostgreSQL databases for the tests of the surrounding `describe`, or of the file. */
export function usePostgres(): FreshDatabase {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
  });
  return async () => ({ kind: 'postgresql', url: await server.newDatabase() });
}
