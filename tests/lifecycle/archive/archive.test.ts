import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { parseQuery } from '../../../src/audit/query/parse.js';
import type { Database } from '../../../src/config/database.js';
import type { Verdict } from '../../../src/ledger/verify.js';
import { verifyFile } from '../../../src/ledger/verifyFile.js';
import { inspectArchive } from '../../../src/lifecycle/archive/inspectArchive.js';
import { missingFrom } from '../../../src/lifecycle/archive/missing.js';
import { searchArchive } from '../../../src/lifecycle/archive/search.js';
import { verifyWhole } from '../../../src/lifecycle/archive/wholeHistory.js';
import { vouchErased } from '../../../src/lifecycle/statements.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor } from '../../support/record.js';
import { Aged, DAY } from '../retention/aged.js';

/** 34 old entries and 6 fresh ones; a segment holds ten. */
const open = (database: Database): Promise<Aged> =>
  Aged.open(database, 34, 6, { archived: true, parts: { segmentEntries: 10 } });

const keysOf = (aged: Aged) => readTrustedKeys(dataDirFor(aged.database), aged.record.ledger.origin);
const filesOf = (aged: Aged) =>
  readdirSync(aged.archiveDir)
    .filter((name) => name.endsWith('.gz'))
    .sort();

async function whole(aged: Aged): Promise<Verdict> {
  return verifyWhole(aged.archive, {
    reads: aged.record.store.read,
    database: aged.database,
    tenant: 'acme',
    dataDir: dataDirFor(aged.database),
    keys: keysOf(aged),
    now: 0,
  });
}

async function reports(aged: Aged) {
  const all = [];
  for await (const { verdict, why } of inspectArchive(aged.archive, keysOf(aged), 0))
    all.push({ verdict, why });
  return all;
}

describeOnBothDatabases('the archive', (fresh) => {
  test('has what left the ledger, in segments that each verify by themselves', async () => {
    const aged = await open(await fresh());
    expect(await aged.retention.run()).toMatchObject({ removed: 34, archived: 4, failure: null });
    expect(filesOf(aged)).toEqual([
      'acme-000000000001-000000000010.ndjson.gz',
      'acme-000000000011-000000000020.ndjson.gz',
      'acme-000000000021-000000000030.ndjson.gz',
      'acme-000000000031-000000000034.ndjson.gz',
    ]);
    const verdicts = [];
    for (const file of filesOf(aged)) {
      const text = gunzipSync(readFileSync(join(aged.archiveDir, file)));
      verdicts.push(await verifyFile([text], { keys: keysOf(aged), now: 0 }));
    }
    expect(verdicts.map(({ verdict, from, to }) => [verdict, from, to])).toEqual([
      ['intact', 1, 10],
      ['intact-from', 11, 20],
      ['intact-from', 21, 30],
      ['intact-from', 31, 34],
    ]);
    expect((await reports(aged)).map(({ why }) => why)).toEqual([null, null, null, null]);
  });

  test('and the ledger are one history from entry 1', async () => {
    const aged = await open(await fresh());
    await aged.record.sign();
    await aged.retention.run();
    expect((await aged.verify()).verdict).toBe('intact-from');
    const verdict = await whole(aged);
    expect(verdict).toMatchObject({ verdict: 'intact', from: 1, totalRecords: 45 });
    expect(verdict.notes[0]).toMatch(/1 to 34 were read from 4 segments/);
  });

  test('of which the manifest names a file elsewhere touches no such file', async () => {
    const aged = await open(await fresh());
    await aged.retention.run();
    const elsewhere = join(aged.archiveDir, '..', 'elsewhere.txt');
    writeFileSync(elsewhere, 'kept');
    const [segment] = await aged.archive.segments();
    const forged = { ...segment, file: '../elsewhere.txt', from: 0, to: 0, lastAt: 0 };
    appendFileSync(join(aged.archiveDir, 'manifest.ndjson'), `${JSON.stringify(forged)}\n`);
    await aged.retention.run();
    expect(readFileSync(elsewhere, 'utf8')).toBe('kept');
    expect(await failureOf(aged.archive.segments())).toMatchObject({ code: 'ARCHIVE_MANIFEST_DAMAGED' });
  });

  test('that cannot be written keeps retention from deleting anything', async () => {
    const aged = await open(await fresh());
    writeFileSync(aged.archiveDir, 'a file where the folder should be');
    const run = await aged.retention.run();
    expect(run.failure).toMatchObject({ code: 'RETENTION_ARCHIVE_FAILED' });
    expect(aged.told).toHaveLength(1);
    expect((await aged.numbers())[0]).toBe(1);
    expect(await aged.verify()).toMatchObject({ verdict: 'intact', from: 1 });
    rmSync(aged.archiveDir);
    expect(await aged.retention.run()).toMatchObject({ removed: 34, archived: 4, failure: null });
    expect(await whole(aged)).toMatchObject({ verdict: 'intact' });
  });

  test('of which a segment was changed, cut or taken away is found out', async () => {
    const aged = await open(await fresh());
    await aged.retention.run();
    const path = join(aged.archiveDir, filesOf(aged)[1]!);
    const good = readFileSync(path);
    const bent = gunzipSync(good).toString().replace('+12025550100', '+12025550199');
    const { gzipSync } = await import('node:zlib');
    writeFileSync(path, gzipSync(bent));
    expect(await whole(aged)).toMatchObject({ verdict: 'altered', altered: [{ seq: 11 }] });
    expect((await reports(aged))[1]).toMatchObject({ verdict: 'altered' });
    writeFileSync(path, good.subarray(0, good.length / 2));
    const cut = await whole(aged);
    expect(cut).toMatchObject({ isValid: false });
    expect(cut.notes.join()).toMatch(/cannot be read to its end/);
    expect((await reports(aged))[1]).toMatchObject({ verdict: 'unreadable' });
    rmSync(path);
    expect(await whole(aged)).toMatchObject({ verdict: 'missing', gaps: [{ from: 11, to: 20, count: 10 }] });
    writeFileSync(path, good);
    expect(await whole(aged)).toMatchObject({ verdict: 'intact' });
  });

  test('of which the beginning, the end or all was taken away is no archive that has expired', async () => {
    const aged = await open(await fresh());
    await aged.retention.run();
    const manifest = join(aged.archiveDir, 'manifest.ndjson');
    const all = readFileSync(manifest, 'utf8').trim().split('\n');
    const keep = (...which: number[]) =>
      writeFileSync(manifest, which.map((index) => `${all[index]}\n`).join(''));
    const missing = () => missingFrom(aged.archive, aged.record.store.read, 'acme');
    expect(await missing()).toEqual([]);
    keep(2, 3);
    expect(await missing()).toEqual([[1, 20]]);
    expect(await whole(aged)).toMatchObject({ verdict: 'missing', gaps: [{ from: 1, to: 20 }] });
    keep(0, 1, 2);
    expect(await missing()).toEqual([[31, 34]]);
    expect(await whole(aged)).toMatchObject({ verdict: 'missing', gaps: [{ from: 31, to: 34 }] });
    rmSync(aged.archiveDir, { recursive: true });
    expect(await missing()).toEqual([[1, 34]]);
    expect(await whole(aged)).toMatchObject({ verdict: 'missing', gaps: [{ from: 1, to: 34 }] });
  });

  test('begins where archiving began, also when the entries that say so are archived themselves', async () => {
    const aged = await Aged.open(await fresh(), 20, 6);
    const archived = aged.over({ archive: aged.archive, segmentEntries: 10 });
    await aged.retention.run();
    expect(await whole(aged)).toMatchObject({ verdict: 'intact-from', from: 21 });
    for (let times = 0; times < 2; times += 1) {
      aged.clock.jump(100 * DAY);
      await aged.write(3);
      expect((await archived.run()).failure).toBeNull();
      expect(await whole(aged)).toMatchObject({ verdict: 'intact-from', from: 21 });
    }
    const [first] = filesOf(aged);
    await aged.archive.remove(first!);
    const { to } = (await aged.archive.segments())[0]!;
    expect(await whole(aged)).toMatchObject({ isValid: false, verdict: 'missing' });
    expect(to).toBeGreaterThan(21);
  });

  test('is searched by the same queries as the ledger, newest first', async () => {
    const aged = await open(await fresh());
    await aged.retention.run();
    const parsed = parseQuery('action:whitelist.* seq:5..24', { now: aged.clock.now(), timeZone: 'UTC' });
    if (!parsed.ok) throw new Error('the query is not one');
    const unreadable: string[] = [];
    const onUnreadable = (file: string, why: string) => void unreadable.push(`${file}: ${why}`);
    const found = await searchArchive(aged.archive, parsed.filter, { anchor: 34, limit: 5, onUnreadable });
    expect(found.map(({ seq }) => seq)).toEqual([24, 23, 22, 21, 20]);
    expect(found[0]).toMatchObject({ action: 'WHITELIST_CHANGE', actorPhone: '+12025550100' });
    expect(unreadable).toEqual([]);
    // One that is gone does not keep the others from being searched, and does not go unsaid.
    const [first, second] = filesOf(aged);
    rmSync(join(aged.archiveDir, second!));
    const left = await searchArchive(aged.archive, parsed.filter, { anchor: 34, limit: 50, onUnreadable });
    expect(left.map(({ seq }) => seq)).toEqual([24, 23, 22, 21, 10, 9, 8, 7, 6, 5]);
    expect(unreadable).toEqual([`${second}: ENOENT`]);
    writeFileSync(join(aged.archiveDir, first!), 'no segment');
    await searchArchive(aged.archive, parsed.filter, { anchor: 34, limit: 50, onUnreadable });
    expect(unreadable.at(-1)).toMatch(new RegExp(`^${first}: Z_`));
  });

  test('expires by itself, from its beginning on, unless something is under a hold', async () => {
    const aged = await Aged.open(await fresh(), 20, 6, { archived: true });
    const parts = {
      archive: aged.archive,
      segmentEntries: 10,
      settings: { days: 90, keepForever: false, archiveDays: 300 },
    };
    const retention = aged.over(parts);
    await retention.run();
    aged.clock.jump(250 * DAY);
    await aged.write(3);
    await aged.record.store.transaction((tx) =>
      tx.run(
        `INSERT INTO "LegalHold" ("tenant","id","kind","what","reason","by","at") VALUES ('acme','1','range','1-2','case','x',0)`,
      ),
    );
    await retention.run();
    expect(filesOf(aged)).toHaveLength(3);
    await aged.record.store.transaction((tx) => tx.run(`DELETE FROM "LegalHold"`));
    expect((await retention.run()).failure).toBeNull();
    expect(filesOf(aged)).toEqual(['acme-000000000021-000000000029.ndjson.gz']);
    expect(await whole(aged)).toMatchObject({ verdict: 'intact-from', from: 21 });
    const [said] = (await aged.record.repository.findByAction('ARCHIVE_EXPIRED')).items;
    expect(JSON.parse(said?.metadata ?? '')).toEqual({ from: 1, segments: 2, to: 20 });
    expect(await missingFrom(aged.archive, aged.record.store.read, 'acme')).toEqual([]);
  });

  test('holds entries that were erased before they left, and its segments still verify', async () => {
    const aged = await open(await fresh());
    const { record } = aged;
    const ranges: [number, number][] = [[4, 6]];
    const fate = await record.logger.record('SUBJECT_ERASED', { actor: ranges, rest: [], count: 3 });
    await record.sign();
    const parts = { store: record.store, dataDir: dataDirFor(aged.database), ledger: record.ledger };
    await vouchErased(parts, (fate as { seq: number }).seq);
    await record.store.transaction(async (tx) => {
      await tx.run(`INSERT INTO "AuditGate" ("tenant","purpose","closedBy") VALUES ('acme','erasure',1)`);
      await tx.run(
        `UPDATE "AuditLog" SET "actorId"=NULL,"actorPhone"=NULL,"actorName"=NULL,"actorRole"=NULL,"ip"=NULL,
           "userAgent"=NULL,"scopes"=NULL,"actorSalt"=NULL,"erasedAt"=1 WHERE "seq" BETWEEN 4 AND 6`,
      );
      await tx.run(`DELETE FROM "AuditGate"`);
    });
    expect((await aged.retention.run()).failure).toBeNull();
    expect(await reports(aged)).toEqual([
      { verdict: 'intact', why: null },
      ...Array.from({ length: 3 }, () => ({ verdict: 'intact-from', why: null })),
    ]);
    expect(await whole(aged)).toMatchObject({ verdict: 'intact', erased: 3 });
  });
});
