import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type Segment, segmentName } from '../../../src/lifecycle/archive/archive.js';
import { DirectoryArchive } from '../../../src/lifecycle/archive/directoryArchive.js';
import { verifyWhole } from '../../../src/lifecycle/archive/wholeHistory.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { startChild } from '../../support/children.js';
import { freshSqlite } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor, recordSettings } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { Aged } from '../retention/aged.js';

const ORIGIN = 'reeve/test/acme';

let folder: string;
let archive: DirectoryArchive;
beforeEach(() => {
  folder = join(tempFolder(), 'archive');
  archive = new DirectoryArchive(folder, ORIGIN);
});

const names = (): string[] => readdirSync(folder).sort();

function segment(from: number, to: number, text: string): Segment {
  const file = segmentName('acme', from, to);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const times = { firstAt: 1, lastAt: 2, archivedAt: 3 };
  return { file, origin: ORIGIN, from, to, ...times, leavesSha256: 'leaves', sha256, bytes: text.length };
}

async function* bytesOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const put = (from: number, to: number, text: string) => archive.put(segment(from, to, text), bytesOf(text));

/** A disk, or what is mounted there, that gives back something else than was written to it. */
class ForgetfulArchive extends DirectoryArchive {
  override read(_file: string): AsyncIterable<Uint8Array> {
    return bytesOf('something else');
  }
}

describe('what is read back is not what was written:', () => {
  test('it does not take the place of what was there', async () => {
    await put(1, 10, 'what was there');
    const before = [names(), await archive.segments()];
    const refused = await failureOf(archive.put(segment(1, 10, 'what was meant'), bytesOf('what came')));
    expect(refused).toMatchObject({ code: 'ARCHIVE_NOT_READABLE' });
    expect([names(), await archive.segments()]).toEqual(before);
    expect(readFileSync(join(folder, segmentName('acme', 1, 10)), 'utf8')).toBe('what was there');
  });

  test('it is not in the manifest', async () => {
    const refused = await failureOf(
      new ForgetfulArchive(folder, ORIGIN).put(segment(1, 10, 'all'), bytesOf('all')),
    );
    expect(refused).toMatchObject({ code: 'ARCHIVE_NOT_READABLE' });
    expect(await archive.segments()).toEqual([]);
  });

  test('retention deletes nothing, tells the owners, and goes on when the disk is a good one again', async () => {
    const aged = await Aged.open(await freshSqlite(), 24, 6);
    const forgetful = new ForgetfulArchive(aged.archiveDir, aged.record.ledger.origin);
    const { failure, removed } = await aged.over({ archive: forgetful }).run();
    expect(failure).toMatchObject({
      code: 'RETENTION_ARCHIVE_FAILED',
      message: expect.stringContaining('is not what is read from it'),
    });
    expect([removed, (await aged.numbers())[0], aged.told.length]).toEqual([0, 1, 1]);
    expect(await aged.over({ archive: aged.archive }).run()).toMatchObject({ removed: 24, failure: null });
    expect(await whole(aged)).toMatchObject({ verdict: 'intact', from: 1 });
  });
});

function whole({ archive: kept, record, database }: Aged) {
  const dataDir = dataDirFor(database);
  const keys = readTrustedKeys(dataDir, record.ledger.origin);
  return verifyWhole(kept, { reads: record.store.read, database, tenant: 'acme', dataDir, keys, now: 0 });
}

describe('a process that is killed while it puts a segment', () => {
  const died = (argument: object) =>
    expect(startChild('killedInPut.js', argument).next()).rejects.toThrow(/ended without an answer: $/);

  test.each([
    ['written', /\.tmp$/],
    ['renamed', /\.next$/],
  ])(
    'once it is %s: the next run of retention finishes, and nothing half-way stays',
    async (killedAt, left) => {
      const database = await freshSqlite();
      const before = await Aged.open(database, 24, 8);
      const { origin } = before.record.ledger;
      await before.record.close();
      folder = before.archiveDir;
      const now = before.clock.now();
      const retain = { settings: recordSettings(database), now, segmentEntries: 12 };
      await died({ archiveDir: folder, origin, killedAt, retain });
      expect(names()).toEqual(expect.arrayContaining([expect.stringMatching(left)]));
      const after = await Aged.open(database, 0, 0, { archiveDir: folder });
      after.clock.jump(now - after.clock.now());
      const run = await after.over({ archive: after.archive, segmentEntries: 12 }).run();
      expect(run).toMatchObject({ removed: 24, failure: null });
      expect(names()).toEqual([
        'acme-000000000001-000000000012.ndjson.gz',
        'acme-000000000013-000000000024.ndjson.gz',
        'manifest.ndjson',
      ]);
      expect(await whole(after)).toMatchObject({ verdict: 'intact', from: 1 });
    },
  );

  test.each([
    ['written', 'the old'],
    ['renamed', 'the new'],
  ])('in the place of another, once it is %s: the manifest names %s one', async (killedAt, which) => {
    const texts = { 'the old': 'with a name in it', 'the new': 'emptied' };
    await put(1, 10, texts['the old']);
    const path = join(tempFolder(), 'emptied');
    writeFileSync(path, texts['the new']);
    const emptied = segment(1, 10, texts['the new']);
    await died({ archiveDir: folder, origin: ORIGIN, killedAt, put: { segment: emptied, path } });
    expect(names().length).toBeGreaterThan(2);
    expect(await archive.sweep(10)).toEqual([]);
    expect(names()).toEqual([emptied.file, 'manifest.ndjson']);
    const text = texts[which as keyof typeof texts];
    expect(readFileSync(join(folder, emptied.file), 'utf8')).toBe(text);
    expect(await archive.segments()).toEqual([segment(1, 10, text)]);
  });
});

describe('what a kill has left', () => {
  beforeEach(() => mkdirSync(folder));

  const leave = (...all: string[]) => {
    for (const name of all) writeFileSync(join(folder, name), 'left');
  };

  test('goes with the next segment that is put, and nothing that is not ours', async () => {
    const half = `${segmentName('acme', 1, 10)}.4711.tmp`;
    const intent = `${segmentName('acme', 1, 10)}.next`;
    leave(half, intent, `${intent}.4711.x7.tmp`, 'notes.tmp', 'notes.next', 'README.txt');
    await put(11, 20, 'all');
    expect(names()).toEqual([
      'README.txt',
      segmentName('acme', 11, 20),
      'manifest.ndjson',
      'notes.next',
      'notes.tmp',
    ]);
  });

  test('is swept: a segment that no manifest knows goes as long as its entries are in the ledger', async () => {
    await put(1, 10, 'all');
    leave(segmentName('acme', 11, 20), segmentName('acme', 21, 30), `${segmentName('acme', 1, 10)}.1.tmp`);
    expect(await archive.sweep(20)).toEqual([segmentName('acme', 11, 20)]);
    expect(names()).toEqual([segmentName('acme', 1, 10), segmentName('acme', 11, 20), 'manifest.ndjson']);
  });

  test('of a removal is removed', async () => {
    await put(1, 10, 'expired');
    const { file } = segment(1, 10, '');
    appendFileSync(join(folder, 'manifest.ndjson'), `${JSON.stringify({ file, removed: true })}\n`);
    expect(await archive.segments()).toEqual([]);
    await archive.sweep(10);
    expect(names()).toEqual(['manifest.ndjson']);
  });

  test('an archive that is not there, or is no folder, has nothing to be swept', async () => {
    expect(await new DirectoryArchive(join(folder, 'nowhere'), ORIGIN).sweep(0)).toEqual([]);
    leave('file');
    expect(await new DirectoryArchive(join(folder, 'file'), ORIGIN).sweep(0)).toEqual([]);
  });
});
