import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { DirectoryArchive } from '../../../src/lifecycle/archive/directoryArchive.js';
import { Retention } from '../../../src/lifecycle/retention/retention.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { dataDirFor } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { BEGIN, DAY, JumpingClock } from '../retention/aged.js';
import {
  ANA,
  BOB,
  BOBS_MESSAGE,
  BOBS_NAME,
  type ErasurePlace,
  fillWithBob,
  openErasure,
  serverFiles,
  TRACES,
} from './place.js';
import { keyTraces, tracesIn, tracesInRows } from './traces.js';

/** Tables that hold somebody's addresses, names or texts. */
const TABLES = [
  'AssistantNotice',
  'AssistantReservation',
  'AssistantUsage',
  'AuditLog',
  'ConversationTurn',
  'InboxMessage',
  'LegalHold',
  'LidLink',
  'LimitState',
  'SavedSearch',
  'Setting',
  'User',
  'Watch',
];

describeOnBothDatabases(
  'of whoever was erased',
  (fresh, kind) => {
    /** Bob in the ledger, its index, its mirror, its archive and the console's folder. */
    async function everywhere() {
      const database = await fresh();
      const dataDir = dataDirFor(database);
      const folders = { archive: join(tempFolder(), 'archive'), mirror: join(tempFolder(), 'mirror') };
      const clock = new JumpingClock(BEGIN);
      const archive = new DirectoryArchive(folders.archive, 'reeve/test/acme');
      const place = await openErasure(database, { clock, archive, mirrorDir: folders.mirror });
      const { record, holds } = place;
      await fillWithBob(place);
      clock.jump(100 * DAY);
      await record.write('CONFIG_CHANGE', { actor: { phone: BOB, name: BOBS_NAME }, entityId: 'late' });
      await record.write('CONFIG_CHANGE', {
        actor: { phone: ANA },
        entityId: 'later',
        messageKey: BOBS_MESSAGE.key,
        channel: 'whatsapp',
      });
      await record.flush();
      const retention = new Retention({
        record,
        database,
        dataDir,
        clock,
        log: pino({ level: 'silent' }),
        settings: { days: 90, keepForever: false, archiveDays: 2555 },
        holds,
        archive,
        notifyOwners: async () => {},
      });
      expect((await retention.run()).failure).toBeNull();
      await record.repository.query({ terms: [], text: [BOBS_NAME] });
      mkdirSync(join(dataDir, 'console'), { recursive: true });
      writeFileSync(join(dataDir, 'console', 'history'), `!role show ${BOB}\n`);
      writeFileSync(join(dataDir, 'console', 'list.csv'), `1,${BOBS_NAME}\n`);
      await mirrored(place);
      return { database, dataDir, folders, place };
    }

    async function mirrored({ record }: ErasurePlace): Promise<void> {
      const { size } = await record.sign();
      while (record.mirror!.status().seq < size) await new Promise((resolve) => setImmediate(resolve));
    }

    test('nothing is left in any table or file, by number, name, LID, or a digest of one', async () => {
      const { dataDir, folders, place } = await everywhere();
      const { record } = place;
      const traces = [...TRACES, ...(await keyTraces(record, [BOBS_MESSAGE]))];
      const inFiles = async (): Promise<string[]> => [
        ...tracesIn(dataDir, traces),
        ...tracesIn(folders.archive, traces),
        ...tracesIn(folders.mirror, traces),
        ...(kind === 'postgresql' ? tracesIn(await serverFiles(record), traces) : []),
      ];
      const before = { tables: await tracesInRows(record, traces), files: await inFiles() };
      // What would not be found before would prove nothing afterwards.
      for (const table of TABLES)
        expect(before.tables).toContainEqual(expect.stringMatching(new RegExp(`\\b${table}\\b`)));
      for (const file of filesThatHold(kind))
        expect([file, before.files.some((found) => file.test(found))]).toEqual([file, true]);
      const ofKey = `the keyed hash of ${BOBS_MESSAGE.key}, in Base64url`;
      expect(before.files).toContainEqual(expect.stringContaining(ofKey));

      await place.erasure.erase(BOB);
      expect(await tracesInRows(record, traces)).toEqual([]);
      await mirrored(place);
      expect(await inFiles()).toEqual([]);
      await record.sign();
      expect(await record.repository.verifyIntegrity()).toMatchObject({ verdict: 'intact-from' });
      await record.close();
      expect(
        [dataDir, folders.archive, folders.mirror].flatMap((folder) => tracesIn(folder, traces)),
      ).toEqual([]);
    });
  },
  { migrated: true },
);

/** One of each kind that there is. */
function filesThatHold(kind: 'sqlite' | 'postgresql'): RegExp[] {
  return [
    /events\.ndjson: 12025550101/,
    /\.ndjson\.gz: 12025550101/,
    /console.history: 12025550101/,
    /console.list\.csv: Quillfeather/,
    ...(kind === 'sqlite'
      ? [/reeve\.db: 12025550101/, /reeve\.db-wal: 12025550101/, /index-acme\.db(?:-wal)?: quillfeather/i]
      : [/base.\d+.\d+: 12025550101/]),
  ];
}

describe('the scan', () => {
  const formsOf = (text: string) => {
    const digest = createHash('sha256').update(text).digest();
    const hex = digest.toString('hex');
    return [digest, hex, hex.toUpperCase(), digest.toString('base64'), digest.toString('base64url')];
  };

  test.each([
    '12025550101',
    BOB,
    '12025550101@c.us',
    '12025550101@s.whatsapp.net',
    '998877665544332@lid',
    BOBS_NAME,
  ])('finds every form of the digest of %s, packed as well', (text) => {
    for (const form of formsOf(text))
      for (const pack of [(bytes: Buffer) => bytes, gzipSync]) {
        const folder = tempFolder();
        const content = Buffer.concat([Buffer.from('before '), Buffer.from(form), Buffer.from(' after')]);
        writeFileSync(join(folder, 'file'), pack(content));
        expect(tracesIn(folder, TRACES)).toHaveLength(1);
      }
  });

  test('finds what was packed and is cut off', () => {
    const folder = tempFolder();
    const packed = gzipSync(Buffer.from(`${BOB} ${'and much more '.repeat(100_000)}`));
    writeFileSync(join(folder, 'file'), packed.subarray(0, packed.length - 8));
    expect(tracesIn(folder, TRACES).length).toBeGreaterThan(0);
  });
});
