import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ensureOwners } from '../../src/access/bootstrap.js';
import { Membership } from '../../src/access/membership.js';
import { People } from '../../src/access/people.js';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import { whitelistEnabled } from '../../src/settings/builtIn.js';
import { Settings } from '../../src/settings/settings.js';
import { FakeClock } from '../../src/testing/fakeClock.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestRecord, readEntries } from '../support/record.js';
import { forgetEverybody, storePerson } from './stored.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const LOCAL = 'console:local';

describeOnBothDatabases(
  'the first owners',
  (fresh) => {
    let database: Database;
    let record: AuditRecord;
    let people: People;
    let membership: Membership;
    let begin: number;
    beforeAll(async () => {
      database = await fresh();
      record = await openTestRecord(database, { shared: true });
    });
    afterAll(() => record.close());
    beforeEach(async () => {
      await forgetEverybody(record);
      const clock = new FakeClock();
      people = new People({ record, clock });
      const settings = await Settings.open({ record, definitions: [whitelistEnabled], clock });
      membership = new Membership({ record, people, settings, clock });
      begin = (await readEntries(database)).length;
    });

    const start = (owners: readonly string[], channel: 'whatsapp' | 'console' = 'whatsapp') =>
      ensureOwners({ config: { owners }, membership, people, gateway: { channel } });
    const owners = async () => (await people.owners()).map(({ address }) => address);
    const events = async () => (await readEntries(database)).slice(begin);

    test('are those whom the configuration names, recorded once', async () => {
      await start([ANA, BO]);
      await start([ANA, BO]);
      expect(await owners()).toEqual([ANA, BO]);
      const told = await events();
      expect(told.map(({ public: { action, actorType } }) => [action, actorType])).toEqual([
        ['ROLE_CHANGE', 'system'],
        ['ROLE_CHANGE', 'system'],
      ]);
      expect(told[0]?.rest).toMatchObject({ entityId: ANA, reason: 'Named in REEVE_OWNERS' });
      expect(told[0]?.actor).toEqual({ actorPhone: 'SYSTEM' });
    });

    test('two processes that start at once make them once', async () => {
      await Promise.all([start([ANA]), start([ANA])]);
      expect(await events()).toHaveLength(1);
    });

    test('without any the start is refused, with the line to add', async () => {
      await expect(start([])).rejects.toMatchObject({
        code: 'NO_OWNER',
        example: 'REEVE_OWNERS=+12025550100',
      });
    });

    test('an owner in the database is enough', async () => {
      await storePerson(record, ANA, { role: 'OWNER' });
      await start([]);
      expect(await events()).toEqual([]);
    });

    test('a deactivated one is not, nor is the console for people who are elsewhere', async () => {
      await storePerson(record, ANA, { role: 'OWNER', isActive: false });
      await start([], 'console');
      expect(await owners()).toEqual([LOCAL]);
      await expect(start([])).rejects.toMatchObject({ code: 'NO_OWNER' });
    });

    test('whoever sits at the console is one, each time', async () => {
      await start([], 'console');
      await start([], 'console');
      expect(await owners()).toEqual([LOCAL]);
      expect((await events())[0]?.rest).toMatchObject({ entityId: LOCAL, reason: 'Sits at the console' });
      expect(await events()).toHaveLength(1);
    });

    test('a restart undoes nothing that an owner decided', async () => {
      await start([ANA, BO]);
      await membership.changeRole(BO, 'USER');
      await start([ANA, BO]);
      expect(await owners()).toEqual([ANA]);
      await membership.promoteToOwner(BO);
      await membership.deactivate(ANA);
      await start([ANA, BO]);
      expect(await owners()).toEqual([BO]);
    });

    test('one that is named anew becomes an owner, also one who was demoted before', async () => {
      await start([ANA, BO]);
      await membership.changeRole(BO, 'USER');
      await start([ANA]);
      await start([ANA, BO]);
      expect(await owners()).toEqual([ANA, BO]);
    });

    test('where none is left, those named are owners again: nobody is shut out for good', async () => {
      await start([ANA]);
      await start([], 'console');
      await membership.changeRole(ANA, 'USER');
      await membership.deactivate(ANA);
      await start([ANA]);
      expect(await owners()).toEqual([ANA, LOCAL]);
    });
  },
  { migrated: true },
);
