import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../../src/config/database.js';
import { type CertificateFacts, openCertificate } from '../../../src/lifecycle/erasure/certificate.js';
import { onlookersGone } from '../../../src/lifecycle/erasure/onlookers.js';
import { openConnection } from '../../../src/store/connection.js';
import type { Connection, Writes } from '../../../src/store/sql.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor, readEntries } from '../../support/record.js';
import {
  ANA,
  BOB,
  BOBS_LID,
  BOBS_NAME,
  CY,
  type ErasurePlace,
  fillWithBob,
  openErasure,
  serverFiles,
  tracesInFiles,
  tracesInTables,
} from './place.js';

describeOnBothDatabases(
  'an erasure',
  (fresh, kind) => {
    let database: Database;
    let place: ErasurePlace;
    beforeEach(async () => {
      database = await fresh();
      place = await openErasure(database);
      await fillWithBob(place);
    });

    test('empties exactly the parts that speak of them, and the record stays proved', async () => {
      const before = (await readEntries(database)).slice(-8);
      const first = before[0]!.public.seq;
      const { facts } = await place.erasure.erase(BOB);
      const entries = await readEntries(database);
      const state = entries
        .slice(first - 1, first + 7)
        .map(({ actor, rest }) => `${actor === null ? '-' : 'actor'} ${rest === null ? '-' : 'rest'}`);
      expect(state).toEqual([
        'actor -',
        '- rest',
        '- -',
        'actor rest',
        'actor -',
        'actor -',
        '- -',
        'actor -',
      ]);
      const announced = entries.find(({ public: { action } }) => action === 'SUBJECT_ERASED')!;
      expect(JSON.parse(announced.rest!.metadata!)).toEqual({
        actor: [
          [first + 1, first + 2],
          [first + 6, first + 6],
        ],
        rest: [
          [first, first],
          [first + 2, first + 2],
          [first + 4, first + 7],
        ],
        count: 7,
      });
      expect(announced.actor).toEqual({ actorPhone: 'SYSTEM' });
      expect(facts).toMatchObject({ cases: [announced.public.seq], entries: { count: 7 } });
      await place.record.sign();
      expect(await place.record.repository.verifyIntegrity()).toMatchObject({ verdict: 'intact', erased: 7 });
    });

    test('leaves no trace in any table or file', async () => {
      await place.record.repository.query({ terms: [], text: [BOBS_NAME] });
      expect(await tracesInTables(place.record)).not.toEqual([]);
      if (kind === 'postgresql') expect(tracesInFiles(await serverFiles(place.record))).not.toEqual([]);
      const { facts, files, json } = await place.erasure.erase(BOB);
      expect(await tracesInTables(place.record)).toEqual([]);
      expect(tracesInFiles(dataDirFor(database))).toEqual([]);
      if (kind === 'postgresql') expect(tracesInFiles(await serverFiles(place.record))).toEqual([]);
      expect((await place.record.repository.query({ terms: [], text: [BOBS_NAME] })).items).toEqual([]);
      const { origin, key } = place.record.ledger;
      expect(openCertificate(json, [key.verifierKey(origin)])).toEqual(facts);
      expect(files[0]).toMatch(/certificates.acme-\d+\.txt$/);
      const kept = await place.record.store.read.all(`SELECT "name" FROM "SavedSearch"`);
      expect(kept).toEqual([{ name: 'kept' }]);
      expect(await place.record.store.read.all(`SELECT * FROM "PendingErasure"`)).toEqual([]);
      expect(facts.reached.map(({ what }) => what)).toEqual(
        expect.arrayContaining(['role, whitelist and links', 'saved searches', 'watches', 'limits']),
      );
      expect(facts.notReached.map(({ what }) => what)).toEqual(
        expect.arrayContaining(['backups', 'what was sent']),
      );
    });

    test('waits for whoever might still look at what was deleted, but not for ever', async () => {
      // SQLite overwrites what is deleted, whoever looks.
      if (kind === 'sqlite') return;
      const { store } = place.record;
      const here = openConnection(database);
      const elsewhere = openConnection(await fresh());
      const look = (other: Connection, work: (tx: Writes) => Promise<unknown>) =>
        new Promise<{ done: Promise<unknown> }>((resolve) => {
          const done = other.transaction(async (tx) => {
            await tx.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
            // Who only looks does so in this database; who changes something may do it anywhere on the server.
            await tx.all(other === here ? 'SELECT 1' : 'SELECT txid_current()::text');
            resolve({ done });
            await work(tx);
          });
        });
      for (const other of [here, elsewhere]) {
        let end = (): void => {};
        const staying = await look(other, () => new Promise<void>((resolve) => (end = resolve)));
        await place.record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'x' });
        expect(await onlookersGone(store, 50)).toBe(false);
        end();
        await staying.done;
        expect(await onlookersGone(store, 5_000)).toBe(true);
      }
      const passing = await look(here, async (tx) => {
        for (let i = 0; i < 10; i += 1) await tx.all('SELECT pg_sleep(0.2)');
      });
      const { facts } = await place.erasure.erase(BOB);
      expect(tracesInFiles(await serverFiles(place.record))).toEqual([]);
      expect(facts.notReached.map(({ what }) => what)).not.toContainEqual(
        expect.stringContaining('old pages'),
      );
      await passing.done;
      await Promise.all([here.close(), elsewhere.close()]);
    });

    test('names what no program can take back, whatever there is of it here', async () => {
      const named = (facts: CertificateFacts) =>
        facts.notReached.map(({ what, why }) => `${what}: ${why}`).join('\n');
      const plain = await place.erasure.erase(CY);
      expect(named(plain.facts)).toMatch(/^what was sent: messages, pictures and files in chats/m);
      expect(named(plain.facts)).toMatch(/^backups: .*/m);
      expect(named(plain.facts)).toMatch(/^exports: .*/m);
      expect(named(plain.facts)).not.toContain('browser');
      expect(named(plain.facts).includes('pg_wal')).toBe(kind === 'postgresql');
      expect(named(plain.facts).includes('free blocks of the disk')).toBe(kind === 'sqlite');
      mkdirSync(join(dataDirFor(database), 'whatsapp'));
      const { facts, text } = await place.erasure.erase(BOB);
      expect(named(facts)).toMatch(/^the browser's profile: WhatsApp's own page keeps its chats/m);
      for (const { what, why } of facts.notReached) expect(text).toContain(`\n- ${what}: ${why}\n`);
    });

    test('by LID, name and links it is the same person', async () => {
      await place.erasure.erase(BOBS_LID);
      expect(await tracesInTables(place.record)).toEqual([]);
    });

    test('whoever writes again is somebody new', async () => {
      await place.erasure.erase(BOB);
      await place.record.write('CONFIG_CHANGE', { actor: { phone: BOB }, entityId: 'again' });
      await place.record.flush();
      expect((await readEntries(database)).at(-1)!.actor).toEqual({ actorPhone: BOB });
      await place.record.sign();
      expect(await place.record.repository.verifyIntegrity()).toMatchObject({ verdict: 'intact' });
    });

    test('a second time there is nothing to erase', async () => {
      await place.erasure.erase(BOB);
      expect(await failureOf(place.erasure.erase(BOB))).toMatchObject({ code: 'NOTHING_KEPT' });
    });

    test('a name that somebody else bears is left, and the certificate says so without it', async () => {
      await place.record.write('CONFIG_CHANGE', {
        actor: { phone: CY, name: BOBS_NAME.toUpperCase() },
        entityId: 'x',
      });
      const { text, facts } = await place.erasure.erase(BOB);
      expect(text).not.toContain('Quillfeather');
      expect(facts.notReached).toContainEqual(expect.objectContaining({ what: 'mentions by a name alone' }));
      const mentioning = (await readEntries(database)).filter(({ rest }) =>
        rest?.metadata?.includes('Quillfeather'),
      );
      expect(mentioning).toHaveLength(1);
    });

    test('names many entries in as many announcements as it takes', async () => {
      const other = await openErasure(database, { entryMaxBytes: 1024 });
      for (let i = 0; i < 200; i += 1) {
        void other.record.write('CONFIG_CHANGE', { actor: { phone: BOB }, entityId: 'a' });
        void other.record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'b' });
      }
      await other.record.flush();
      const { facts } = await place.erasure.erase(BOB);
      expect(facts.entries.count).toBe(207);
      await place.record.sign();
      expect(await place.record.repository.verifyIntegrity()).toMatchObject({
        verdict: 'intact',
        erased: 207,
      });
    });

    describe('is refused', () => {
      test('for the last owner', async () => {
        expect(await failureOf(place.erasure.erase(ANA))).toMatchObject({ rule: 'last-owner' });
        expect(await readPendingCount()).toBe(0);
      });

      test('for the console, and for whom the configuration names', async () => {
        expect(await failureOf(place.erasure.erase('console:local'))).toMatchObject({ code: 'NOT_A_PERSON' });
        const named = await openErasure(database, { owners: BOB });
        expect(await failureOf(named.erasure.erase(BOB))).toMatchObject({ code: 'CONFIGURED_OWNER' });
      });

      test('while any of it is held, with the reason, and done once that is released', async () => {
        const { holds, erasure } = place;
        const held = await holds.add({
          kind: 'query',
          what: 'action:CONFIG_CHANGE',
          reason: 'the case of May',
        });
        const failure = await failureOf(erasure.erase(BOB));
        expect(failure).toMatchObject({ code: 'HELD', message: expect.stringContaining('the case of May') });
        expect(await tracesInTables(place.record)).not.toEqual([]);
        const onHim = await holds.add({ kind: 'person', what: BOBS_LID, reason: 'a claim of his' });
        await holds.release(held.id);
        expect(await failureOf(erasure.erase(BOB))).toMatchObject({ code: 'HELD' });
        await holds.release(onHim.id);
        await erasure.erase(BOB);
        expect(await tracesInTables(place.record)).toEqual([]);
      });

      test('while retention or another erasure is at work', async () => {
        const other = await openErasure(database);
        const [one, two] = await Promise.allSettled([place.erasure.erase(BOB), other.erasure.erase(BOB)]);
        const refused = [one, two].filter(({ status }) => status === 'rejected');
        expect(refused).toHaveLength(1);
        expect(await tracesInTables(place.record)).toEqual([]);
      });
    });

    const readPendingCount = async () =>
      (await place.record.store.read.all(`SELECT "id" FROM "PendingErasure"`)).length;
  },
  { migrated: true },
);
