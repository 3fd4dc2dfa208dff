import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/config/database.js';
import { UserError } from '../../src/config/userError.js';
import { memoryPath, readMemory } from '../../src/signing/memory.js';
import { readCheckpoints } from '../../src/signing/notesFile.js';
import { openConnection } from '../../src/store/connection.js';
import { fixedBytes } from '../ledger/samples.js';
import { describeOnBothDatabases, freshSqlite } from '../support/databases.js';
import {
  dataDirFor,
  ledgerProblems,
  openTestRecord,
  type RecordOverrides,
  readEntries,
} from '../support/record.js';
import { tempFolder } from '../support/tempFolder.js';

async function refusal(database: Database, overrides: RecordOverrides = {}): Promise<UserError> {
  const error = await openTestRecord(database, overrides).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

const note = { description: 'something happened' };

async function recordSome(database: Database, count: number, overrides: RecordOverrides = {}): Promise<void> {
  const record = await openTestRecord(database, overrides);
  for (let i = 0; i < count; i++) void record.write('CONFIG_CHANGE', note);
  await record.flush();
  await record.close();
}

/** Changes what the database's guards protect, as only somebody can who may switch them off. */
async function tamper(database: Database, sql: string): Promise<void> {
  const connection = openConnection(database);
  if (database.kind === 'sqlite') {
    const triggers = await connection.all<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'trigger'`,
    );
    for (const { name } of triggers) await connection.run(`DROP TRIGGER "${name}"`);
    await connection.run(sql);
  } else {
    await connection.transaction(async (tx) => {
      await tx.run('SET LOCAL session_replication_role = replica');
      await tx.run(sql);
    });
  }
  await connection.close();
}

describeOnBothDatabases(
  'opening a record',
  (fresh) => {
    test('makes key and ledger once, and signs the empty beginning', async () => {
      const database = await fresh();
      const dataDir = dataDirFor(database);
      const record = await openTestRecord(database);
      const vkey = record.ledger.vkey;
      expect(statSync(join(dataDir, 'signing-key.pem')).mode & 0o777).toBe(0o600);
      expect(readMemory(dataDir, 'acme')?.size).toBe(0);
      await record.close();
      await record.close();
      const again = await openTestRecord(database);
      expect([again.ledger.vkey, again.migrated]).toEqual([vkey, []]);
      expect(readCheckpoints(dataDir)).toHaveLength(1);
      expect(await ledgerProblems(database)).toEqual([]);
    });

    test('never makes a key for a database that holds a ledger', async () => {
      const database = await fresh();
      await recordSome(database, 1);
      const path = join(dataDirFor(database), 'signing-key.pem');
      rmSync(path);
      const error = await refusal(database);
      expect([error.code, existsSync(path)]).toEqual(['SIGNING_KEY_LOST', false]);
      expect(error.message).toContain(path);
      expect((await refusal(database, { tenant: 'other' })).code).toBe('SIGNING_KEY_LOST');
    });

    test('refuses a key that is not the ledger’s, and takes the right one from wherever it is given', async () => {
      const database = await fresh();
      const seed = fixedBytes('the right key').toString('base64');
      await recordSome(database, 1, { signingKey: seed });
      const wrong = fixedBytes('another key').toString('base64');
      expect((await refusal(database, { signingKey: wrong })).code).toBe('KEY_NOT_THE_LEDGERS');
      expect(existsSync(join(dataDirFor(database), 'signing-key.pem'))).toBe(false);
      await recordSome(database, 1, { signingKey: seed });
      expect(await ledgerProblems(database)).toEqual([]);
    });

    test('refuses a ledger that is smaller than what was signed', async () => {
      const database = await fresh();
      await recordSome(database, 5);
      await tamper(database, `UPDATE "Ledger" SET "size" = 4`);
      await tamper(database, `DELETE FROM "AuditLog" WHERE "seq" = 5`);
      const error = await refusal(database);
      expect([error.code, error.hint]).toEqual(['LEDGER_SHRUNK', expect.stringContaining('backup')]);
      expect(await readEntries(database)).toHaveLength(4);
    });

    test('refuses a ledger whose signed entries were changed or are missing', async () => {
      for (const [sql, code] of [
        [`UPDATE "AuditLog" SET "outcome" = 'denied' WHERE "seq" = 3`, 'LEDGER_FORKED'],
        [`DELETE FROM "AuditLog" WHERE "seq" = 3`, 'LEDGER_HOLE'],
      ] as const) {
        const database = await fresh();
        await recordSome(database, 5);
        await tamper(database, sql);
        expect((await refusal(database)).code).toBe(code);
      }
    });

    test('refuses to go on where the memory of what was signed is damaged', async () => {
      const database = await fresh();
      await recordSome(database, 2);
      writeFileSync(memoryPath(dataDirFor(database), 'acme'), 'rubbish');
      expect((await refusal(database)).code).toBe('SIGNER_MEMORY_DAMAGED');
    });

    test('goes on from the newest checkpoint where that memory is gone, and refuses what does not lead there', async () => {
      const database = await fresh();
      await recordSome(database, 3);
      rmSync(memoryPath(dataDirFor(database), 'acme'));
      await recordSome(database, 2);
      expect(await ledgerProblems(database)).toEqual([]);
      rmSync(memoryPath(dataDirFor(database), 'acme'));
      await tamper(database, `UPDATE "AuditLog" SET "outcome" = 'denied' WHERE "seq" = 4`);
      expect((await refusal(database)).code).toBe('LEDGER_FORKED');
    });

    test('refuses a data directory of another ledger, naming both, and writes nothing there', async () => {
      const [mine, theirs] = [await fresh(), await fresh()];
      await recordSome(mine, 1);
      await recordSome(theirs, 1, { instance: 'theirs' });
      const before = readdirSync(dataDirFor(mine)).sort();
      const error = await refusal(theirs, { dataDir: dataDirFor(mine), instance: 'theirs' });
      expect(error.code).toBe('DATA_DIRECTORY_OF_ANOTHER');
      expect(error.message).toContain('reeve/test');
      expect(error.message).toContain('reeve/theirs');
      expect(error.message).not.toContain('reeve:reeve@');
      expect(readdirSync(dataDirFor(mine)).sort()).toEqual(before);
    });

    test('refuses another instance name', async () => {
      const database = await fresh();
      await recordSome(database, 1);
      const error = await refusal(database, { instance: 'another', dataDir: tempFolder() });
      expect([error.code, error.message]).toEqual(['OTHER_INSTANCE', expect.stringContaining('another')]);
    });

    test('keeps the ledgers of two tenants apart under one key', async () => {
      const database = await fresh();
      const [one, two] = [
        await openTestRecord(database),
        await openTestRecord(database, { tenant: 'globex' }),
      ];
      const fates = await Promise.all(
        [one, two, one, two].map((record) => record.write('CONFIG_CHANGE', note)),
      );
      expect(fates.map((fate) => fate.status === 'committed' && fate.seq)).toEqual([1, 1, 2, 2]);
      await one.close();
      await two.close();
      expect(await ledgerProblems(database)).toEqual([]);
      expect(await ledgerProblems(database, 'globex')).toEqual([]);
    });

    test('a second and a third time writes nothing of its own', async () => {
      const database = await fresh();
      for (let start = 1; start <= 3; start++) await recordSome(database, 1);
      expect((await readEntries(database)).map((entry) => entry.public.action)).toEqual(
        Array(3).fill('CONFIG_CHANGE'),
      );
    });

    test('tells in the record itself that guards had gone', async () => {
      const database = await fresh();
      await recordSome(database, 1);
      const table = database.kind === 'sqlite' ? '' : ' ON "AuditLog"';
      const connection = openConnection(database);
      await connection.run(`DROP TRIGGER "AuditLog_delete_guard"${table}`);
      await connection.close();
      await recordSome(database, 0);
      const [, told] = await readEntries(database);
      expect([told?.public.action, told?.rest?.metadata]).toEqual([
        'AUDIT_GUARDS_RESTORED',
        '{"guards":["AuditLog_delete_guard"]}',
      ]);
    });

    test('is done by two at once without harm', async () => {
      const database = await fresh();
      const records = await Promise.all([openTestRecord(database), openTestRecord(database)]);
      expect(records[0].ledger.vkey).toBe(records[1].ledger.vkey);
      await Promise.all(records.map((record) => record.write('CONFIG_CHANGE', note)));
      await Promise.all(records.map((record) => record.close()));
      expect(await ledgerProblems(database)).toEqual([]);
      await openTestRecord(database);
    });

    test('two that sign at the same time never part', async () => {
      const database = await fresh();
      const records = await Promise.all([openTestRecord(database), openTestRecord(database)]);
      for (let round = 0; round < 5; round++) {
        await Promise.all(records.flatMap((record) => [record.write('CONFIG_CHANGE', note), record.sign()]));
      }
      await Promise.all(records.map((record) => record.close()));
      expect(await ledgerProblems(database)).toEqual([]);
      expect(readMemory(dataDirFor(database), 'acme')?.size).toBe(10);
      await openTestRecord(database);
    });
  },
  { migrated: true },
);

describe('a database file that is gone', () => {
  test('is refused and not made anew where the data directory knows it', async () => {
    const database = await freshSqlite();
    const { path } = database as { path: string };
    const dataDir = tempFolder();
    await recordSome(database, 1, { dataDir });
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    const error = await refusal(database, { dataDir });
    expect([error.code, existsSync(path)]).toEqual(['DATABASE_GONE', false]);
    expect(error.message).toContain(path);
    const elsewhere: Database = { kind: 'sqlite', path: join(tempFolder(), 'deep', 'other.db') };
    expect((await refusal(elsewhere, { dataDir })).code).toBe('DATABASE_GONE');
    expect(existsSync(dirname(elsewhere.path))).toBe(false);
  });

  test('and replaced by an older copy that grew is refused', async () => {
    const database = await freshSqlite();
    const { path } = database as { path: string };
    await recordSome(database, 3);
    const older = readFileSync(path);
    await recordSome(database, 3);
    for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    writeFileSync(path, older);
    expect((await refusal(database)).code).toBe('LEDGER_SHRUNK');
    // It grows beyond what was signed in the hands of somebody with the key and another data directory.
    const pem = join(dataDirFor(database), 'signing-key.pem');
    await recordSome(database, 9, { dataDir: tempFolder(), signingKey: pem });
    expect((await refusal(database)).code).toBe('LEDGER_FORKED');
  });
});
