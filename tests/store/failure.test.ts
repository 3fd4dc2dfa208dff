import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AUDIT_TABLE } from '../../src/audit/table.js';
import type { Database } from '../../src/config/database.js';
import { openConnection } from '../../src/store/connection.js';
import { failureKind, isBusy } from '../../src/store/failure.js';
import { openPool, PostgresqlConnection } from '../../src/store/postgresql.js';
import { PrismaWrites } from '../../src/store/prismaWrites.js';
import type { Connection, Writes } from '../../src/store/sql.js';
import { openSqlite, SqliteConnection } from '../../src/store/sqlite.js';
import { type Prisma, Store } from '../../src/store/store.js';
import { describeOnBothDatabases, freshSqlite, usePostgres } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { type OwnPostgres, startOwnPostgres } from '../support/postgres.js';
import { startProxy } from '../support/proxy.js';
import { makeLedger, sampleRow } from '../support/rows.js';
import { smallDisk } from '../support/smallDisk.js';
import { tempFolder } from '../support/tempFolder.js';

const TENANT = 'acme';

/** The same work on our own connection and inside a transaction of Prisma's. */
async function bothWays(store: Store, work: (tx: Writes) => Promise<unknown>): Promise<string[]> {
  const prisma = await store.prisma();
  const bare = await failureOf(store.transaction(work));
  const wrapped = await failureOf(
    prisma.$transaction((tx: Prisma.TransactionClient) => work(new PrismaWrites(tx, store.dialect))),
  );
  return [failureKind(bare), failureKind(wrapped)];
}

describeOnBothDatabases('a failure means the same from the driver and through Prisma:', (fresh) => {
  let store: Store;
  let database: Database;
  beforeAll(async () => {
    database = await fresh();
    store = (await Store.open(database)).store;
    const connection = openConnection(database);
    await makeLedger(connection, TENANT, 3);
    await connection.close();
  });
  afterAll(() => store.close());

  test('a number or id that is taken is a duplicate', async () => {
    const taken = (await store.read.get<{ id: string }>(`SELECT "id" FROM "AuditLog" WHERE "seq" = 1`))!.id;
    expect(await bothWays(store, (tx) => tx.insertMany(AUDIT_TABLE, [sampleRow(TENANT, 2)]))).toEqual([
      'duplicate',
      'duplicate',
    ]);
    expect(await bothWays(store, (tx) => tx.insertMany(AUDIT_TABLE, [sampleRow(TENANT, 4, taken)]))).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  test('what a trigger refuses is refused', async () => {
    expect(await bothWays(store, (tx) => tx.run(`DELETE FROM "AuditLog"`))).toEqual(['refused', 'refused']);
    expect(await bothWays(store, (tx) => tx.run(`UPDATE "Ledger" SET "size" = 0`))).toEqual([
      'refused',
      'refused',
    ]);
  });

  test('a value that a column cannot hold is the fault of the value', async () => {
    const set = `INSERT INTO "Lease" ("name", "holder", "until") VALUES ('x', ?, 0)`;
    expect(await bothWays(store, (tx) => tx.run(set, [null]))).toEqual(['value', 'value']);
  });

  test('a statement that is wrong is nothing that waiting helps', async () => {
    expect(await bothWays(store, (tx) => tx.run('UPDATE "NoSuchTable" SET "a" = 1'))).toEqual([
      'other',
      'other',
    ]);
  });
});

describe('SQLite is away', () => {
  test('while another connection holds the lock, and only that is worth a quick retry', async () => {
    const database = await freshSqlite();
    const { store } = await Store.open(database, 60);
    const other = openConnection(database);
    await other.transaction(async () => {
      const prisma = await store.prisma();
      const bare = await failureOf(store.transaction(async () => {}));
      const wrapped = await failureOf(
        prisma.$transaction((tx) => tx.$executeRawUnsafe(`UPDATE "Lease" SET "until" = 0`)),
      );
      for (const error of [bare, wrapped])
        expect([failureKind(error), isBusy(error)]).toEqual(['away', true]);
    });
    await other.close();
    await store.close();
  });

  test('when the file is full, cannot be written, is none or is not there', async () => {
    const { path } = (await freshSqlite()) as { path: string };
    const db = openSqlite(path);
    const connection = new SqliteConnection(db);
    await connection.run('CREATE TABLE "t" ("a" TEXT)');
    db.pragma('max_page_count = 1');
    const full = await failureOf(connection.run('INSERT INTO "t" VALUES (?)', ['x'.repeat(100_000)]));
    const reader = new SqliteConnection(openSqlite(path, { readOnly: true }));
    const readOnly = await failureOf(reader.run('DELETE FROM "t"'));
    await reader.close();
    await connection.close();
    const rubbish = join(tempFolder(), 'rubbish.db');
    writeFileSync(rubbish, 'this is no database'.repeat(100));
    const none = await failureOf((async () => openSqlite(rubbish))());
    const absent = await failureOf((async () => openSqlite(`${path}.absent`, { readOnly: true }))());
    for (const error of [full, readOnly, none, absent]) {
      expect([error.code, failureKind(error), isBusy(error)]).toEqual([error.code, 'away', false]);
    }
  });

  test('on a disk that is full, and on one that has become read-only', async () => {
    const disk = smallDisk('700k');
    if (disk === null) return;
    const connection = new SqliteConnection(openSqlite(join(disk.path, 'reeve.db')));
    await connection.run('CREATE TABLE "t" ("a" TEXT)');
    const fill = async () => {
      for (;;) await connection.run('INSERT INTO "t" VALUES (?)', ['x'.repeat(20_000)]);
    };
    const full = await failureOf(fill());
    expect([full.code, failureKind(full)]).toEqual([full.code, 'away']);
    await connection.close();
    disk.makeReadOnly();
    const frozen = await failureOf(
      (async () => new SqliteConnection(openSqlite(join(disk.path, 'reeve.db'))).run('DELETE FROM "t"'))(),
    );
    expect([frozen.code, failureKind(frozen)]).toEqual([frozen.code, 'away']);
  });

  test('when its folder may not be entered', async () => {
    if (process.getuid?.() === 0) return; // Nothing is forbidden to root.
    const folder = tempFolder();
    chmodSync(folder, 0o000);
    const error = await failureOf((async () => openSqlite(join(folder, 'x', 'reeve.db')))());
    chmodSync(folder, 0o700);
    expect(failureKind(error)).toBe('away');
  });
});

describe('PostgreSQL is away', () => {
  const fresh = usePostgres();
  let url: string;
  beforeAll(async () => {
    url = ((await fresh()) as { url: string }).url;
  });

  async function kindOf(
    at: string,
    work: (connection: Connection) => Promise<unknown>,
    limitMs = 300,
  ): Promise<string> {
    const pool = openPool(at, { statementTimeoutMs: limitMs, connectTimeoutMs: limitMs, max: 2 });
    const connection = new PostgresqlConnection(pool);
    try {
      const error = await failureOf(work(connection));
      return `${failureKind(error)} ${error.code ?? error.message}`;
    } finally {
      await connection.close();
    }
  }
  const changed = (change: Partial<Pick<URL, 'port' | 'hostname' | 'pathname' | 'password'>>): string =>
    Object.assign(new URL(url), change).href;
  const any = (connection: Connection) => connection.transaction((tx) => tx.run('SELECT 1'));

  test('when nobody listens, or the host has no address', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    probe.close();
    await once(probe, 'close');
    expect(await kindOf(changed({ port: String(port) }), any)).toBe('away ECONNREFUSED');
    expect(await kindOf(changed({ hostname: 'nowhere.invalid' }), any)).toMatch(/^away /);
  });

  test('when the database or the password is another one', async () => {
    expect(await kindOf(changed({ pathname: '/nowhere' }), any)).toBe('away 3D000');
    expect(await kindOf(changed({ password: 'wrong' }), any)).toBe('away 28P01');
  });

  test('when it takes too long, for a lock or otherwise', async () => {
    expect(
      await kindOf(url, (connection) => connection.transaction((tx) => tx.run('SELECT pg_sleep(5)'))),
    ).toBe('away 57014');
    const blocked = kindOf(url, async (connection) => {
      await connection.run('CREATE TABLE IF NOT EXISTS "t" ("a" INTEGER)');
      await connection.transaction(async (first) => {
        await first.run('LOCK TABLE "t"');
        await connection.transaction((second) => second.run('LOCK TABLE "t"'));
      });
    });
    expect(await blocked).toBe('away 57014');
  });

  test('when it may only be read', async () => {
    const write = (connection: Connection) =>
      connection.transaction(async (tx) => {
        await tx.run('SET TRANSACTION READ ONLY');
        await tx.run('CREATE TABLE "u" ("a" INTEGER)');
      });
    expect(await kindOf(url, write)).toBe('away 25006');
  });

  test('when the connection is cut in the middle', async () => {
    const cut = (connection: Connection) =>
      connection.transaction(async (tx) => {
        const { pid } = (await tx.get<{ pid: number }>('SELECT pg_backend_pid() AS pid'))!;
        await connection.run('SELECT pg_terminate_backend(?)', [pid]);
        await tx.run('SELECT 1');
        await tx.run('SELECT 1');
      });
    expect(await kindOf(url, cut)).toMatch(/^away /);
  });

  test('when it is there and no longer answers', async () => {
    const proxy = await startProxy(url);
    const silent = kindOf(proxy.url, (connection) =>
      connection.transaction(async (tx) => {
        await tx.run('SELECT 1');
        proxy.freeze();
        await tx.run('SELECT 1');
      }),
    );
    expect(await silent).toBe('away Query read timeout');
    expect(await kindOf(proxy.url, any)).toMatch(/^away /);
    await proxy.close();
  });

  test('and a text that no index can hold is the fault of the value', async () => {
    // Random, so that it cannot be made smaller.
    const text = Array.from({ length: 400 }, (_, i) => Math.sin(i).toString(36)).join('');
    const insert = async (connection: Connection) => {
      await connection.run('CREATE TABLE "v" ("a" TEXT PRIMARY KEY)');
      await connection.run('INSERT INTO "v" VALUES (?)', [text]);
    };
    expect(await kindOf(url, insert)).toBe('value 54000');
    expect(await kindOf(url, (connection) => connection.run('SELECT ?::text', ['\u0000']))).toBe(
      'value 22021',
    );
  });
});

describe('a PostgreSQL that is stopped', () => {
  let server: OwnPostgres;
  beforeAll(async () => {
    server = await startOwnPostgres();
  });
  afterAll(() => server.stop());

  test('is away for those who are connected and for those who come, also through Prisma, and comes back', async () => {
    const database: Database = { kind: 'postgresql', url: await server.newDatabase() };
    const { store } = await Store.open(database, 300);
    const prisma = await store.prisma();
    await prisma.$queryRawUnsafe('SELECT 1');
    const within = await failureOf(
      store.transaction(async (tx) => {
        await tx.run(`UPDATE "Lease" SET "until" = 0`);
        await server.stopServer();
        await tx.run(`UPDATE "Lease" SET "until" = 0`);
      }),
    );
    const after = await failureOf(store.transaction((tx) => tx.run('SELECT 1')));
    const wrapped = await failureOf(prisma.$transaction((tx) => tx.$executeRawUnsafe('SELECT 1')));
    for (const error of [within, after, wrapped]) {
      expect([error.code, error.message, failureKind(error)]).toEqual([error.code, error.message, 'away']);
    }
    await server.startServer();
    expect(await store.transaction((tx) => tx.get('SELECT 1 AS "one"'))).toEqual({ one: 1 });
    expect(await prisma.$queryRawUnsafe('SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
    await store.close();
  });
});
