import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  createTestBot,
  defineAction,
  defineCommand,
  defineSetting,
  say,
  type TestBot,
  type TestBotOptions,
  UnexpectedAnswer,
  word,
} from './doors.js';

const ANA = '+12025550100';
const BO = '+12025550101';

const open: { close(): Promise<void> }[] = [];
const newBot = async (options: TestBotOptions = {}): Promise<TestBot> => {
  const bot = await createTestBot(options);
  open.push(bot);
  return bot;
};
afterEach(async () => {
  for (const bot of open.splice(0)) await bot.close();
});

describe('a test bot', () => {
  test('lets people talk to the whole bot, and shows what came of it', async () => {
    const bot = await newBot();
    const ana = bot.user(ANA, { role: 'OWNER', name: 'Ana' });
    const bo = bot.user(BO, { name: 'Bo' });
    await bo.says('!role list').replies(/You may not run/);
    await ana.says(`!role promote ${BO}`).replies(/Bo/, 'OPERATOR');
    await bo.says('!role list').replies(/Ana/);
    expect(bo.received.join('\n')).toMatch(/made you \*OPERATOR\*/);
    expect((await bot.events('action:ROLE_CHANGE actor:+12025550100')).map(({ after }) => after)).toEqual([
      '{"role":"OPERATOR"}',
    ]);
    expect((await bot.verify()).verdict).toBe('intact');
  });

  test('makes people what a test wants them to be without an event', async () => {
    const bot = await newBot();
    const before = (await bot.events()).length;
    bot.user(ANA, { role: 'ADMIN', listed: true });
    bot.user(BO, { active: false });
    expect(await bot.services.people.find(ANA)).toMatchObject({ role: 'USER' });
    expect(await bot.events()).toHaveLength(before);
    expect(await bot.services.people.find(ANA)).toMatchObject({ role: 'ADMIN', isListed: true });
    expect(await bot.services.people.find(BO)).toMatchObject({ isActive: false });
  });

  test('has an owner from the start, who can be told', async () => {
    const bot = await newBot({ owners: [ANA, BO] });
    expect(bot.owner.address).toBe(ANA);
    await bot.owner.says('!role list').replies(/OWNER.* \(2\)/);
  });

  test("shows and sets a host's own setting, and leaves an event", async () => {
    const patience = defineSetting({
      key: 'orders.patience',
      meaning: 'How many reminders an order gets.',
      default: 3,
      example: '5',
      rule: 'a whole number from 0 to 9',
      schema: z.string().regex(/^\d$/).transform(Number),
    });
    const bot = await newBot({ settings: [patience] });
    await bot.owner.says('!config set orders.patience 12').replies(/whole number from 0 to 9/, '5');
    await bot.owner.says('!config set orders.patience 5').replies('5');
    expect(bot.services.settings.get(patience)).toBe(5);
    expect(await bot.events('action:CONFIG_CHANGE outcome:success')).toHaveLength(1);
  });

  test('knows groups, mentions and answers to messages', async () => {
    const bot = await newBot();
    const bo = bot.user(BO, { name: 'Bo' });
    await bo.in('Team').says('I am new').staysUnanswered();
    const { owner } = bot;
    await owner.in('Team').says('!role promote', { replyTo: bo }).replies('OPERATOR');
    await owner
      .in('Team')
      .says('!role promote @Bo', { mentions: [bo] })
      .replies('ADMIN');
    expect(await bot.services.people.find(BO)).toMatchObject({ role: 'ADMIN' });
  });

  test('hands over the code of what has to be confirmed', async () => {
    const bot = await newBot();
    const { code } = await bot.owner.says(`!role promote ${BO} owner`).replies('confirm');
    await bot.owner.says(`!confirm ${code}`).replies(/OWNER/);
    expect((await bot.owner.says('!help')).code).toBeNull();
  });

  test('a message that comes twice runs once, and one that was edited never', async () => {
    const bot = await newBot();
    await bot.owner.says(`!role promote ${BO}`).replies('OPERATOR');
    await bot.owner.repeats(`!role promote ${BO}`).staysUnanswered();
    await bot.owner.edits(`!role promote ${BO} admin`);
    expect(await bot.services.people.find(BO)).toMatchObject({ role: 'OPERATOR' });
    expect((await bot.events('action:COMMAND_IGNORED')).length).toBe(1);
  });

  test('time stands still until it is told to go on', async () => {
    const now = Date.UTC(2031, 0, 1);
    const bot = await newBot({ now });
    const { code } = await bot.owner.says(`!role promote ${BO} owner`);
    await bot.advance(3 * 60_000);
    expect(bot.clock.now()).toBe(now + 180_000);
    await bot.owner.says(`!confirm ${code}`).replies(/./);
    expect(await bot.services.people.find(BO)).toMatchObject({ role: 'USER' });
  });

  test('a wrong expectation shows what was said instead', async () => {
    const bot = await newBot();
    const failure = await bot.owner
      .says('!status')
      .replies(/no such thing/)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnexpectedAnswer);
    expect(`${failure}`).toMatch(
      /"!status" was answered with:[\s\S]*Record[\s\S]*Expected: \/no such thing\//,
    );
    await expect(bot.owner.says('…').replies(/x/)).rejects.toThrow(/"…" was not answered/);
    await expect(bot.owner.says('!status').staysUnanswered()).rejects.toThrow(/Expected: no answer/);
    await expect(bot.events('outcom:denied')).rejects.toThrow(/Did you mean "outcome"/);
    await bot.owner.says('!status').replies();
  });

  test('everything said at once is answered one after the other', async () => {
    const bot = await newBot();
    const said = ['!help', '!role list', '!status'].map((text) => bot.owner.says(text));
    const answers = await Promise.all(said);
    expect(answers.map(({ texts }) => texts.length)).toEqual([1, 1, 1]);
  });

  test("runs a host's own commands and records a host's own actions", async () => {
    const doorOpened = defineAction({
      name: 'DOOR_OPENED',
      category: 'ADMIN',
      verb: 'EXECUTE',
      entityType: 'door',
      severity: 'notice',
      delivery: 'strict',
      description: 'A door was opened',
      payload: z.object({ door: z.string() }),
      event: ({ door }) => ({ entityId: door, description: `The door ${door} was opened` }),
    });
    const bot = await createTestBot({
      actions: [doorOpened],
      commands: (record) => [
        defineCommand({
          name: 'open',
          group: 'Bot',
          summary: 'Opens a door',
          role: 'OPERATOR',
          args: { door: word() },
          leaves: { changes: 'DOOR_OPENED' },
          examples: ['open front'],
          handle: async ({ performer }, { door }) => {
            const { seq } = await record.logger.transact((_, log) =>
              log('DOOR_OPENED', { door }, performer.context),
            );
            return { text: say`${door} is open. Case #${seq}.`, reaction: '\u{1f6aa}' };
          },
        }),
      ],
    });
    open.push(bot);
    const ana = bot.user(ANA, { role: 'OPERATOR', name: 'Ana' });
    const { reactions } = await ana.says('!open "front door"').replies(/front door is open. Case #\d+/);
    expect(reactions).toEqual(['\u{1f6aa}']);
    await bot
      .user(BO)
      .says('!open back')
      .replies(/You may not/);
    expect((await bot.events('action:DOOR_OPENED')).map(({ actorName }) => actorName)).toEqual(['Ana']);
  });

  test('refuses what is no address', async () => {
    const bot = await newBot({ env: { REEVE_COUNTRY: 'DE' } });
    expect(() => bot.user('nobody')).toThrow(/nobody's address/);
    expect(bot.user('030 23125 001').address).toBe('+493023125001');
  });

  test('leaves nothing behind', async () => {
    const bot = await createTestBot();
    const { dataDir } = bot.services.config;
    await bot.owner.says('!status');
    expect(existsSync(dataDir)).toBe(true);
    await bot.close();
    expect(existsSync(dataDir)).toBe(false);
    expect(bot.clock.pending).toBe(0);
  });
});
