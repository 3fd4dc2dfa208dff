import { beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Person } from '../../src/access/person.js';
import { assistantPersonalData } from '../../src/assistant/personalData.js';
import { Budgets, type Reservation } from '../../src/assistant/usage/budgets.js';
import type { Database } from '../../src/config/database.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { readEntries } from '../support/record.js';
import { openRooms } from './rooms.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const LID = 'lid:100200300';
const DAY = 86_400_000;

const person = (address: string, role: Person['role'] = 'USER'): Person => ({
  id: null,
  address,
  name: null,
  role,
  isActive: true,
  isListed: false,
});

const performer = (address: string) => ({
  person: person(address),
  context: { actor: { phone: address }, channel: 'whatsapp', chatId: 'here' } as const,
});

describeOnBothDatabases(
  'what the assistant remembers',
  (fresh) => {
    let database: Database;
    let rooms: Awaited<ReturnType<typeof openRooms>>;
    beforeEach(async () => {
      database = await fresh();
      rooms = await openRooms(database);
    });
    const set = (key: string, value: string) => rooms.settings.set(key, value, {});
    const say = (asked: string, who = ANA, chat = 'direct') =>
      rooms.conversations.remember(who, chat, { asked, answered: `so ${asked}` });
    const asked = async (who: string | readonly string[] = ANA, chat = 'direct') =>
      (await rooms.conversations.recall([who].flat(), chat)).map((turn) => turn.asked);
    const stored = (table = 'ConversationTurn') => rooms.record.store.read.all(`SELECT * FROM "${table}"`);

    test('is of one person in one chat, oldest first', async () => {
      for (const text of ['one', 'two', 'three']) await say(text);
      await say('in a group', ANA, 'team');
      await say('another', BO);
      expect(await asked()).toEqual(['one', 'two', 'three']);
      expect(await asked(ANA, 'team')).toEqual(['in a group']);
      expect(await asked(BO)).toEqual(['another']);
      expect(await asked(BO, 'team')).toEqual([]);
      expect((await rooms.conversations.recall([ANA], 'direct'))[0]).toEqual(
        expect.objectContaining({ asked: 'one', answered: 'so one' }),
      );
    });

    test('is no more turns than the setting says, also in the database', async () => {
      await set('assistant.turns', '2');
      for (const text of ['one', 'two', 'three']) await say(text);
      expect(await asked()).toEqual(['two', 'three']);
      expect(await stored()).toHaveLength(2);
      await set('assistant.turns', '0');
      expect(await asked()).toEqual([]);
      await say('four');
      expect(await stored()).toEqual([]);
    });

    test('is no more bytes than the setting says, counted as UTF-8; a turn that is too large is not kept', async () => {
      await set('assistant.memory', '40');
      for (const text of ['aaaaaaaa', 'éééé', 'cc']) await say(text);
      expect(await asked()).toEqual(['éééé', 'cc']);
      expect(await stored()).toHaveLength(2);
      await say('x'.repeat(100));
      expect(await stored()).toEqual([]);
    });

    test('is forgotten after a time, of everybody, when somebody writes', async () => {
      await say('old');
      await say('old as well', BO);
      await rooms.clock.advance(7 * DAY + 1);
      expect(await asked()).toEqual([]);
      await say('new');
      expect(await stored()).toMatchObject([{ asked: 'new' }]);
    });

    test('goes on where a LID has become a phone', async () => {
      await say('as a LID', LID);
      await say('as a phone');
      expect((await asked([ANA, LID])).sort()).toEqual(['as a LID', 'as a phone']);
    });

    test('takes what a database does not', async () => {
      await say('a\0b \ud800 c😀');
      expect(await asked()).toEqual(['a\ufffdb \ufffd c😀']);
    });

    test('is cleared in all chats, by one event that holds nothing of it', async () => {
      await rooms.identities.link(LID, ANA);
      await say('my secret');
      await say('my other secret', ANA, 'team');
      await say('as a LID', LID);
      await say('not mine', BO);
      const { case: number, turns } = await rooms.conversations.reset(person(ANA), performer(ANA));
      expect(turns).toBe(3);
      expect(await stored()).toMatchObject([{ asked: 'not mine' }]);
      const entry = (await readEntries(database)).at(-1)!;
      expect(entry.public).toMatchObject({ seq: number, action: 'CONVERSATION_RESET', outcome: 'success' });
      expect(entry.rest).toMatchObject({
        entityId: ANA,
        before: '{"turns":3}',
        after: '{"turns":0}',
        chatId: 'here',
      });
      expect(JSON.stringify(entry)).not.toContain('secret');
      expect(await failureOf(rooms.conversations.reset(person(ANA), performer(ANA)))).toMatchObject({
        code: 'NOTHING_REMEMBERED',
      });
    });

    test('is cleared by others only where they are operators at that moment, whatever they were when they asked', async () => {
      await say('mine');
      const asOperator = { ...performer(BO), person: person(BO, 'OPERATOR') };
      expect(await failureOf(rooms.conversations.reset(person(ANA), asOperator))).toMatchObject({
        rule: 'role',
      });
      expect(await stored()).toHaveLength(1);
    });

    test('and all else that is kept of a person is found and erased, by any of their addresses', async () => {
      await rooms.identities.link(LID, ANA);
      const budgets = new Budgets({
        ...rooms,
        log: pino({ level: 'silent' }),
        price: { input: 1_000_000, output: 1_000_000 },
        currency: 'EUR',
      });
      const use = async (who: string) => {
        const reserved = (await budgets.reserve(who, [who], { input: 5, output: 5 })) as Reservation;
        await budgets.settle(reserved, { input: 3, output: 4 });
      };
      for (const who of [ANA, LID, BO]) {
        await say('something', who);
        await say('something', who, 'team');
        await use(who);
        await rooms.notices.once('no-assistant', who);
      }
      await budgets.reserve(LID, [LID, ANA], { input: 5, output: 5 });
      const data = assistantPersonalData(rooms);
      const all = { from: '2000-01-01', to: '2999-12-31' };
      const before = await rooms.usage.ofAll(all);
      for (const address of [ANA, LID]) expect(await data.find({ addresses: [address] })).toBe(9);

      expect(await data.erase({ addresses: [LID] })).toEqual({ count: 9 });
      for (const table of ['ConversationTurn', 'AssistantUsage', 'AssistantReservation', 'AssistantNotice']) {
        const text = JSON.stringify(await stored(table), (_, value) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        expect(text).not.toContain(ANA);
        expect(text).not.toContain(LID);
      }
      // What it cost goes on to count, and others keep what is theirs.
      expect(await rooms.usage.ofAll(all)).toEqual(before);
      expect(await data.find({ addresses: [BO] })).toBe(4);
      expect(await data.find({ addresses: [ANA] })).toBe(0);
      expect(await data.erase({ addresses: [ANA] })).toEqual({ count: 0 });
      expect(await data.erase({ addresses: [] })).toEqual({ count: 0 });
      expect(await rooms.usage.most(all, 5)).toMatchObject([{ address: BO }]);
    });
  },
  { migrated: true },
);
