import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { openSqlite, SqliteConnection } from '../../src/store/sqlite.js';
import { Store } from '../../src/store/store.js';
import { startChild } from '../support/children.js';
import { freshSqlite } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { tempFolder } from '../support/tempFolder.js';

const PRAGMAS = {
  journal_mode: 'wal',
  synchronous: 2,
  foreign_keys: 1,
  secure_delete: 1,
  auto_vacuum: 2,
};

const pathOf = async () => ((await freshSqlite()) as { path: string }).path;

test('every opening makes commits durable, also of a file that is in WAL already', async () => {
  const database = await freshSqlite();
  const { store } = await Store.open(database);
  await store.close();
  const path = (database as { path: string }).path;
  for (const opening of ['second', 'third']) {
    const db = openSqlite(path);
    try {
      for (const [name, value] of Object.entries(PRAGMAS)) {
        expect([opening, name, db.pragma(name, { simple: true })]).toEqual([opening, name, value]);
      }
      expect(db.pragma('busy_timeout', { simple: true })).toBeLessThanOrEqual(50);
    } finally {
      db.close();
    }
  }
});

test("Prisma's own connection has the same settings", async () => {
  const { store } = await Store.open(await freshSqlite());
  try {
    const prisma = await store.prisma();
    for (const [name, value] of Object.entries(PRAGMAS)) {
      const [row] = await prisma.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`);
      const found = Object.values(row ?? {})[0];
      expect([name, typeof found === 'bigint' ? Number(found) : found]).toEqual([name, value]);
    }
    const [busy] = await prisma.$queryRawUnsafe<Record<string, unknown>[]>('PRAGMA busy_timeout');
    expect(Number(Object.values(busy ?? {})[0])).toBeLessThanOrEqual(50);
  } finally {
    await store.close();
  }
});

test('a file can be opened while another connection is writing to it', async () => {
  const path = await pathOf();
  const writer = new SqliteConnection(openSqlite(path));
  await writer.run('CREATE TABLE "t" ("a" TEXT)');
  await writer.transaction(async (tx) => {
    await tx.run('INSERT INTO "t" VALUES (?)', ['x']);
    openSqlite(path).close();
    openSqlite(path, { readOnly: true }).close();
  });
  await writer.close();
});

test('reading only creates nothing, neither a file nor a folder', async () => {
  const path = join(tempFolder(), 'nowhere', 'reeve.db');
  expect(() => openSqlite(path, { readOnly: true })).toThrow();
  expect(existsSync(join(path, '..'))).toBe(false);
});

test('reading only cannot write, and sees what was committed meanwhile', async () => {
  const path = await pathOf();
  const writer = new SqliteConnection(openSqlite(path));
  await writer.run('CREATE TABLE "t" ("a" INTEGER)');
  const reader = new SqliteConnection(openSqlite(path, { readOnly: true }));
  expect(await failureOf(reader.run('INSERT INTO "t" VALUES (1)'))).toMatchObject({
    code: 'SQLITE_READONLY',
  });
  await writer.run('INSERT INTO "t" VALUES (?)', [2]);
  expect(await reader.all('SELECT "a" FROM "t"')).toEqual([{ a: 2 }]);
  await reader.close();
  await writer.close();
});

test('a transaction that fails leaves nothing, and the connection usable', async () => {
  const connection = new SqliteConnection(openSqlite(await pathOf()));
  await connection.run('CREATE TABLE "t" ("a" INTEGER)');
  const failing = connection.transaction(async (tx) => {
    await tx.run('INSERT INTO "t" VALUES (1)');
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await connection.transaction((tx) => tx.run('INSERT INTO "t" VALUES (2)'));
  expect(await connection.all('SELECT "a" FROM "t"')).toEqual([{ a: 2 }]);
  await connection.close();
});

test('waiting for the lock gives the event loop its turns, and ends', async () => {
  const path = await pathOf();
  const other = new Sqlite(path);
  const connection = new SqliteConnection(openSqlite(path), 300);
  await connection.run('CREATE TABLE "t" ("a" INTEGER)');
  other.exec('BEGIN IMMEDIATE');
  let turns = 0;
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  const started = performance.now();
  await expect(connection.transaction(async () => {})).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
  clearInterval(ticking);
  expect(performance.now() - started).toBeLessThan(2000);
  expect(turns).toBeGreaterThan(2);
  other.exec('ROLLBACK');
  await connection.transaction((tx) => tx.run('INSERT INTO "t" VALUES (1)'));
  other.close();
  await connection.close();
});

test('what a kill has left half-way is taken back by whoever opens it, also only to read', async () => {
  const path = join(tempFolder(), 'reeve.db');
  const child = startChild('halfWay.js', { path });
  expect(await child.next()).toBe('half-way');
  await child.kill();
  expect(existsSync(`${path}-journal`)).toBe(true);
  const db = openSqlite(path, { readOnly: true });
  expect(db.prepare('SELECT "text" FROM "Kept"').all()).toEqual([{ text: 'before' }]);
  expect(() => db.exec('DELETE FROM "Kept"')).toThrow(/readonly/);
  db.close();
});
