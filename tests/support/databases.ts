import { copyFileSync } from 'node:fs';
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

/**
 * Describes the same behaviour on SQLite and on a real PostgreSQL. With `migrated` the databases are copies of one
 * that was migrated before: for tests that are about something else, and open many.
 */
export function describeOnBothDatabases(
  name: string,
  tests: (fresh: FreshDatabase, kind: Database['kind']) => void,
  { migrated = false } = {},
): void {
  const sqlite = migrated ? migratedSqlite() : freshSqlite;
  describe(`${name} (SQLite)`, () => tests(sqlite, 'sqlite'));
  // Outside of the describe, so that the databases go after whatever its own last hooks do to them.
  const postgresql = usePostgres({ migrated });
  describe(`${name} (PostgreSQL)`, () => tests(postgresql, 'postgresql'));
}

/** Fresh PostgreSQL databases for the tests of the surrounding `describe`, or of the file. */
export function usePostgres({ migrated = false } = {}): FreshDatabase {
  let server: TestPostgres;
  let template: Promise<string> | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
  });
  const makeTemplate = async () => {
    const url = await server.newDatabase();
    await bringUpToDate({ kind: 'postgresql', url });
    return url;
  };
  return async () => {
    if (migrated) template ??= makeTemplate();
    return { kind: 'postgresql', url: await server.newDatabase(await template) };
  };
}

function migratedSqlite(): FreshDatabase {
  let template: Promise<string> | undefined;
  const makeTemplate = async () => {
    const path = join(tempFolder(), 'template.db');
    await bringUpToDate({ kind: 'sqlite', path });
    return path;
  };
  return async () => {
    template ??= makeTemplate();
    const path = join(tempFolder(), 'reeve.db');
    copyFileSync(await template, path);
    return { kind: 'sqlite', path };
  };
}

/** Loaded when it is wanted, so that a test may put something in the place of what it uses. */
async function bringUpToDate(target: Database): Promise<void> {
  const { migrate } = await import('../../src/store/migrate.js');
  await migrate(target);
}
