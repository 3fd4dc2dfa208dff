import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Identities } from '../../src/access/identities.js';
import { People } from '../../src/access/people.js';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import { FakeClock } from '../../src/testing/fakeClock.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ledgerProblems, openTestRecord, readEntries } from '../support/record.js';
import { forgetEverybody, performer, storePerson } from './stored.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const CY = '+12025550102';
const LID = 'lid:100200300';
const OTHER_LID = 'lid:100200301';

describeOnBothDatabases(
  'identities',
  (fresh) => {
    let database: Database;
    let record: AuditRecord;
    let clock: FakeClock;
    let people: People;
    let identities: Identities;
    let start: number;
    beforeAll(async () => {
      database = await fresh();
      record = await openTestRecord(database, { shared: true });
    });
    afterAll(async () => {
      await record.close();
      expect(await ledgerProblems(database)).toEqual([]);
    });
    beforeEach(async () => {
      await forgetEverybody(record);
      clock = new FakeClock();
      people = new People({ record, clock });
      identities = new Identities({ record, clock });
      start = (await readEntries(database)).length;
    });

    const events = async () => (await readEntries(database)).slice(start);
    const told = async () =>
      (await events()).map(({ public: { action, category, actorType }, actor, rest }) => ({
        action,
        category,
        actorType,
        by: actor?.actorPhone,
        entity: rest?.entityId,
        before: JSON.parse(rest?.before ?? 'null'),
        after: JSON.parse(rest?.after ?? 'null'),
      }));
    const owner = async () => {
      await storePerson(record, CY, { name: 'Cy', role: 'OWNER' });
      return performer(await people.find(CY));
    };

    describe('what a gateway learns', () => {
      test('is trusted the first time, and leaves no event', async () => {
        await storePerson(record, ANA, { role: 'ADMIN' });
        expect(await identities.learned(LID, ANA)).toBe('new');
        expect(await identities.learned(LID, ANA)).toBe('known');
        expect(await identities.phoneOf(LID)).toBe(ANA);
        expect(await identities.lidsOf(ANA)).toEqual([LID]);
        expect((await people.find(LID)).role).toBe('ADMIN');
        expect(await events()).toEqual([]);
      });

      test('is not trusted where it changes: no role goes over, and the record says so', async () => {
        await storePerson(record, ANA, { role: 'ADMIN', isListed: true });
        await storePerson(record, BO, { role: 'OWNER' });
        await identities.learned(LID, ANA);
        expect(await identities.learned(LID, BO)).toBe('changed');
        expect(await people.find(LID)).toMatchObject({ address: LID, role: 'USER', isListed: false });
        expect(await identities.phoneOf(LID)).toBeNull();
        expect(await told()).toEqual([
          {
            action: 'IDENTITY_LINK_CHANGE',
            category: 'SECURITY',
            actorType: 'system',
            by: 'SYSTEM',
            entity: LID,
            before: { phone: ANA },
            after: { phone: BO },
          },
        ]);
        // Told again it is no news, and no reason to trust it.
        expect(await identities.learned(LID, BO)).toBe('known');
        expect(await identities.learned(LID, ANA)).toBe('changed');
        expect((await people.find(LID)).role).toBe('USER');
      });

      test('a second LID of a phone is not trusted either: a number may have got a new holder', async () => {
        await storePerson(record, ANA, { role: 'ADMIN' });
        await identities.learned(LID, ANA);
        expect(await identities.learned(OTHER_LID, ANA)).toBe('changed');
        expect((await people.find(OTHER_LID)).role).toBe('USER');
        expect((await people.find(LID)).role).toBe('ADMIN');
        expect((await told()).map(({ entity }) => entity)).toEqual([OTHER_LID]);
      });

      test('whoever was deactivated as a LID stays so once the phone is known', async () => {
        await storePerson(record, LID, { isActive: false });
        expect(await identities.learned(LID, ANA)).toBe('new');
        expect((await people.find(LID)).isActive).toBe(false);
        expect((await people.find(ANA)).isActive).toBe(false);
        expect(await told()).toMatchObject([
          { action: 'USER_ACTIVATION_CHANGE', by: 'SYSTEM', entity: ANA, after: { active: false } },
        ]);
      });

      test('a deactivated LID deactivates nobody who has a role', async () => {
        await storePerson(record, LID, { isActive: false });
        await storePerson(record, ANA, { role: 'OWNER' });
        expect(await identities.learned(LID, ANA)).toBe('changed');
        expect(await people.find(ANA)).toMatchObject({ role: 'OWNER', isActive: true });
        expect(await people.find(LID)).toMatchObject({ address: LID, isActive: false });
        expect(await told()).toMatchObject([{ action: 'IDENTITY_LINK_CHANGE', entity: LID }]);
      });

      test('a changed link frees nobody who was deactivated', async () => {
        await storePerson(record, ANA, { isActive: false });
        await identities.learned(LID, ANA);
        await identities.learned(LID, BO);
        expect(await people.find(LID)).toMatchObject({ address: LID, isActive: false });
        expect((await told()).map(({ action }) => action)).toEqual([
          'IDENTITY_LINK_CHANGE',
          'USER_ACTIVATION_CHANGE',
        ]);
      });

      test('a place on the whitelist goes over to the phone', async () => {
        await storePerson(record, LID, { isListed: true });
        await identities.learned(LID, ANA);
        expect((await people.find(ANA)).isListed).toBe(true);
        expect(await told()).toMatchObject([{ action: 'WHITELIST_CHANGE', entity: ANA }]);
      });

      test('two processes that learn the same at once do not take it for a change', async () => {
        const other = new Identities({ record, clock });
        const both = await Promise.all([identities.learned(LID, ANA), other.learned(LID, ANA)]);
        expect(both.sort()).toEqual(['known', 'new']);
        expect(await identities.phoneOf(LID)).toBe(ANA);
      });

      test('two that contradict each other at once: the first is trusted until the second says otherwise', async () => {
        const other = new Identities({ record, clock });
        const both = await Promise.all([identities.learned(LID, ANA), other.learned(LID, BO)]);
        expect(both.sort()).toEqual(['changed', 'new']);
        expect(await new Identities({ record, clock }).phoneOf(LID)).toBeNull();
      });

      test('what another process learned is seen after a moment', async () => {
        expect(await identities.phoneOf(LID)).toBeNull();
        await new Identities({ record, clock }).learned(LID, ANA);
        await clock.advance(11_000);
        expect(await identities.phoneOf(LID)).toBe(ANA);
      });

      test('a phone for a LID, or the other way round, is refused', async () => {
        await expect(identities.learned(ANA, LID)).rejects.toMatchObject({ code: 'NOT_A_LINK' });
      });
    });

    describe('a link that an OWNER makes', () => {
      test('is trusted and recorded, and carries the role', async () => {
        const performedBy = await owner();
        await storePerson(record, ANA, { role: 'ADMIN' });
        const change = await identities.link(LID, ANA, { performedBy, reason: 'seen in person' });
        expect(change).toMatchObject({ before: null, after: ANA });
        expect((await people.find(LID)).role).toBe('ADMIN');
        const [event] = await events();
        expect(event?.public).toMatchObject({ seq: change.case, action: 'IDENTITY_LINK_CHANGE' });
        expect(event?.actor).toMatchObject({ actorPhone: CY, actorName: 'Cy', actorRole: 'OWNER' });
        expect(event?.rest).toMatchObject({ reason: 'seen in person', messageKey: 'message-1' });
      });

      test('settles a link that had changed', async () => {
        const performedBy = await owner();
        await identities.learned(LID, ANA);
        await identities.learned(LID, BO);
        expect(await identities.link(LID, BO, { performedBy })).toMatchObject({ before: null, after: BO });
        expect(await identities.phoneOf(LID)).toBe(BO);
        expect(await identities.link(LID, ANA, { performedBy })).toMatchObject({ before: BO, after: ANA });
      });

      test('can be taken back, and what the gateway says does not bring it back', async () => {
        const performedBy = await owner();
        const { case: made } = await identities.link(LID, ANA, { performedBy });
        const undone = await identities.unlink(LID, { performedBy, undoes: made });
        expect(undone).toMatchObject({ before: ANA, after: null });
        expect(await identities.learned(LID, ANA)).toBe('known');
        expect((await people.find(LID)).address).toBe(LID);
        expect(JSON.parse((await events())[1]?.rest?.metadata ?? '{}')).toEqual({ undoes: made });
        await expect(identities.unlink(LID, { performedBy })).rejects.toMatchObject({ code: 'ALREADY_SO' });
      });

      test('is for OWNERs only, as they are now and not as they were when they wrote', async () => {
        await storePerson(record, ANA, { role: 'ADMIN' });
        const admin = performer({ ...(await people.find(ANA)), role: 'OWNER' });
        await expect(identities.link(LID, BO, { performedBy: admin })).rejects.toMatchObject({
          rule: 'role',
          whoCould: 'An OWNER can do it.',
        });
        expect(await events()).toEqual([]);
        expect(await identities.phoneOf(LID)).toBeNull();
      });

      test('is refused where it is there already, or joins a deactivated LID to somebody who is active', async () => {
        const performedBy = await owner();
        await identities.link(LID, ANA, { performedBy });
        await expect(identities.link(LID, ANA, { performedBy })).rejects.toMatchObject({
          code: 'ALREADY_SO',
        });
        await storePerson(record, OTHER_LID, { isActive: false });
        await expect(identities.link(OTHER_LID, CY, { performedBy })).rejects.toMatchObject({
          code: 'LID_DEACTIVATED',
        });
        expect((await people.owners()).map(({ address }) => address)).toEqual([CY]);
      });
    });
  },
  { migrated: true },
);
