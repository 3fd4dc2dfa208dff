import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Performer } from '../../../src/access/person.js';
import type { Database } from '../../../src/config/database.js';
import { PrismaWrites } from '../../../src/store/prismaWrites.js';
import { performer, storePerson } from '../../access/stored.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { readEntries } from '../../support/record.js';
import { ANA, BOB, BOBS_LID, CY, type ErasurePlace, openErasure } from '../erasure/place.js';

describeOnBothDatabases(
  'legal holds',
  (fresh) => {
    let database: Database;
    let place: ErasurePlace;
    beforeEach(async () => {
      database = await fresh();
      place = await openErasure(database);
      for (const [phone, entityId] of [
        [ANA, 'one'],
        [BOB, 'two'],
        [CY, BOBS_LID],
        [ANA, 'four'],
        [BOB, 'five'],
      ] as const)
        await place.record.write('CONFIG_CHANGE', { actor: { phone }, entityId });
      await place.record.flush();
    });
    const as = async (address: string, role: 'OWNER' | 'ADMIN'): Promise<Performer> => {
      await storePerson(place.record, address, { role });
      return performer({ id: null, address, name: null, role, isActive: true, isListed: false });
    };

    test('say which entry is the first that must stay', async () => {
      const { holds } = place;
      expect(await holds.firstHeld(1, 5)).toBeNull();
      const range = await holds.add({ kind: 'range', what: '4..9', reason: 'x' });
      expect([await holds.firstHeld(1, 3), await holds.firstHeld(1, 5), await holds.firstHeld(5, 7)]).toEqual(
        [null, 4, 5],
      );
      const query = await holds.add({ kind: 'query', what: 'entity:two', reason: 'x' });
      expect([await holds.firstHeld(1, 5), await holds.firstHeld(3, 5)]).toEqual([2, 4]);
      await holds.release(range.id);
      await holds.release(query.id);
      expect(await holds.firstHeld(1, 5)).toBeNull();
    });

    test('keep the entries that tell of them', async () => {
      const { holds } = place;
      const laid = await holds.add({ kind: 'query', what: 'entity:nobody', reason: 'x' });
      const seq = Number(laid.id);
      expect([await holds.firstHeld(1, seq - 1), await holds.firstHeld(1, seq + 5)]).toEqual([null, seq]);
      await holds.release(laid.id);
      expect(await holds.firstHeld(1, seq + 5)).toBeNull();
    });

    test('of a person hold whatever concerns them, by all their addresses as they are known then', async () => {
      const { holds, record } = place;
      await holds.add({ kind: 'person', what: BOB, reason: 'x' });
      expect([await holds.firstHeld(1, 5), await holds.firstHeld(3, 4), await holds.firstHeld(3, 5)]).toEqual(
        [2, null, 5],
      );
      await record.store.transaction((tx) =>
        tx.run(
          `INSERT INTO "LidLink" ("tenant", "lid", "phone", "trusted", "learnedAt") VALUES ('acme', ?, ?, TRUE, 0)`,
          [BOBS_LID, BOB],
        ),
      );
      expect(await holds.firstHeld(3, 4)).toBe(3);
    });

    describe('of somebody who stands in no table', () => {
      const DEE = '+12025550103';
      const mention = (name: string) =>
        place.record.write('CONFIG_CHANGE', {
          actor: { phone: ANA },
          entityId: 'x',
          reason: `asked by ${name}`,
        });
      const inTransaction = (work: (tx: PrismaWrites) => Promise<unknown>) =>
        place.record.logger.transact((tx) => work(new PrismaWrites(tx, place.record.store.dialect)));
      let id: string;
      beforeEach(async () => {
        await place.record.write('CONFIG_CHANGE', {
          actor: { phone: DEE, id: 'host-id-of-dee', name: 'Delia Brook' },
          entityId: 'six',
        });
        await mention('delia  brook');
        await mention('host-id-of-dee');
        await place.record.flush();
        id = (await place.holds.add({ kind: 'person', what: DEE, reason: 'the case of May' })).id;
      });

      test('hold what names them as they were called where they acted, as an erasure would find it', async () => {
        const { holds, erasure } = place;
        expect([
          await holds.firstHeld(1, 5),
          await holds.firstHeld(7, 7),
          await holds.firstHeld(8, 8),
        ]).toEqual([null, 7, 8]);
        expect(await failureOf(erasure.erase(ANA))).toMatchObject({ code: 'HELD' });
        expect((await readEntries(database))[6]!.rest).toMatchObject({ reason: 'asked by delia  brook' });
        await holds.release(id);
        await erasure.erase(ANA);
        expect((await readEntries(database))[6]!.actor).toBeNull();
      });

      test('hold what names them as they were called only since, also for a transaction', async () => {
        const { holds, record } = place;
        expect(await holds.firstHeld(1, 5)).toBeNull();
        await record.write('CONFIG_CHANGE', { actor: { phone: DEE, name: 'Dee Marsh' }, entityId: 'ten' });
        await mention('Dee Marsh');
        await record.flush();
        expect(await inTransaction((tx) => holds.firstHeld(11, 11, tx))).toBe(11);
        expect(await holds.firstHeld(11, 11)).toBe(11);
      });

      test('hold by no name from a transaction that came to nothing, and miss none of what took its numbers', async () => {
        const { holds, record } = place;
        const acted = (name: string) => ({ actor: { phone: DEE, name }, entityId: 'ten' });
        expect(await holds.firstHeld(1, 5)).toBeNull();
        const failed = record.logger.transact(async (client, log) => {
          await log('WHITELIST_CHANGE', {
            performedBy: { phone: DEE, name: 'Nora Vale' },
            targetUser: CY,
            change: 'added',
          });
          expect(await holds.firstHeld(10, 10, new PrismaWrites(client, record.store.dialect))).toBe(10);
          throw new Error('it came to nothing');
        });
        await expect(failed).rejects.toThrow('it came to nothing');
        await record.write('CONFIG_CHANGE', acted('Dee Marsh'));
        await mention('Dee Marsh');
        await mention('Nora Vale');
        await record.flush();
        expect([await holds.firstHeld(11, 11), await holds.firstHeld(12, 12)]).toEqual([11, null]);
      });

      test('hold no name that somebody else bears as well, nor one that is a word of the record', async () => {
        const { holds, record } = place;
        await record.write('CONFIG_CHANGE', { actor: { phone: CY, name: 'DELIA BROOK' }, entityId: 'ten' });
        await record.write('CONFIG_CHANGE', { actor: { phone: DEE, name: 'Owner' }, entityId: 'eleven' });
        await record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'x', reason: 'the owner' });
        await record.flush();
        expect(await holds.firstHeld(7, 7)).toBeNull();
        expect(await holds.firstHeld(12, 12)).toBeNull();
      });

      test('cost a transaction only the look at what came since', async () => {
        const { holds } = place;
        const looks: string[] = [];
        const asked = () =>
          inTransaction((tx) => {
            const { rows } = tx;
            tx.rows = (sql, params) => {
              looks.push(sql);
              return rows.call(tx, sql, params);
            };
            return holds.firstHeld(1, 8, tx);
          });
        expect(await holds.firstHeld(1, 8)).toBe(6);
        expect(await asked()).toBe(6);
        expect(looks).toEqual([]);
        await mention('nobody');
        await place.record.flush();
        expect(await asked()).toBe(6);
        expect(looks).toEqual([expect.stringContaining('DISTINCT')]);
      });

      test('know their names no more once they are erased', async () => {
        const { holds, erasure } = place;
        expect(await holds.firstHeld(7, 7)).toBe(7);
        await holds.release(id);
        await erasure.erase(DEE);
        await mention('Delia Brook');
        await place.record.flush();
        const again = await holds.add({ kind: 'person', what: DEE, reason: 'again' });
        expect(await holds.firstHeld(7, Number(again.id) - 1)).toBeNull();
      });
    });

    test('answer the same in a transaction, also about what came since', async () => {
      const { holds, record } = place;
      await holds.add({ kind: 'query', what: 'entity:late', reason: 'x' });
      expect(await holds.firstHeld(1, 5)).toBeNull();
      await record.write('CONFIG_CHANGE', { actor: { phone: ANA }, entityId: 'late' });
      await record.flush();
      const inside = await record.logger.transact((tx) =>
        holds.firstHeld(7, 7, new PrismaWrites(tx, record.store.dialect)),
      );
      expect(inside).toBe(7);
    });

    test('that cover nothing yet can be told, though the event that laid them has their words', async () => {
      const { holds } = place;
      const first = async (kind: 'query' | 'range' | 'person', what: string) =>
        holds.firstUnder(await holds.add({ kind, what, reason: 'x' }));
      expect(await first('query', 'two')).toBe(2);
      expect(await first('query', 'twoo')).toBeNull();
      expect(await first('range', '5-9')).toBe(5);
      expect(await first('range', '500-900')).toBeNull();
      expect(await first('person', BOB)).toBe(2);
      expect(await first('person', '+12025550177')).toBeNull();
    });

    test('are events, with who, what and why', async () => {
      const ana = await as(ANA, 'OWNER');
      const { id } = await place.holds.add(
        { kind: 'person', what: BOBS_LID, reason: ' the case of May ' },
        { performedBy: ana },
      );
      expect(await place.holds.list()).toMatchObject([
        { id, by: ANA, what: BOBS_LID, reason: 'the case of May' },
      ]);
      const laid = (await readEntries(database)).at(-1)!;
      expect([String(laid.public.seq), laid.public.action]).toEqual([id, 'HOLD_CHANGE']);
      expect(laid).toMatchObject({
        actor: { actorPhone: ANA },
        rest: { entityId: BOBS_LID, reason: 'the case of May' },
      });
      await place.holds.release(`#${id}`, { performedBy: ana });
      expect((await readEntries(database)).at(-1)!.rest).toMatchObject({
        before: '{"held":true}',
        after: '{"held":false}',
      });
    });

    test('are laid and released by OWNERs, once, for a reason, and never on everything', async () => {
      const { holds } = place;
      const cy = await as(CY, 'ADMIN');
      const request = { kind: 'range', what: '1-2', reason: 'x' } as const;
      await expect(holds.add(request, { performedBy: cy })).rejects.toMatchObject({ rule: 'role' });
      const { id } = await holds.add(request);
      await expect(holds.release(id, { performedBy: cy })).rejects.toMatchObject({ rule: 'role' });
      await expect(holds.add(request)).rejects.toMatchObject({ code: 'ALREADY_SO' });
      await expect(holds.add({ ...request, reason: ' ' })).rejects.toMatchObject({ code: 'NO_REASON' });
      await expect(holds.add({ ...request, kind: 'query', what: '' })).rejects.toMatchObject({
        code: 'BAD_QUERY',
      });
      await expect(holds.add({ ...request, what: '0-2' })).rejects.toMatchObject({ code: 'BAD_RANGE' });
      await expect(holds.release('99')).rejects.toMatchObject({ code: 'NO_SUCH_HOLD' });
      expect(await holds.list()).toHaveLength(1);
    });

    test('that were taken out of the table keep anything from being taken away, until they are released', async () => {
      const { holds, record, erasure } = place;
      const { id } = await holds.add({ kind: 'range', what: '2-2', reason: 'x' });
      const other = await holds.add({ kind: 'range', what: '3-3', reason: 'x' });
      await record.store.transaction((tx) => tx.run(`DELETE FROM "LegalHold" WHERE "id" = ?`, [id]));
      for (const work of [() => holds.firstHeld(1, 5), () => erasure.erase(BOB)])
        await expect(work()).rejects.toMatchObject({ code: 'HOLD_GONE' });
      await holds.release(id);
      expect(await holds.firstHeld(1, 5)).toBe(3);
      await holds.release(other.id);
      expect(await holds.firstHeld(1, 5)).toBeNull();
      await expect(holds.release(id)).rejects.toMatchObject({ code: 'NO_SUCH_HOLD' });
    });

    test('outlive whoever laid them, without naming them', async () => {
      const ana = await as(ANA, 'OWNER');
      await as(CY, 'OWNER');
      await place.holds.add({ kind: 'range', what: '2-2', reason: 'x' }, { performedBy: ana });
      await place.erasure.erase(ANA);
      expect(await place.holds.list()).toMatchObject([{ by: '', what: '2-2' }]);
      expect(await place.holds.firstHeld(1, 5)).toBe(2);
    });
  },
  { migrated: true },
);
