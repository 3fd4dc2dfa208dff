import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Identities } from '../../src/access/identities.js';
import { Membership } from '../../src/access/membership.js';
import { People } from '../../src/access/people.js';
import type { Performer } from '../../src/access/person.js';
import { isAtLeast, ROLES, type Role } from '../../src/access/role.js';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import { whitelistEnabled } from '../../src/settings/builtIn.js';
import { Settings } from '../../src/settings/settings.js';
import { FakeClock } from '../../src/testing/fakeClock.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ledgerProblems, openTestRecord, readEntries } from '../support/record.js';
import { forgetEverybody, performer, type Stored, storePerson } from './stored.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const CY = '+12025550102';
const LID = 'lid:100200300';

describeOnBothDatabases(
  'membership',
  (fresh) => {
    let database: Database;
    let record: AuditRecord;
    let clock: FakeClock;
    let people: People;
    let membership: Membership;
    let start: number;
    beforeAll(async () => {
      database = await fresh();
      record = await openTestRecord(database, { shared: true });
    });
    afterAll(async () => {
      await record.close();
      expect(await ledgerProblems(database)).toEqual([]);
    });
    /** The same as another process would have it, on the same database. */
    const another = async (): Promise<Membership> => {
      const settings = await Settings.open({ record, definitions: [whitelistEnabled], clock });
      return new Membership({ record, people: new People({ record, clock }), settings, clock });
    };
    beforeEach(async () => {
      await forgetEverybody(record);
      clock = new FakeClock();
      people = new People({ record, clock });
      membership = await another();
      start = (await readEntries(database)).length;
    });

    const events = async () => (await readEntries(database)).slice(start);
    const size = async (): Promise<number> =>
      (await record.store.read.get<{ size: number }>(`SELECT "size" FROM "Ledger"`))!.size;
    const actions = async () => (await events()).map((entry) => entry.public.action);
    const being = async (address: string, stored: Stored = {}): Promise<Performer> => {
      await storePerson(record, address, stored);
      return performer(await people.find(address));
    };

    describe('a role', () => {
      test('changes together with its event, which tells who, whom, from what to what, and why', async () => {
        const performedBy = await being(ANA, { name: 'Ana', role: 'OWNER' });
        await storePerson(record, BO, { name: 'Bo' });
        const change = await membership.promoteToOperator(BO, { performedBy, reason: 'on call' });
        expect(change.before).toMatchObject({ address: BO, role: 'USER' });
        expect(change.after).toMatchObject({ address: BO, role: 'OPERATOR' });
        expect((await people.find(BO)).role).toBe('OPERATOR');
        const [event, ...others] = await events();
        expect(others).toEqual([]);
        expect(event?.public).toMatchObject({
          seq: change.case,
          action: 'ROLE_CHANGE',
          outcome: 'success',
          actorType: 'user',
          channel: 'whatsapp',
          at: expect.any(Number),
        });
        expect(event?.actor).toMatchObject({ actorPhone: ANA, actorName: 'Ana', actorRole: 'OWNER' });
        expect(event?.rest).toMatchObject({
          entityId: BO,
          description: 'Ana made Bo OPERATOR (was USER)',
          before: '{"role":"USER"}',
          after: '{"role":"OPERATOR"}',
          reason: 'on call',
          chatId: 'direct-chat',
          messageKey: 'message-1',
        });
      });

      test('of a stranger can be given, and they are known from then on', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        const { after } = await membership.promoteToAdmin(BO, { performedBy });
        expect(after.id).toMatch(/^[0-9a-f-]{36}$/);
        expect((await people.list('ADMIN')).map(({ address }) => address)).toEqual([BO]);
      });

      test('goes up to any rank by name, and down to USER', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        await membership.promoteToAdmin(BO, { performedBy });
        await membership.promoteToOwner(BO, { performedBy });
        await membership.demoteToUser(BO, { performedBy });
        expect((await people.find(BO)).role).toBe('USER');
        expect(await actions()).toEqual(['ROLE_CHANGE', 'ROLE_CHANGE', 'ROLE_CHANGE']);
      });

      test('without somebody who performs it is the doing of SYSTEM', async () => {
        await membership.promoteToOwner(BO);
        const [event] = await events();
        expect(event?.public).toMatchObject({ actorType: 'system', channel: 'system' });
        expect(event?.actor).toEqual({ actorPhone: 'SYSTEM' });
      });

      test('that is refused leaves no change and no event, and names the rule', async () => {
        const performedBy = await being(ANA, { role: 'ADMIN' });
        await storePerson(record, BO, { role: 'ADMIN' });
        await expect(membership.demoteToUser(BO, { performedBy })).rejects.toMatchObject({
          name: 'Denied',
          rule: 'equal-or-higher',
        });
        expect((await people.find(BO)).role).toBe('ADMIN');
        expect(await events()).toEqual([]);
      });

      test('that is theirs already, or no promotion, is a mistake and no change', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        await storePerson(record, BO, { role: 'ADMIN' });
        await expect(membership.promoteToAdmin(BO, { performedBy })).rejects.toMatchObject({
          code: 'ALREADY_SO',
        });
        await expect(membership.promoteToOperator(BO, { performedBy })).rejects.toMatchObject({
          code: 'NOT_A_PROMOTION',
        });
        await expect(
          membership.changeRole(BO, 'USER', { performedBy, from: 'OPERATOR' }),
        ).rejects.toMatchObject({ code: 'MOVED_ON' });
        expect(await events()).toEqual([]);
      });

      test('an undo names the case that it takes back', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        const { case: made } = await membership.promoteToAdmin(BO, { performedBy });
        await membership.changeRole(BO, 'USER', { performedBy, undoes: made });
        expect((await events())[1]?.rest?.metadata).toBe(`{"undoes":${made}}`);
      });

      test('is given to the phone when its LID is named', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        await new Identities({ record, clock }).learned(LID, BO);
        const { after } = await membership.promoteToAdmin(LID, { performedBy });
        expect(after.address).toBe(BO);
        expect((await events())[0]?.rest?.entityId).toBe(BO);
        await expect(membership.promoteToAdmin('lid:7', { performedBy })).rejects.toMatchObject({
          rule: 'unresolved-lid',
        });
      });

      test('counts as it is when the change is made, not as it was when the message was written', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        await storePerson(record, BO, { role: 'OWNER' });
        await membership.changeRole(ANA, 'USER');
        await expect(membership.promoteToAdmin(CY, { performedBy })).rejects.toMatchObject({ rule: 'role' });
      });

      test('a host who claims to be an owner is one only if they are stored as one', async () => {
        const claimed = { id: null, name: 'Mallory', isActive: true, isListed: true };
        const performedBy = performer({ ...claimed, address: CY, role: 'OWNER' });
        await expect(membership.promoteToOwner(CY, { performedBy })).rejects.toMatchObject({ rule: 'role' });
      });
    });

    describe('two at the same moment', () => {
      test('the last two owners demote each other: one of them wins, and one is left', async () => {
        for (let round = 0; round < 5; round++) {
          await forgetEverybody(record);
          const ana = await being(ANA, { role: 'OWNER' });
          const bo = await being(BO, { role: 'OWNER' });
          const results = await Promise.allSettled([
            membership.changeRole(BO, 'USER', { performedBy: ana }),
            (await another()).changeRole(ANA, 'USER', { performedBy: bo }),
          ]);
          expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
          // The loser is a USER by then, and no owner any more.
          expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
            reason: { rule: 'role' },
          });
          expect(await people.owners()).toHaveLength(1);
        }
      });

      test('the last two owners step down, and one of them cannot', async () => {
        const ana = await being(ANA, { role: 'OWNER' });
        const bo = await being(BO, { role: 'OWNER' });
        const results = await Promise.allSettled([
          membership.changeRole(ANA, 'ADMIN', { performedBy: ana }),
          (await another()).deactivate(BO, { performedBy: bo }),
        ]);
        expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
          reason: { rule: 'last-owner' },
        });
        expect(await people.owners()).toHaveLength(1);
        expect(await events()).toHaveLength(1);
      });

      test('two admins promote the same person by one step: it is one step', async () => {
        const ana = await being(ANA, { role: 'ADMIN' });
        const cy = await being(CY, { role: 'ADMIN' });
        const results = await Promise.allSettled([
          membership.changeRole(BO, 'OPERATOR', { performedBy: ana, from: 'USER' }),
          (await another()).changeRole(BO, 'OPERATOR', { performedBy: cy, from: 'USER' }),
        ]);
        expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
          reason: { code: 'ALREADY_SO' },
        });
        expect((await people.find(BO)).role).toBe('OPERATOR');
        expect(await events()).toHaveLength(1);
      });

      test('somebody is promoted while they are deactivated: both happen, one after the other', async () => {
        const performedBy = await being(ANA, { role: 'OWNER' });
        await Promise.all([
          membership.promoteToAdmin(BO, { performedBy }),
          (await another()).deactivate(BO, { performedBy }),
        ]);
        expect(await people.find(BO)).toMatchObject({ role: 'ADMIN', isActive: false });
        expect(await events()).toHaveLength(2);
      });
    });

    describe('being switched off', () => {
      test('lasts until somebody may switch one on again, and each is an event', async () => {
        const performedBy = await being(ANA, { role: 'ADMIN' });
        const off = await membership.deactivate(BO, { performedBy, reason: 'spam' });
        expect(off.after).toMatchObject({ address: BO, isActive: false });
        await expect(membership.deactivate(BO, { performedBy })).rejects.toMatchObject({
          code: 'ALREADY_SO',
        });
        const on = await membership.activate(BO, { performedBy });
        expect(on.after.isActive).toBe(true);
        expect((await events()).map(({ rest }) => [rest?.entityId, rest?.before, rest?.after])).toEqual([
          [BO, '{"active":true}', '{"active":false}'],
          [BO, '{"active":false}', '{"active":true}'],
        ]);
      });

      test('takes every power, also that of being counted as an owner', async () => {
        const performedBy = await being(ANA, { role: 'OWNER', isActive: false });
        const other = await being(CY, { role: 'OWNER' });
        await expect(membership.promoteToAdmin(BO, { performedBy })).rejects.toMatchObject({
          rule: 'active',
        });
        await expect(membership.deactivate(CY, { performedBy: other })).rejects.toMatchObject({
          rule: 'last-owner',
        });
      });

      test('holds for the LID as well, and so does being switched on', async () => {
        const performedBy = await being(ANA, { role: 'ADMIN' });
        const identities = new Identities({ record, clock });
        await membership.deactivate(LID, { performedBy });
        await identities.learned(LID, BO);
        expect((await people.find(BO)).isActive).toBe(false);
        await membership.activate(BO, { performedBy });
        expect((await people.find(LID)).isActive).toBe(true);
        // Also as a person of its own, should the link go.
        await identities.learned(LID, CY);
        expect(await people.find(LID)).toMatchObject({ address: LID, isActive: true });
      });
    });

    describe('the whitelist', () => {
      test('takes people on and off, each with an event', async () => {
        const performedBy = await being(ANA, { role: 'ADMIN' });
        await membership.addToWhitelist(BO, { performedBy });
        expect((await membership.whitelist()).map(({ address }) => address)).toEqual([BO]);
        await expect(membership.addToWhitelist(BO, { performedBy })).rejects.toMatchObject({
          code: 'ALREADY_SO',
        });
        await membership.removeFromWhitelist(BO, { performedBy });
        expect(await membership.whitelist()).toEqual([]);
        await expect(membership.removeFromWhitelist(BO, { performedBy })).rejects.toMatchObject({
          code: 'ALREADY_SO',
        });
        expect((await events()).map(({ rest }) => rest?.after)).toEqual([
          '{"listed":true}',
          '{"listed":false}',
        ]);
      });

      test('cannot be switched on while nobody is on it', async () => {
        const performedBy = await being(ANA, { role: 'ADMIN' });
        await expect(membership.switchWhitelist(true, { performedBy })).rejects.toMatchObject({
          code: 'WHITELIST_EMPTY',
        });
        expect(membership.isWhitelistOn()).toBe(false);
        expect(await events()).toEqual([]);
      });

      test('is on at once where it was switched on, and soon in other processes', async () => {
        const performedBy = await being(ANA, { role: 'ADMIN', isListed: true });
        const elsewhere = await another();
        await membership.switchWhitelist(true, { performedBy });
        expect(membership.isWhitelistOn()).toBe(true);
        await expect(elsewhere.switchWhitelist(true, { performedBy })).rejects.toMatchObject({
          code: 'ALREADY_SO',
        });
        const { case: number } = await elsewhere.switchWhitelist(false, { performedBy });
        const last = (await events()).at(-1);
        expect(last?.public).toMatchObject({ seq: number, action: 'WHITELIST_CHANGE' });
        expect(last?.rest).toMatchObject({ before: '{"enabled":true}', after: '{"enabled":false}' });
        expect(await actions()).toHaveLength(2);
      });

      test('is for ADMINs, and they take nobody off who is as much as they are', async () => {
        const operator = await being(BO, { role: 'OPERATOR' });
        const admin = await being(ANA, { role: 'ADMIN' });
        await storePerson(record, CY, { role: 'ADMIN', isListed: true });
        await expect(membership.switchWhitelist(true, { performedBy: operator })).rejects.toMatchObject({
          rule: 'role',
        });
        await expect(membership.addToWhitelist(BO, { performedBy: operator })).rejects.toMatchObject({
          rule: 'role',
        });
        await expect(membership.removeFromWhitelist(CY, { performedBy: admin })).rejects.toMatchObject({
          rule: 'equal-or-higher',
        });
      });
    });

    describe('a name', () => {
      test('is kept for those who are known, tidied, and leaves no event', async () => {
        await storePerson(record, BO, { role: 'OPERATOR' });
        await membership.rename(BO, '  Bo\n\u202eof\u200b the   night ');
        expect((await people.find(BO)).name).toBe('Bo of the night');
        await membership.rename(BO, '\u200b \n');
        expect((await people.find(BO)).name).toBe('Bo of the night');
        await membership.rename(BO, `${'b'.repeat(99)}😀`);
        expect((await people.find(BO)).name).toBe('b'.repeat(99));
        expect(await events()).toEqual([]);
      });

      test('comes with the first change to a stranger, into the event as well, and replaces none', async () => {
        const { after } = await membership.promoteToOperator(BO, { called: ' Bo ' });
        expect(after.name).toBe('Bo');
        await membership.promoteToAdmin(BO, { called: 'Bob' });
        expect((await people.find(BO)).name).toBe('Bo');
        expect((await events()).map(({ rest }) => rest?.description)).toEqual([
          'SYSTEM made Bo OPERATOR (was USER)',
          'SYSTEM made Bo ADMIN (was OPERATOR)',
        ]);
      });

      test('of a stranger is not kept', async () => {
        await membership.rename(BO, 'Bo');
        expect(await people.list()).toEqual([]);
      });
    });

    test('while the database is away nothing is changed, and the answer says so', async () => {
      const away = async () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      };
      const lost: AuditRecord = Object.create(record, { logger: { value: { transact: away } } });
      const settings = await Settings.open({ record, definitions: [whitelistEnabled], clock });
      const during = new Membership({ record: lost, people, settings, clock });
      for (const attempt of [during.promoteToOwner(BO), during.deactivate(BO), during.switchWhitelist(true)])
        await expect(attempt).rejects.toMatchObject({ name: 'UserError', code: 'DATABASE_AWAY' });
      expect(await people.find(BO)).toMatchObject({ role: 'USER', isActive: true });
    });

    test('whatever is tried, by whomever: the rules hold in the database, and each change has one event', async () => {
      const addresses = [ANA, BO, CY, '+12025550103'];
      const index = fc.nat(addresses.length - 1);
      const attempts = fc.array(
        fc.record({
          actor: index,
          target: index,
          what: fc.oneof(fc.constantFrom(...ROLES), fc.constantFrom('off' as const, 'on' as const)),
        }),
        { minLength: 8, maxLength: 16 },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...ROLES), { minLength: 3, maxLength: 3 }),
          attempts,
          async (roles: Role[], tries) => {
            await forgetEverybody(record);
            await storePerson(record, ANA, { role: 'OWNER' });
            for (const [at, role] of roles.entries()) await storePerson(record, addresses[at + 1]!, { role });
            for (const { actor: by, target: whom, what } of tries) {
              const actor = await people.find(addresses[by]!);
              const target = await people.find(addresses[whom]!);
              const from = await size();
              const options = { performedBy: performer(actor) };
              const attempt =
                what === 'off'
                  ? membership.deactivate(target.address, options)
                  : what === 'on'
                    ? membership.activate(target.address, options)
                    : membership.changeRole(target.address, what, options);
              const isDone = await attempt.then(
                () => true,
                () => false,
              );
              expect((await size()) - from).toBe(isDone ? 1 : 0);
              expect((await people.owners()).length).toBeGreaterThan(0);
              if (!isDone) expect(await people.find(target.address)).toEqual(target);
              else if (actor.role !== 'OWNER') expect(isAtLeast(target.role, actor.role)).toBe(false);
            }
          },
        ),
        { seed: 34, numRuns: 8 },
      );
    });
  },
  { migrated: true },
);
