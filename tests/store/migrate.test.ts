import { existsSync } from 'node:fs';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Database } from '../../src/config/database.js';
import { UserError } from '../../src/config/userError.js';
import type { Connection } from '../../src/store/sql.js';
import { startChild } from '../support/children.js';
import { describeOnBothDatabases } from '../support/databases.js';

const real = await import('../../src/store/schemaEngine.js');
let engines = 0;
jest.unstable_mockModule('../../src/store/schemaEngine.js', () => ({
  withSchemaEngine: (...given: Parameters<typeof real.withSchemaEngine>) => {
    engines += 1;
    return real.withSchemaEngine(...given);
  },
}));
const { migrate, pendingMigrations, shippedMigrations } = await import('../../src/store/migrate.js');
const { openConnection } = await import('../../src/store/connection.js');
const { Store } = await import('../../src/store/store.js');

/** Runs a statement by a connection of its own. */
async function by<T>(database: Database, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = openConnection(database);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describeOnBothDatabases('migrations', (fresh, kind) => {
  const names = shippedMigrations(kind).map((migration) => migration.name);
  let database: Database;

  beforeEach(async () => {
    database = await fresh();
    engines = 0;
  });

  test('bring an empty database to the data model, in the history that Prisma keeps', async () => {
    expect(await pendingMigrations(database)).toEqual(names);
    expect(await migrate(database)).toEqual(names);
    const history = await by(database, (connection) =>
      connection.all(`SELECT migration_name AS name, checksum FROM _prisma_migrations ORDER BY started_at`),
    );
    expect(history).toEqual(shippedMigrations(kind).map(({ name, checksum }) => ({ name, checksum })));
    expect(await pendingMigrations(database)).toEqual([]);
    if (database.kind === 'sqlite') expect(existsSync(`${database.path}.migrating`)).toBe(false);
  });

  test('do nothing the second time, and do not even load the engine', async () => {
    await migrate(database);
    expect(engines).toBe(1);
    expect(await migrate(database)).toEqual([]);
    expect(engines).toBe(1);
  });

  test('are done once when several processes start at once', async () => {
    const children = [0, 1, 2].map(() => startChild('openStore.js', database));
    for (const child of children) await child.next();
    for (const child of children) child.tell('go');
    const opened = await Promise.all(
      children.map((child) => child.next<{ migrated: string[]; restoredGuards: string[] }>()),
    );
    expect(opened.map(({ migrated }) => migrated).sort()).toEqual([[], [], names]);
    // Nobody takes the guards that are about to be put in place for guards that somebody took away.
    expect(opened.flatMap(({ restoredGuards }) => restoredGuards)).toEqual([]);
    await Promise.all(children.map((child) => child.end()));
  });

  test('are done once when one process opens the store twice at once', async () => {
    const opened = await Promise.all([Store.open(database), Store.open(database)]);
    expect(opened.map(({ migrated }) => migrated).sort()).toEqual([[], names]);
    expect(opened.flatMap(({ restoredGuards }) => restoredGuards)).toEqual([]);
    for (const { store } of opened) await store.close();
  });

  test('refuse a database that a newer version has migrated, and name the migration', async () => {
    await migrate(database);
    await by(database, (connection) =>
      connection.run(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
           SELECT 'x', checksum, '29990101000000_later', started_at, finished_at, 1 FROM _prisma_migrations LIMIT 1`,
      ),
    );
    const error = await refusal(migrate(database));
    expect(error.code).toBe('DATABASE_NEWER');
    expect(error.message).toContain('29990101000000_later');
    expect(error.message).not.toContain('reeve:reeve');
    expect((await refusal(Store.open(database))).code).toBe('DATABASE_NEWER');
  });

  test('refuse a database that was migrated with another text of the same name', async () => {
    await migrate(database);
    await by(database, (connection) =>
      connection.run(`UPDATE _prisma_migrations SET checksum = '${'0'.repeat(64)}'`),
    );
    expect((await refusal(migrate(database))).code).toBe('MIGRATION_EDITED');
  });

  test('refuse a database in which one was begun and never finished', async () => {
    await migrate(database);
    await by(database, (connection) => connection.run(`UPDATE _prisma_migrations SET finished_at = NULL`));
    expect((await refusal(migrate(database))).code).toBe('MIGRATION_UNFINISHED');
  });
});
