import { beforeEach, expect, test } from '@jest/globals';
import { describeOnBothDatabases } from '../../support/databases.js';
import { ANA, BO, type Chat, CY, DEE, openChat } from '../support/chat.js';

const LID = 'lid:987654321';

describeOnBothDatabases(
  'undo',
  (fresh) => {
    let chat: Chat;
    beforeEach(async () => {
      chat = await openChat({ database: await fresh() });
      await chat.give(BO, 'ADMIN', 'Bo');
      await chat.give(CY, 'USER', 'Cy');
    });
    const services = () => chat.bot.services;
    const find = (address: string) => services().people.find(address);
    /** The only event of what was said. */
    const only = async (from: string, text: string) => {
      const events = await chat.eventsOf(() => chat.asks(from, text));
      expect(events).toHaveLength(1);
      return events[0]!;
    };
    /** Says it, and confirms what has to be. */
    const confirmed = async (from: string, text: string): Promise<string> => {
      const said = await chat.asks(from, text);
      const code = /!confirm (\d{6})/.exec(said)?.[1];
      return code === undefined ? said : chat.asks(from, `!confirm ${code}`);
    };

    test('takes back a role, the event names the case, and the person is told', async () => {
      const { case: number } = await services().membership.promoteToOperator(CY);
      const event = await only(BO, `!undo ${number}`);
      expect(event).toMatchObject({
        action: 'ROLE_CHANGE',
        outcome: 'success',
        actorPhone: BO,
        before: '{"role":"OPERATOR"}',
        after: '{"role":"USER"}',
        metadata: `{"undoes":${number}}`,
      });
      expect((await find(CY)).role).toBe('USER');
      expect(chat.gateway.sent.map(({ chatId }) => chatId)).toEqual([`direct:${BO}`, `direct:${CY}`]);
      expect(String(chat.gateway.sent[0]!.message.text)).toContain(
        `#${number} is taken back as #${event.seq}`,
      );
      expect(String(chat.gateway.sent[1]!.message.text)).toBe(
        `*Bo* (+1•••••101) took #${number} back: you are USER again. Case #${event.seq}.`,
      );
    });

    test('takes back the whitelist, who is active, a setting, a link and a saved search', async () => {
      const { membership, settings, identities, searches } = services();
      const add = await membership.addToWhitelist(CY);
      await chat.asks(ANA, `!undo ${add.case}`);
      expect((await find(CY)).isListed).toBe(false);

      const off = await membership.deactivate(CY);
      await chat.asks(ANA, `!undo #${off.case}`);
      expect((await find(CY)).isActive).toBe(true);

      const set = await settings.set('breaker.failures', '9');
      await chat.asks(ANA, `!undo ${set.case}`);
      expect(settings.state('breaker.failures')).toMatchObject({ value: 5, isDefault: true });

      await settings.set('breaker.failures', '8');
      const unset = await settings.unset('breaker.failures');
      await chat.asks(ANA, `!undo ${unset.case}`);
      expect(settings.state('breaker.failures')).toMatchObject({ value: 8 });

      await identities.link(LID, CY);
      const link = await identities.link(LID, DEE);
      expect(await confirmed(ANA, `!undo ${link.case}`)).toContain('is taken back');
      expect(await identities.phoneOf(LID)).toBe(CY);

      await identities.unlink(LID);
      const first = await identities.link(LID, DEE);
      expect(await confirmed(ANA, `!undo ${first.case}`)).toContain('belongs to nobody again');
      expect(await identities.phoneOf(LID)).toBeNull();

      const performedBy = { person: await find(ANA), context: { actor: { phone: ANA } } };
      const save = await searches.save(ANA, 'mine', 'action:role.*', { performedBy });
      await chat.asks(ANA, `!undo ${save.case}`);
      expect(await searches.list(ANA)).toEqual([]);
    });

    test('asks before it takes power from somebody or makes an owner, or switches the whitelist', async () => {
      const up = await services().membership.promoteToAdmin(CY);
      const preview = await chat.asks(ANA, `!undo ${up.case}`);
      expect(preview).toContain('will be USER (is ADMIN)');
      expect((await find(CY)).role).toBe('ADMIN');
      const code = /!confirm (\d{6})/.exec(preview)![1]!;
      const event = await only(ANA, `!confirm ${code}`);
      expect(event).toMatchObject({ action: 'ROLE_CHANGE', metadata: `{"undoes":${up.case}}` });

      await services().membership.addToWhitelist(CY);
      const on = await services().membership.switchWhitelist(true);
      expect(await confirmed(ANA, `!undo ${on.case}`)).toContain('the whitelist is off again');
    });

    test.each<[string, () => Promise<number>, string]>([
      ['is not there', async () => 9999, 'NO_SUCH_CASE'],
      [
        'was undone before',
        async () => {
          const { case: number } = await services().membership.promoteToOperator(CY);
          await chat.asks(ANA, `!undo ${number}`);
          return number;
        },
        'ALREADY_UNDONE',
      ],
      [
        'was changed again since',
        async () => {
          const { case: number } = await services().membership.promoteToOperator(CY);
          await services().membership.promoteToAdmin(CY);
          return number;
        },
        'MOVED_ON',
      ],
      [
        'is nothing that can be taken back',
        async () => {
          await chat.asks(ANA, '!mydata');
          return (await chat.events()).at(-1)!.seq;
        },
        'CANNOT_BE_UNDONE',
      ],
      [
        'was a failure',
        async () => {
          await chat.asks(BO, '!role promote');
          return (await chat.events()).at(-1)!.seq;
        },
        'CANNOT_BE_UNDONE',
      ],
      [
        'linked a LID that is linked otherwise by now',
        async () => {
          const { case: number } = await services().identities.link(LID, CY);
          await services().identities.link(LID, DEE);
          return number;
        },
        'MOVED_ON',
      ],
    ])('refuses a case that %s, which is one event', async (_, make, error) => {
      const number = await make();
      expect(await only(ANA, `!undo ${number}`)).toMatchObject({
        action: 'COMMAND_FAILED',
        outcome: 'failure',
        error,
        entityId: 'undo',
      });
    });

    test('is refused where the change itself would be', async () => {
      const { case: number } = await services().membership.promoteToAdmin(CY);
      expect(await only(BO, `!undo ${number}`)).toMatchObject({
        action: 'PERMISSION_DENIED',
        outcome: 'denied',
      });
      await services().identities.link(LID, CY);
      const link = await services().identities.link(LID, DEE);
      await chat.clock.advance(60_000);
      const denied = await only(BO, `!undo ${link.case}`);
      expect(denied).toMatchObject({
        action: 'PERMISSION_DENIED',
        metadata: expect.stringContaining('"role"'),
      });
    });

    test('can be taken back in its turn', async () => {
      const { case: number } = await services().membership.promoteToOperator(CY);
      const { seq } = await only(ANA, `!undo ${number}`);
      await only(ANA, `!undo ${seq}`);
      expect((await find(CY)).role).toBe('OPERATOR');
    });
  },
  { migrated: true },
);
