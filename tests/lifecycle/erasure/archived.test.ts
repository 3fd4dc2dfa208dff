import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Database } from '../../../src/config/database.js';
import { verifyFile } from '../../../src/ledger/verifyFile.js';
import { DirectoryArchive } from '../../../src/lifecycle/archive/directoryArchive.js';
import type { CertificateFacts } from '../../../src/lifecycle/erasure/certificate.js';
import { Retention } from '../../../src/lifecycle/retention/retention.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { Attacker } from '../../system/attacker.js';
import { BEGIN, DAY, JumpingClock } from '../retention/aged.js';
import {
  ANA,
  BOB,
  BOBS_LID,
  CY,
  type ErasurePlace,
  fillWithBob,
  openErasure,
  tracesInFiles,
  tracesInTables,
} from './place.js';

describeOnBothDatabases(
  'an erasure of what is archived',
  (fresh) => {
    /** Three segments, Bob in the first, and some entries that are still in the ledger, Bob among them as well. */
    async function archived(
      onStep?: (step: string) => void | Promise<void>,
      more: (place: ErasurePlace) => Promise<unknown> = async () => {},
    ) {
      const database = await fresh();
      const folder = join(tempFolder(), 'archive');
      const clock = new JumpingClock(BEGIN);
      const opened = async (hook = onStep) => {
        const archive = new DirectoryArchive(folder, 'reeve/test/acme');
        const place = await openErasure(database, {
          clock,
          archive,
          ...(hook !== undefined && { onStep: hook }),
        });
        return { ...place, archive };
      };
      const place = await opened();
      await fillWithBob(place);
      await more(place);
      for (let i = 0; i < 12; i += 1)
        await place.record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'a' });
      await place.record.flush();
      clock.jump(100 * DAY);
      await place.record.write('CONFIG_CHANGE', { actor: { phone: BOB }, entityId: 'late' });
      await place.record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'later' });
      await place.record.flush();
      const retain = async () => {
        expect((await retaining(place, database, 7).run()).failure).toBeNull();
      };
      await retain();
      return { database, folder, place, clock, opened, retain };
    }

    /** What a certificate says was not reached of archive and mirror. */
    const elsewhere = ({ facts }: { facts: CertificateFacts }) =>
      facts.notReached.filter(({ why }) => /AUDIT_(?:ARCHIVE|NDJSON)_DIR/.test(why));
    const ofArchive = (erased: { facts: CertificateFacts }) =>
      elsewhere(erased).filter(({ why }) => why.includes('AUDIT_ARCHIVE_DIR'));

    function retaining(
      place: Awaited<ReturnType<typeof openErasure>> & { archive: DirectoryArchive },
      database: Database,
      segmentEntries: number,
    ) {
      return new Retention({
        record: place.record,
        database,
        dataDir: dataDirFor(database),
        clock: place.clock,
        log: pino({ level: 'silent' }),
        settings: { days: 90, keepForever: false, archiveDays: 2555 },
        holds: place.holds,
        archive: place.archive,
        notifyOwners: async () => {},
        segmentEntries,
      });
    }

    /** The verdict of each segment, and whether Bob is in one of them. */
    async function segments(folder: string, { record }: Awaited<ReturnType<typeof openErasure>>) {
      const { origin, key } = record.ledger;
      const verdicts: string[] = [];
      for (const name of readdirSync(folder).sort()) {
        if (!name.endsWith('.gz')) continue;
        const bytes = gunzipSync(readFileSync(join(folder, name)));
        verdicts.push((await verifyFile([bytes], { keys: [key.verifierKey(origin)], now: 0 })).verdict);
      }
      return { verdicts, traces: tracesInFiles(folder) };
    }

    test('rewrites the segments, whose proof stays whole, and the ledger announces it', async () => {
      const { database, folder, place } = await archived();
      const before = await segments(folder, place);
      expect(before.verdicts).toEqual(['intact', 'intact-from', 'intact-from']);
      expect(before.traces).not.toEqual([]);
      const erased = await place.erasure.erase(BOBS_LID);
      const { facts } = erased;
      expect(ofArchive(erased)).toEqual([]);
      expect(facts.entries.count).toBe(8);
      expect(facts.reached).toContainEqual({ what: 'archived entries', count: 7 });
      expect(await segments(folder, place)).toEqual({ ...before, traces: [] });
      expect(await tracesInTables(place.record)).toEqual([]);
      expect(tracesInFiles(dataDirFor(database))).toEqual([]);
      expect(tracesInFiles(folder)).toEqual([]);
      await place.record.sign();
      expect(await place.record.repository.verifyIntegrity()).toMatchObject({ verdict: 'intact-from' });
    });

    test('takes no segment away because its statement is gone from the database', async () => {
      const { database, folder, place } = await archived();
      const files = readdirSync(folder).sort();
      const attacker = new Attacker({ database, dataDir: dataDirFor(database) });
      await attacker.dropGuards();
      await attacker.sql.run(`DELETE FROM "LedgerStatement" WHERE "kind" = 'pruned'`);
      await attacker.sql.close();
      await place.erasure.erase(BOB);
      expect(readdirSync(folder).sort()).toEqual(files);
      const { verdicts, traces } = await segments(folder, place);
      expect({ verdicts, traces }).toEqual({
        verdicts: ['intact', 'intact-from', 'intact-from'],
        traces: [],
      });
    });

    test('is finished after an end at any step of it, and announces nothing twice', async () => {
      for (const step of ['emptied', 'archive']) {
        const { database, folder, place, opened } = await archived((now) => {
          if (now === step) throw new Error('stopped');
        });
        expect((await failureOf(place.erasure.erase(BOB))).message).toBe('stopped');
        await place.record.close();
        const next = await opened(() => {});
        expect(await next.erasure.resume()).toBe(1);
        expect((await segments(folder, next)).traces).toEqual([]);
        expect(tracesInFiles(dataDirFor(database))).toEqual([]);
        const announced = await next.record.repository.findByAction('SUBJECT_ERASED');
        expect(announced.items).toHaveLength(1);
        await next.record.close();
      }
    });

    test('names what it does not reach because no archive is configured now, and reaches it once one is', async () => {
      const { database, folder, place, clock, opened } = await archived();
      const archivedBefore = tracesInFiles(folder);
      expect(archivedBefore).not.toEqual([]);
      await place.record.close();
      const without = await openErasure(database, { clock });
      const erased = await without.erasure.erase(BOB);
      const names = readdirSync(folder).filter((name) => name.endsWith('.gz'));
      expect(ofArchive(erased)).toEqual([
        {
          what: expect.stringMatching(/^archived entries 1-\d+$/),
          why: expect.stringMatching(
            new RegExp(
              `^they were archived in 3 files, ${names.sort()[0]} to .*, and no archive is configured now`,
            ),
          ),
        },
      ]);
      expect(erased.text).toContain(
        'set AUDIT_ARCHIVE_DIR to the folder that holds them, and erase once more',
      );
      expect(tracesInFiles(folder)).toEqual(archivedBefore);
      await without.record.close();
      const again = await opened();
      expect(ofArchive(await again.erasure.erase(BOB))).toEqual([]);
      // The link between the two has gone with the first erasure.
      await again.erasure.erase(BOBS_LID);
      expect((await segments(folder, again)).traces).toEqual([]);
      await again.record.sign();
      expect(await again.record.repository.verifyIntegrity()).toMatchObject({ verdict: 'intact-from' });
    });

    test('names what retention took so long ago that nothing tells any more whether it was archived', async () => {
      const { database, place, clock, retain } = await archived();
      clock.jump(100 * DAY);
      await place.record.write('CONFIG_CHANGE', { actor: { phone: BOB }, entityId: 'latest' });
      await place.record.flush();
      await retain();
      expect(ofArchive(await place.erasure.erase(CY))).toEqual([]);
      await place.record.close();
      const without = await openErasure(database, { clock });
      expect(ofArchive(await without.erasure.erase(BOB))).toEqual([
        { what: expect.stringMatching(/^archived entries \d+-\d+$/), why: expect.anything() },
        { what: expect.stringMatching(/^entries 1-\d+, if they were archived$/), why: expect.anything() },
      ]);
    });

    test('names segments whose files are gone, and goes on with the others', async () => {
      const { folder, place } = await archived();
      const [first, second] = readdirSync(folder)
        .filter((name) => name.endsWith('.gz'))
        .sort();
      const kept = readFileSync(join(folder, first!));
      rmSync(join(folder, first!));
      expect(ofArchive(await place.erasure.erase(BOB))).toEqual([
        {
          what: expect.stringMatching(/^archived entries 1-\d+$/),
          why: expect.stringContaining(`${first}, which the archive has no more`),
        },
      ]);
      expect((await segments(folder, place)).traces.filter((trace) => trace.includes(second!))).toEqual([]);
      writeFileSync(join(folder, first!), kept);
      expect(ofArchive(await place.erasure.erase(BOB))).toEqual([]);
      await place.erasure.erase(BOBS_LID);
      expect((await segments(folder, place)).traces).toEqual([]);
    });

    test('a folder that holds none of it counts as one in which it is missing', async () => {
      const { database, place, clock } = await archived();
      await place.record.close();
      const archive = new DirectoryArchive(join(tempFolder(), 'another'), 'reeve/test/acme');
      const elsewhere = await openErasure(database, { clock, archive });
      expect(ofArchive(await elsewhere.erasure.erase(BOB))).toEqual([
        {
          what: expect.stringMatching(/^archived entries 1-\d+$/),
          why: expect.stringMatching(/3 files, .*, which the archive has no more/),
        },
      ]);
    });

    test('a hold knows whoever it is on by the names under which they acted in what is archived', async () => {
      const DEE = '+12025550103';
      const { place, opened } = await archived(undefined, ({ record }) =>
        record.write('CONFIG_CHANGE', { actor: { phone: DEE, name: 'Delia Brook' }, entityId: 'a' }),
      );
      const reason = 'asked by delia brook';
      await place.record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'b', reason });
      const seq = (await place.record.sign()).size;
      for (const one of [place, await opened()]) {
        const { id } = await one.holds.add({ kind: 'person', what: DEE, reason: 'x' });
        expect(await one.holds.firstHeld(seq, seq)).toBe(seq);
        await one.holds.release(id);
      }
    });

    test('a segment that cannot be read is named, and nothing is erased for want of it', async () => {
      const { folder, place } = await archived();
      const [file] = readdirSync(folder).filter((name) => name.endsWith('.gz'));
      const path = join(folder, file!);
      const whole = readFileSync(path);
      writeFileSync(path, whole.subarray(0, whole.length / 2));
      expect(await failureOf(place.erasure.erase(BOB))).toMatchObject({
        code: 'ARCHIVE_SEGMENT_DAMAGED',
        message: expect.stringContaining(file!),
      });
      writeFileSync(path, whole);
      await place.erasure.erase(BOB);
      expect(tracesInFiles(folder)).toEqual([]);
    });

    test('what is held there is held', async () => {
      const { place } = await archived();
      await place.holds.add({ kind: 'range', what: '1-20', reason: 'the case of May' });
      expect(await failureOf(place.erasure.erase(BOB))).toMatchObject({ code: 'HELD' });
    });

    test('what came under a hold since it was announced stays as well, until that is released', async () => {
      const steps: string[] = [];
      const { folder, place } = await archived(async (step) => {
        steps.push(step);
        if (step === 'mirror' && steps.indexOf(step) === steps.length - 1)
          await place.holds.add({ kind: 'range', what: '1-20', reason: 'the case of May' });
      });
      const before = tracesInFiles(folder);
      expect(await failureOf(place.erasure.erase(BOB))).toMatchObject({ code: 'HELD' });
      expect(tracesInFiles(folder)).toEqual(before);
      for (const { id } of await place.holds.list()) await place.holds.release(id);
      expect(await place.erasure.resume()).toBe(1);
      expect(tracesInFiles(folder)).toEqual([]);
    });

    test('what a kill has left half-way in the archive is swept', async () => {
      const { folder, place } = await archived();
      writeFileSync(join(folder, 'acme-000000000001-000000000007.ndjson.gz.99.tmp'), BOB);
      writeFileSync(join(folder, 'acme-000000000900-000000000907.ndjson.gz'), BOB);
      await place.erasure.erase(BOB);
      expect(tracesInFiles(folder)).toEqual([]);
    });
  },
  { migrated: true },
);
