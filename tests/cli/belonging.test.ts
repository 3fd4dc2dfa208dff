import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { freshSqlite, usePostgres } from '../support/databases.js';
import { tempFolder } from '../support/tempFolder.js';
import { Desk, someEvent } from './commandLine.js';

/** Every command that works on a ledger, with what it needs to come that far. */
const COMMANDS = [
  ['status'],
  ['query'],
  ['stats'],
  ['export', '--format', 'csv'],
  ['export', '--format', 'bundle'],
  ['verify'],
  ['prove', '1'],
  ['checkpoint'],
  ['key'],
  ['key', 'rotate'],
  ['mirror', 'rebuild'],
];

test('in an empty folder no command makes a ledger but those that are to; the others say how one is made', async () => {
  const desk = new Desk({ AUDIT_NDJSON_DIR: 'mirror' });
  for (const argv of COMMANDS) {
    const said = await desk.reeve(argv);
    expect([argv, said]).toEqual([
      argv,
      {
        status: 2,
        stdout: '',
        stderr: expect.stringMatching(/^There is no ledger .*\n.*\nFor example: echo/),
      },
    ]);
    expect([argv, desk.files]).toEqual([argv, []]);
  }
});

const postgres = usePostgres();

test.each([
  ['SQLite', freshSqlite],
  ['PostgreSQL', () => postgres()],
])('a data directory of another ledger is refused by every command alike, on %s', async (_, fresh) => {
  const mine = new Desk({ REEVE_INSTANCE: 'mine', AUDIT_NDJSON_DIR: 'mirror' });
  expect((await mine.record(someEvent)).status).toBe(0);
  const database = await fresh();
  const url = database.kind === 'sqlite' ? `file:${database.path}` : database.url;
  const theirs = new Desk({ REEVE_INSTANCE: 'theirs', DATABASE_URL: url, REEVE_DATA_DIR: tempFolder() });
  expect((await theirs.record(someEvent)).status).toBe(0);
  const files = mine.files;

  const mixed = new Desk({ ...theirs.env, REEVE_DATA_DIR: mine.dataDir, AUDIT_NDJSON_DIR: 'mirror' });
  for (const argv of [...COMMANDS, ['record'], ['start'], ['migrate'], ['migrate', '--check']]) {
    const { status, stdout, stderr } = await mixed.reeve(argv, { input: JSON.stringify(someEvent) });
    expect([argv, status, stdout]).toEqual([argv, 2, '']);
    expect(stderr).toMatch(
      /^The data directory .* belongs to the ledger reeve\/mine in .*reeve\.db, not to the ledger reeve\/theirs in /,
    );
  }
  expect([mine.files, mixed.files]).toEqual([files, []]);
});

test('a URL in Prisma’s way, with its schema, leads to the same tables', async () => {
  const database = await postgres();
  if (database.kind !== 'postgresql') throw new Error('it is PostgreSQL that is asked for');
  const withSchema = new URL(database.url);
  withSchema.searchParams.set('schema', 'public');
  const desk = new Desk({ DATABASE_URL: withSchema.href });
  expect((await desk.record(someEvent)).status).toBe(0);
  desk.env.DATABASE_URL = database.url;
  expect((await desk.reeve(['stats'])).stdout).toMatch(/^1 entry /);
});

test('an empty database gets no name from a start with a directory of another ledger', async () => {
  const mine = new Desk();
  await mine.record(someEvent);
  const url = `file:${join(tempFolder(), 'new.db')}`;
  const mixed = new Desk({ DATABASE_URL: url, REEVE_DATA_DIR: mine.dataDir });
  const refused = await mixed.record(someEvent);
  expect([refused.status, refused.stdout]).toEqual([2, '']);
  const named = new Desk({ DATABASE_URL: url, REEVE_INSTANCE: 'another' });
  expect((await named.record(someEvent)).status).toBe(0);
});

test('a start that is refused leaves nothing in a data directory that was named by mistake', async () => {
  const desk = new Desk({ DATABASE_URL: 'file:ledger/reeve.db', REEVE_DATA_DIR: 'right' });
  await desk.record(someEvent);
  desk.env.REEVE_DATA_DIR = 'wrong';
  for (const signingKey of [undefined, Buffer.alloc(32, 7).toString('base64')]) {
    if (signingKey !== undefined) desk.env.REEVE_SIGNING_KEY = signingKey;
    const { status, stderr } = await desk.record(someEvent);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/signing key/)]);
    expect(existsSync(join(desk.folder, 'wrong'))).toBe(false);
  }
  delete desk.env.REEVE_SIGNING_KEY;
  desk.env.REEVE_DATA_DIR = 'right';
  expect((await desk.record(someEvent)).status).toBe(0);
});
