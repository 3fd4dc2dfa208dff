import { beforeEach, expect, test } from '@jest/globals';
import { type CommandContext, defineCommand } from '../../src/chat/command.js';
import { INVERSES } from '../../src/chat/commands/inverses.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { ANA, BO, type Chat, CY, DEE, openChat } from './support/chat.js';

const LID = 'lid:987654321';

let held: CommandContext;

/** Keeps the circumstances of whoever asks, for what they do a moment later. */
const hold = defineCommand({
  name: 'hold',
  group: 'Bot',
  summary: 'Waits',
  role: 'ADMIN',
  leaves: 'nothing',
  args: {},
  examples: ['hold'],
  handle: async (context) => {
    held = context;
    return {};
  },
});

describeOnBothDatabases(
  'of two who act at once',
  (fresh) => {
    let chat: Chat;
    beforeEach(async () => {
      chat = await openChat({ database: await fresh(), commands: [hold] });
      await chat.give(BO, 'ADMIN', 'Bo');
      await chat.give(CY, 'USER', 'Cy');
    });
    const services = () => chat.bot.services;
    /** As another process does it, which asks nobody here. */
    const demote = (address: string) =>
      chat.record.store.transaction((tx) =>
        tx.run(`UPDATE "User" SET "role" = 'USER' WHERE "address" = ?`, [address]),
      );

    test.each<[string, 'settings' | 'limits' | 'breakers' | 'searches' | 'watches' | 'membership', string]>([
      ['config set breaker.failures 9', 'settings', 'set'],
      ['config unset breaker.failures', 'settings', 'unset'],
      [`limits reset ${CY}`, 'limits', 'reset'],
      ['breaker open llm', 'breakers', 'open'],
      ['breaker reset webhook', 'breakers', 'reset'],
      ['audit save mine action:role.*', 'searches', 'save'],
      ['audit drop old', 'searches', 'drop'],
      ['audit watch', 'watches', 'start'],
      ['audit unwatch', 'watches', 'stop'],
      [`whitelist add ${CY}`, 'membership', 'addToWhitelist'],
      [`role promote ${CY}`, 'membership', 'changeRole'],
    ])('one who loses their role in the middle of `%s` changes nothing', async (text, room, method) => {
      await services().settings.set('breaker.failures', '7');
      await services().breakers.open('webhook');
      await services().searches.save(BO, 'old', 'action:role.*');
      if (method === 'stop') await chat.asks(BO, '!audit watch');
      const rooms = services() as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>;
      const does = rooms[room]![method]!.bind(rooms[room]);
      rooms[room]![method] = async (...args) => {
        await demote(BO);
        return does(...args);
      };
      const events = await chat.eventsOf(() => chat.asks(BO, `!${text}`));
      expect(events).toEqual([
        expect.objectContaining({
          action: 'PERMISSION_DENIED',
          outcome: 'denied',
          actorPhone: BO,
          actorName: 'Bo',
          actorRole: 'USER',
        }),
      ]);
      expect(events[0]!.metadata).toContain('"rule":"role"');
    });

    const inverseOf = async (number: number) => {
      await chat.asks(ANA, '!hold');
      const item = (await chat.record.repository.getBySeq(number))!;
      const inverse = await INVERSES.get(item.action)!.make(item, held);
      if (typeof inverse === 'string') throw new Error(inverse);
      return () => inverse.run({ performedBy: held.performer, undoes: number });
    };

    test('the second takes nothing back that the first has changed meanwhile', async () => {
      const { settings, identities, membership, searches } = services();
      const performedBy = { person: await services().people.find(ANA), context: { actor: { phone: ANA } } };
      const races: [() => Promise<{ case: number }>, () => Promise<unknown>, () => Promise<unknown>][] = [
        [
          () => settings.set('breaker.failures', '9'),
          () => settings.set('breaker.failures', '8'),
          async () => settings.state('breaker.failures').value,
        ],
        [
          () => settings.set('limits.user', '7/1m'),
          () => settings.unset('limits.user'),
          async () => settings.state('limits.user').isDefault,
        ],
        [() => identities.link(LID, CY), () => identities.link(LID, DEE), () => identities.phoneOf(LID)],
        [() => identities.link(LID, CY), () => identities.unlink(LID), () => identities.phoneOf(LID)],
        [
          () => searches.save(ANA, 'mine', 'action:a', { performedBy }),
          () => searches.save(ANA, 'mine', 'action:b'),
          () => searches.list(ANA),
        ],
        [
          () => searches.drop(ANA, 'mine', { performedBy }),
          () => searches.save(ANA, 'mine', 'action:c'),
          () => searches.list(ANA),
        ],
        [
          () => membership.addToWhitelist(CY),
          () => membership.removeFromWhitelist(CY),
          async () => (await services().people.find(CY)).isListed,
        ],
        [
          () => membership.deactivate(CY),
          () => membership.activate(CY),
          async () => (await services().people.find(CY)).isActive,
        ],
        [
          async () => {
            await membership.addToWhitelist(CY);
            return membership.switchWhitelist(true);
          },
          () => membership.switchWhitelist(false),
          async () => membership.isWhitelistOn(),
        ],
        [
          () => membership.promoteToOperator(CY),
          () => membership.promoteToAdmin(CY),
          async () => (await services().people.find(CY)).role,
        ],
      ];
      for (const [act, other, state] of races) {
        const { case: number } = await act();
        const takeBack = await inverseOf(number);
        await other();
        const left = await state();
        expect(await failureOf(takeBack())).toMatchObject({
          code: expect.stringMatching(/^(MOVED_ON|ALREADY_SO)$/),
        });
        expect(await state()).toEqual(left);
      }
    });

    test('only one takes the same case back', async () => {
      const { case: number } = await services().settings.set('breaker.failures', '9');
      const [one, two] = [await inverseOf(number), await inverseOf(number)];
      await one();
      expect(await failureOf(two())).toMatchObject({ code: 'MOVED_ON' });
    });
  },
  { migrated: true },
);
