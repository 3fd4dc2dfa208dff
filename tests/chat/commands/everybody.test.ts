import { beforeEach, describe, expect, test } from '@jest/globals';
import { freshSqlite } from '../../support/databases.js';
import { ANA, BO, type Chat, CY, openChat } from '../support/chat.js';

/** The commands that an overview names. */
function named(overview: string): string[] {
  return [...overview.matchAll(/^`!([^`]+)` (.*)$/gm)].flatMap(([, word, said]) =>
    said!.includes(' · ') ? said!.split(' · ').map((second) => `${word} ${second}`) : [word!],
  );
}

describe('what everybody may ask', () => {
  let chat: Chat;
  beforeEach(async () => {
    chat = await openChat({ database: await freshSqlite() });
    await chat.give(BO, 'OPERATOR', 'Bo');
  });

  describe('help', () => {
    test('shows each what they may run, and what needs a direct chat', async () => {
      const [own, operators, strangers] = [
        await chat.asks(ANA, '!help'),
        await chat.asks(BO, '!help'),
        await chat.asks(CY, '!help'),
      ];
      for (const { name, role } of chat.bot.services.commands.all) {
        expect(named(own)).toContain(name);
        expect(named(operators).includes(name)).toBe(role === 'USER' || role === 'OPERATOR');
        expect(named(strangers).includes(name)).toBe(role === 'USER');
      }
    });

    test('fits a phone: those of a family stand on one line', async () => {
      const text = await chat.asks(ANA, '!help');
      expect(text).toContain('\n`!role` list · show · why · promote · demote · link\n');
      expect(text.split('\n').length).toBeLessThan(30);
      expect(text).toContain('`!help audit` says what each is for, `!help audit list` how one works.');
    });

    test('of a command shows how it is written, what it does, who may, and examples', async () => {
      const text = await chat.asks(CY, '!help role promote');
      expect(text).toContain('`!role promote <person> [role] [reason:…]`');
      expect(text).toContain('Admins and owners may');
      expect(text).toContain('You are USER, so you may not.');
      for (const example of chat.bot.services.commands.named('role promote')!.examples)
        expect(text).toContain(`\`!${example}\``);
    });

    test('takes the prefix and an alias, a family, and a slip of the finger', async () => {
      expect(await chat.asks(BO, '!help !status')).toContain('`!status`');
      expect(await chat.asks(BO, '!commands')).toContain('You are OPERATOR');
      expect(await chat.asks(BO, '!help role')).toContain('`!role show`');
      expect(await chat.asks(BO, '!help stauts')).toContain('Did you mean !status?');
      expect(await chat.asks(BO, '!help xyzzy')).toContain('Example: `!help`');
    });

    test('has a page for every command there is, each in one message', async () => {
      for (const { name } of chat.bot.services.commands.all) {
        const answers = await chat.says('console:local', `!help ${name}`);
        expect(answers.map(({ text }) => text?.includes(`!${name}`))).toEqual([true]);
      }
    });
  });

  describe('status', () => {
    test('shows how everything is, to operators and not to others', async () => {
      const text = await chat.asks(BO, '!status');
      for (const word of [
        'Up since',
        'Database',
        'Ledger',
        'Spool',
        'Gateway',
        'Breakers',
        'Limits',
        'Retention',
      ])
        expect(text).toContain(`*${word}*: `);
      expect(await chat.asks(CY, '!status')).toContain('You may not run');
    });

    test('answers while the database is away', async () => {
      await chat.asks(BO, '!help');
      const { store } = chat.record;
      const { get } = store.read;
      store.read.get = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
      const text = await chat.asks(BO, '!status');
      store.read.get = get;
      expect(text).toContain('does not answer');
    });
  });

  describe('mydata', () => {
    test('shows what one did and what was done to one, privately, and nobody else’s', async () => {
      const { membership } = chat.bot.services;
      await membership.promoteToOperator(CY);
      await membership.deactivate('+12025550177');
      await chat.asks(CY, '!undo 1');
      await chat.says(CY, '!mydata', { group: 'team' });
      const [private_, group] = chat.gateway.sent.slice(-2);
      expect(private_!.chatId).toBe(`direct:${CY}`);
      expect(group!.chatId).toBe('group:team');
      const text = String(private_!.message.text);
      expect(text.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2);
      expect(text).toContain('OPERATOR');
      expect(text).not.toContain('0177');
      expect((await chat.events()).at(-1)).toMatchObject({ action: 'AUDIT_LOG_VIEWED', actorPhone: CY });
    });

    test('goes on where a page ends', async () => {
      for (const [index, role] of ['OPERATOR', 'USER', 'OPERATOR', 'USER', 'OPERATOR', 'USER'].entries()) {
        if (role === 'USER') await chat.bot.services.membership.demoteToUser(CY);
        else await chat.bot.services.membership.promoteToOperator(CY);
        if (index % 2 === 0) await chat.bot.services.membership.addToWhitelist(CY);
        else await chat.bot.services.membership.removeFromWhitelist(CY);
      }
      const first = await chat.asks(CY, '!mydata');
      const next = /!mydata before:\d+/.exec(first)![0];
      const second = await chat.asks(CY, next);
      const numbers = `${first}\n${second}`.match(/^#\d+(?= ·)/gm)!;
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers.length).toBeGreaterThanOrEqual(12);
    });
  });

  describe('usage and reset', () => {
    test('are one’s own, and of others for operators', async () => {
      expect(await chat.asks(CY, '!usage')).toContain('No assistant');
      expect(await chat.asks(CY, `!usage ${ANA}`)).toContain('your own only');
      expect(await chat.asks(BO, `!usage ${ANA} 7d`)).toContain('No assistant');
      const last = (await chat.events()).at(-1);
      expect(last).toMatchObject({
        action: 'USAGE_QUERY',
        entityId: expect.any(String),
        metadata: '{"period":"7d"}',
      });
    });

    test('say that there is nothing to clear, which is one event', async () => {
      const events = await chat.eventsOf(() => chat.asks(CY, '!reset'));
      expect(events.map(({ action, outcome, error }) => [action, outcome, error])).toEqual([
        ['CONVERSATION_RESET', 'failure', 'NOTHING_REMEMBERED'],
      ]);
    });
  });
});
