import { beforeEach, expect, test } from '@jest/globals';
import { optional, person, word } from '../../src/chat/argument.js';
import { type Command, defineCommand } from '../../src/chat/command.js';
import { say } from '../../src/chat/text.js';
import type { Database } from '../../src/config/database.js';
import { UserError } from '../../src/config/userError.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { ANA, BO, type Chat, type ChatOptions, CY, DEE, openChat } from './support/chat.js';

const MINUTE = 60_000;

/** Changes something, and can be told to fail before or after that. */
const mark = defineCommand({
  name: 'mark',
  group: 'Order',
  summary: 'Marks somebody',
  role: 'ADMIN',
  leaves: { changes: 'CONFIG_CHANGE' },
  args: { person: person(), how: optional(word()) },
  examples: ['mark +12025550101'],
  handle: async ({ services, performer, show }, { person: who, how }) => {
    if (how === 'badly')
      throw new UserError({ code: 'MARKED_BADLY', message: 'That is no mark.', hint: 'One.\nTwo.' });
    if (how === 'buggy') throw new Error(`a bug about ${who.address}`);
    if (how === 'wrongly')
      await services.record.logger.transact((_, log) => log('CONFIG_CHANGE', JSON.parse('{"key":7}')));
    if (how === 'away') throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    const { case: number } = await services.settings.set('breaker.failures', how ?? '7', performer);
    if (how === '8') throw new Error('after the change');
    return {
      text: say`${show(who)} is marked as #${number}.`,
      tell: [{ to: who.address, text: say`You are marked.` }],
    };
  },
});

const seal = defineCommand({
  name: 'seal',
  group: 'Order',
  summary: 'Seals it',
  role: 'ADMIN',
  leaves: { changes: 'CONFIG_CHANGE' },
  args: { value: word() },
  examples: ['seal 9'],
  confirm: async ({ services }, { value }) =>
    say`It will be ${value} (is ${services.settings.state('breaker.failures').shown}).`,
  handle: async ({ services, performer }, { value }) => {
    const { case: number } = await services.settings.set('breaker.failures', value, performer);
    return { text: say`Sealed as #${number}.` };
  },
});

const simple = (name: string, more: Partial<Command>): Command => ({
  ...defineCommand({
    name,
    group: 'Bot',
    summary: `Does ${name}`,
    role: 'USER',
    leaves: 'nothing',
    args: {},
    examples: [name],
    handle: async () => ({ text: say`done` }),
  }),
  ...more,
});

const file = { name: 'list.csv', mime: 'text/csv', bytes: Buffer.from('a,b') };

const commands: readonly Command[] = [
  mark as unknown as Command,
  seal as unknown as Command,
  simple('peek', {
    role: 'ADMIN',
    leaves: { reads: 'AUDIT_LOG_VIEWED' },
    handle: async () => ({ text: say`3 rows`, rows: 3 }),
  }),
  simple('whisper', { handle: async () => ({ text: say`a secret`, isPrivate: true }) }),
  simple('closet', { isDirectOnly: true }),
  simple('paper', { handle: async () => ({ text: say`here it is`, document: file, reaction: '✅' }) }),
  simple('book', {
    handle: async () => ({ text: say`${'line '.repeat(190)}\n${'x '.repeat(400)}`, document: file }),
  }),
  simple('mute', { handle: async () => ({}) }),
  simple('crash', { handle: async () => Promise.reject(new Error('a bug')) }),
];

describeOnBothDatabases(
  'a message',
  (fresh) => {
    let database: Database;
    let chat: Chat;
    const open = async (options: Partial<ChatOptions> = {}) => {
      chat = await openChat({ database, commands, ...options });
      await chat.give(BO, 'ADMIN', 'Bo');
      return chat;
    };
    beforeEach(async () => {
      database = await fresh();
      await open();
    });
    const eventsOf = async (from: string, text: string, more = {}) =>
      chat.eventsOf(() => chat.asks(from, text, more));

    test('that changes something leaves one event with who, whom, what and the message', async () => {
      const [event, ...others] = await eventsOf(BO, '!mark +12025550102', { key: 'the-key', group: 'team' });
      expect(others).toEqual([]);
      expect(event).toMatchObject({
        action: 'CONFIG_CHANGE',
        outcome: 'success',
        actorPhone: BO,
        actorName: 'Bo',
        actorRole: 'ADMIN',
        chatId: 'group:team',
        messageKey: 'the-key',
        channel: 'whatsapp',
        before: '{"breaker.failures":"5"}',
        after: '{"breaker.failures":"7"}',
      });
      expect(
        chat.gateway.sent.map(({ chatId, message }) => [
          chatId,
          message.text,
          message.quotes,
          message.isUnasked,
        ]),
      ).toEqual([
        ['group:team', '+1•••••102 is marked as #2.', 'the-key', undefined],
        [`direct:${CY}`, 'You are marked.', undefined, true],
      ]);
    });

    test.each<[string, string, string, RegExp]>([
      [
        'a mistake in what it takes',
        '!mark',
        'MISSING_ARGUMENT',
        /<person> is missing\.\nIt is written: !mark <person> \[how\]\nExample: `!mark \+12025550101`/,
      ],
      [
        'a mistake it finds itself',
        '!mark +12025550102 badly',
        'MARKED_BADLY',
        /That is no mark\.\nOne\.\nTwo\./,
      ],
      ['a database that goes away', '!mark +12025550102 away', 'DATABASE_AWAY', /nothing was changed/],
      ['a bug', '!mark +12025550102 buggy', 'BUG', /Sorry.*#2/],
      ['an event that its action does not take', '!mark +12025550102 wrongly', 'BUG', /^Sorry.*#2\.$/],
    ])(
      'that fails for %s leaves one event as well, and an answer that helps',
      async (_, text, error, answer) => {
        let said = '';
        const events = await chat.eventsOf(async () => {
          said = await chat.asks(BO, text);
        });
        expect(said).toMatch(answer);
        expect(said).not.toContain('a bug about');
        expect(events).toEqual([
          expect.objectContaining({
            action: 'CONFIG_CHANGE',
            outcome: 'failure',
            error: expect.stringContaining(error),
          }),
        ]);
      },
    );

    test('whose change was made before something else failed leaves no second event', async () => {
      const events = await eventsOf(BO, '!mark +12025550102 8');
      expect(events).toEqual([expect.objectContaining({ action: 'CONFIG_CHANGE', outcome: 'success' })]);
    });

    test('that is refused leaves one event that names rule and command, and an answer that teaches', async () => {
      let said = '';
      const events = await chat.eventsOf(async () => {
        said = await chat.asks(CY, '!mark +12025550101');
      });
      expect(said).toBe('You may not run `!mark`: you are USER.\nAdmins and owners may.');
      expect(events).toEqual([
        expect.objectContaining({
          action: 'PERMISSION_DENIED',
          outcome: 'denied',
          actorPhone: CY,
          entityId: 'mark',
          metadata: '{"command":"mark","rule":"role"}',
        }),
      ]);
    });

    test('that a rule of roles refuses names whom it was about', async () => {
      await chat.give(DEE, 'ADMIN');
      const [event, ...others] = await eventsOf(BO, `!role demote ${DEE}`);
      expect(others).toEqual([]);
      expect(event).toMatchObject({ action: 'PERMISSION_DENIED', outcome: 'denied' });
      expect(JSON.parse(event!.metadata!)).toMatchObject({ command: 'role demote', target: DEE });
    });

    test('of somebody who is deactivated gets no answer, and is one event', async () => {
      await chat.bot.services.membership.deactivate(CY);
      let said = 'something';
      const events = await chat.eventsOf(async () => {
        said = await chat.asks(CY, '!help');
      });
      expect(said).toBe('');
      expect(events).toEqual([
        expect.objectContaining({
          action: 'PERMISSION_DENIED',
          metadata: expect.stringContaining('"active"'),
        }),
      ]);
    });

    test('of somebody outside of the whitelist is told so once a minute; owners are always let in', async () => {
      await chat.bot.services.membership.addToWhitelist(BO);
      await chat.bot.services.membership.switchWhitelist(true);
      expect(await chat.asks(CY, '!help')).toContain('whitelist');
      expect(await chat.asks(CY, '!help')).toBe('');
      await chat.clock.advance(MINUTE);
      expect(await chat.asks(CY, '!help')).toContain('whitelist');
      expect(await chat.asks(BO, '!help')).toContain('ADMIN');
      expect(await chat.asks(ANA, '!help')).toContain('OWNER');
    });

    test('of many is answered until the limit, then politely once, then not at all; the flood is two events', async () => {
      await chat.bot.services.settings.set('limits.user', '3/1m burst 3');
      const answers: string[] = [];
      const events = await chat.eventsOf(async () => {
        for (let count = 0; count < 8; count++) answers.push(await chat.asks(CY, '!mute me'));
        await chat.clock.advance(MINUTE);
      });
      expect(answers.slice(0, 3).every((answer) => answer.includes('more than this takes'))).toBe(true);
      expect(answers[3]).toMatch(/^You ask more than I may answer .* Try again in 20 seconds\.$/);
      expect(answers.slice(4)).toEqual(['', '', '', '']);
      expect(events.map(({ action }) => action)).toEqual(['RATE_LIMIT_VIOLATION', 'RATE_LIMIT_VIOLATION']);
      expect(events[1]!.metadata).toContain('"suppressed":4');
    });

    test('that must be confirmed is done once the code comes, by the same person in the same chat', async () => {
      let preview = '';
      const asked = await chat.eventsOf(async () => {
        preview = await chat.asks(BO, '!seal 9');
      });
      expect(asked).toEqual([]);
      expect(preview).toContain('It will be 9 (is 5).');
      const code = /!confirm (\d{6})/.exec(preview)![1]!;
      expect(await chat.asks(BO, `!confirm ${code}`, { group: 'team' })).toContain(
        'Nothing waits for that code here',
      );
      expect(await chat.asks(ANA, `!confirm ${code}`)).toContain('Nothing waits for that code here');
      let said = '';
      const events = await chat.eventsOf(async () => {
        said = await chat.asks(BO, `!confirm ${code}`, { key: 'the-confirming' });
      });
      expect(said).toMatch(/^Sealed as #\d+\.$/);
      expect(events).toEqual([
        expect.objectContaining({
          action: 'CONFIG_CHANGE',
          outcome: 'success',
          messageKey: 'the-confirming',
        }),
      ]);
      await chat.clock.advance(MINUTE);
      const again = await chat.eventsOf(async () => {
        expect(await chat.asks(BO, `!confirm ${code}`)).toContain('A code works once');
      });
      expect(again.map(({ action, metadata }) => [action, metadata])).toEqual([
        ['PERMISSION_DENIED', '{"command":"confirm","rule":"confirmation"}'],
      ]);
    });

    test('is not confirmed blindly: what has changed meanwhile is asked again', async () => {
      const code = /!confirm (\d{6})/.exec(await chat.asks(BO, '!seal 9'))![1]!;
      await chat.bot.services.settings.set('breaker.failures', '6');
      let said = '';
      const events = await chat.eventsOf(async () => {
        said = await chat.asks(BO, `!confirm ${code}`);
      });
      expect(said).toContain('Nothing was done');
      expect(events).toEqual([
        expect.objectContaining({
          action: 'CONFIG_CHANGE',
          outcome: 'failure',
          error: 'CONFIRMED_SOMETHING_ELSE',
        }),
      ]);
    });

    test('is not confirmed by somebody who has lost the role meanwhile', async () => {
      const code = /!confirm (\d{6})/.exec(await chat.asks(BO, '!seal 9'))![1]!;
      await chat.bot.services.membership.demoteToUser(BO);
      const events = await chat.eventsOf(async () => {
        expect(await chat.asks(BO, `!confirm ${code}`)).toContain('You may not run');
      });
      expect(events.map(({ action, entityId }) => [action, entityId])).toEqual([
        ['PERMISSION_DENIED', 'seal'],
      ]);
    });

    test('that reads the record leaves an event with the number of rows', async () => {
      const [event] = await eventsOf(BO, '!peek');
      expect(event).toMatchObject({
        action: 'AUDIT_LOG_VIEWED',
        metadata: '{"query":"peek","rows":3}',
        actorPhone: BO,
      });
    });

    test('is answered in the direct chat where the answer is private, and the group reads so', async () => {
      await chat.says(CY, '!whisper', { group: 'team', key: 'k' });
      expect(chat.gateway.sent.map(({ chatId, message }) => [chatId, message.text])).toEqual([
        [`direct:${CY}`, 'a secret'],
        ['group:team', 'I have sent that to you directly, since not everybody here should read it.'],
      ]);
    });

    test('that belongs into a direct chat is refused in a group', async () => {
      expect(await chat.asks(CY, '!closet', { group: 'team' })).toContain('in a direct chat with me only');
      expect(await chat.asks(CY, '!closet')).toBe('done');
    });

    test('is answered with a file, its words below it, and a reaction', async () => {
      const sent = await chat.says(CY, '!paper', { key: 'k' });
      expect(sent).toEqual([
        { reaction: '✅', quotes: 'k' },
        { document: file, text: 'here it is', quotes: 'k' },
      ]);
    });

    test('with long words and a file is answered in several messages', async () => {
      const sent = await chat.says(CY, '!book');
      expect(sent.map(({ text, document }) => [text === undefined, document === undefined])).toEqual([
        [false, true],
        [true, false],
      ]);
    });

    test('whose answer cannot be handed over leaves an event that quotes nothing', async () => {
      chat.gateway.failNextSend(new Error(`could not send "a secret" to ${CY}`));
      const events = await eventsOf(CY, '!whisper');
      expect(events).toEqual([
        expect.objectContaining({
          action: 'DELIVERY_FAILED',
          outcome: 'failure',
          entityId: CY,
          error: 'Error',
        }),
      ]);
      expect(JSON.stringify(events)).not.toContain('secret');
    });

    test('that meets a bug is answered with a sorry and a number to look for', async () => {
      expect(await chat.asks(CY, '!crash')).toMatch(/^Sorry, .* noted as [0-9a-f]{6}\.$/);
    });

    test('that is no command there is is answered with the nearest; in a group only where there is one', async () => {
      expect(await chat.asks(CY, '!hlep')).toContain('Did you mean `!help`?');
      expect(await chat.asks(CY, '!hlep', { group: 'team' })).toContain('Did you mean `!help`?');
      expect(await chat.asks(CY, '!xyzzy')).toContain('`!help` shows those there are');
      expect(await chat.asks(CY, '!important', { group: 'team' })).toBe('');
      expect(await chat.asks(CY, '!!!')).toBe('');
      expect(await chat.asks(BO, '!role')).toContain('`!role` takes one more word: list, show');
      expect(await chat.asks(BO, '!role xyzzy')).toContain('There is no `!role xyzzy`. After `!role` comes');
    });

    test('that came too late is an event and is not answered', async () => {
      let said = 'something';
      const events = await chat.eventsOf(async () => {
        said = await chat.asks(BO, '!mark me', { at: chat.clock.now() - 3 * MINUTE });
      });
      expect(said).toBe('');
      expect(events).toEqual([
        expect.objectContaining({
          action: 'COMMAND_IGNORED',
          outcome: 'ignored',
          entityId: 'mark',
          actorPhone: BO,
        }),
      ]);
    });

    test('is a command however a phone writes it', async () => {
      for (const text of ['!mark', '! mark', '!MARK', '\u200e!mark', '  !mark']) {
        const events = await chat.eventsOf(() => chat.asks(CY, text));
        await chat.clock.advance(MINUTE);
        expect(events.map(({ entityId }) => entityId)).toEqual(['mark']);
      }
    });

    test('is taken by the prefix that is set', async () => {
      await chat.bot.services.settings.set('chat.prefix', '/');
      expect(await chat.asks(CY, '!help')).toContain('I only understand commands here');
      expect(await chat.asks(CY, '!help')).toBe('');
      expect(await chat.asks(CY, '/help')).toContain('`/mydata`');
    });

    test('keeps the name by which somebody with a role is known', async () => {
      await chat.asks(BO, '!help', { name: 'Bob' });
      expect((await chat.bot.services.people.find(BO)).name).toBe('Bob');
      const [event] = await eventsOf(BO, '!mark me', { name: 'Bob' });
      expect(event).toMatchObject({ actorName: 'Bob' });
    });

    test('that could not be claimed changes nothing, and is answered where it would not have', async () => {
      const { store } = chat.record;
      const { transaction } = store;
      store.transaction = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
      const said = [
        await chat.asks(BO, '!mark me'),
        await chat.asks(BO, '!confirm 123456'),
        await chat.asks(CY, '!help'),
      ];
      store.transaction = transaction;
      expect(said[0]).toContain('nothing was changed');
      expect(said[1]).toContain('nothing was changed');
      expect(said[2]).toContain('You are USER');
      const events = await chat.events();
      expect(events.filter(({ action }) => action === 'CONFIG_CHANGE')).toEqual([
        expect.objectContaining({ outcome: 'failure', error: 'DATABASE_AWAY' }),
      ]);
    });
  },
  { migrated: true },
);
