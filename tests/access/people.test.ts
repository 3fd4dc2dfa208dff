import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Identities } from '../../src/access/identities.js';
import { People } from '../../src/access/people.js';
import type { AuditRecord } from '../../src/audit/record.js';
import { FakeClock } from '../../src/testing/fakeClock.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestRecord } from '../support/record.js';
import { forgetEverybody, storePerson } from './stored.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const CY = '+12025550102';
const LID = 'lid:100200300';

describeOnBothDatabases(
  'people',
  (fresh) => {
    let record: AuditRecord;
    let people: People;
    let clock: FakeClock;
    beforeAll(async () => {
      record = await openTestRecord(await fresh(), { shared: true });
    });
    afterAll(() => record.close());
    beforeEach(async () => {
      await forgetEverybody(record);
      clock = new FakeClock();
      people = new People({ record, clock });
    });

    test('a stranger is an active USER, and nothing is stored about them', async () => {
      const stranger = { id: null, name: null, role: 'USER', isActive: true, isListed: false };
      expect(await people.find(ANA)).toEqual({ ...stranger, address: ANA });
      expect(await people.find(LID)).toEqual({ ...stranger, address: LID });
      expect(await people.list()).toEqual([]);
    });

    test('somebody is found as they are stored', async () => {
      await storePerson(record, ANA, { name: 'Ana', role: 'ADMIN', isActive: false, isListed: true });
      expect(await people.find(ANA)).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        address: ANA,
        name: 'Ana',
        role: 'ADMIN',
        isActive: false,
        isListed: true,
      });
    });

    test('a LID with a trusted link is the person of its phone', async () => {
      await storePerson(record, ANA, { name: 'Ana', role: 'OWNER' });
      await new Identities({ record, clock }).learned(LID, ANA);
      expect(await people.find(LID)).toEqual(await people.find(ANA));
      expect((await people.find(LID)).role).toBe('OWNER');
    });

    test('a LID without one is a USER, whatever the table says', async () => {
      await storePerson(record, LID, { role: 'OWNER' });
      expect((await people.find(LID)).role).toBe('USER');
      expect(await people.owners()).toEqual([]);
    });

    test("another tenant's people are strangers", async () => {
      await storePerson(record, ANA, { role: 'OWNER' });
      await record.store.transaction((tx) => tx.run(`UPDATE "User" SET "tenant" = 'other'`));
      expect((await people.find(ANA)).role).toBe('USER');
      expect(await people.list()).toEqual([]);
    });

    test('are listed with the highest roles first, and each person once', async () => {
      await storePerson(record, ANA, { name: 'Ana', role: 'OPERATOR' });
      await storePerson(record, BO, { name: 'Bo', role: 'OWNER' });
      await storePerson(record, CY, { name: 'Cy', role: 'OWNER', isActive: false });
      await storePerson(record, LID, { isListed: true });
      await new Identities({ record, clock }).learned(LID, ANA);
      const names = async (role?: 'OWNER' | 'ADMIN') => (await people.list(role)).map(({ name }) => name);
      expect(await names()).toEqual(['Bo', 'Cy', 'Ana']);
      expect(await names('OWNER')).toEqual(['Bo', 'Cy']);
      expect(await names('ADMIN')).toEqual([]);
      expect((await people.owners()).map(({ name }) => name)).toEqual(['Bo']);
    });

    test('are found by name in any case, all of that name', async () => {
      await storePerson(record, ANA, { name: 'Änne B.' });
      await storePerson(record, BO, { name: 'änne b.' });
      await storePerson(record, CY, { name: 'Änne' });
      const found = await people.named(' ÄNNE B. ');
      expect(found.map(({ address }) => address).sort()).toEqual([ANA, BO]);
      expect(await people.named('')).toEqual([]);
      expect(await people.named("' OR 1=1 --")).toEqual([]);
    });

    test('whoever was here is remembered for a while when the database is away, and nobody else', async () => {
      await storePerson(record, ANA, { role: 'OWNER' });
      const away = { record: { ...record, ledger: record.ledger, store: withBrokenReads(record) }, clock };
      const during = new People(away as unknown as ConstructorParameters<typeof People>[0]);
      const { store } = away.record;
      expect((await during.find(ANA)).role).toBe('OWNER');
      store.isAway = true;
      expect((await during.find(ANA)).role).toBe('OWNER');
      await expect(during.find(BO)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await clock.advance(16 * 60_000);
      await expect(during.find(ANA)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  },
  { migrated: true },
);

/** The same database, behind a connection that can be lost. */
function withBrokenReads({ store }: AuditRecord) {
  const broken = {
    isAway: false,
    read: {
      ...store.read,
      get: async (sql: string, params: string[]) => {
        if (broken.isAway) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return store.read.get(sql, params);
      },
    },
  };
  return broken;
}
