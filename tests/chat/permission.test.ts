import { beforeEach, describe, expect, test } from '@jest/globals';
import { builtInCommands } from '../../src/chat/commands/index.js';
import type { Chat as Place } from '../../src/chat/message.js';
import { seconds, thoseFrom, whoMayRun } from '../../src/chat/permission.js';
import { freshSqlite } from '../support/databases.js';
import { ANA, BO, type Chat, CY, openChat } from './support/chat.js';

const DIRECT: Place = { id: 'direct', isGroup: false };

describe('permission', () => {
  let chat: Chat;
  beforeEach(async () => {
    chat = await openChat({ database: await freshSqlite() });
    await chat.give(BO, 'ADMIN', 'Bo');
  });
  const explain = async (address: string, name: string, place = DIRECT) => {
    const { permission, people, commands } = chat.bot.services;
    return permission.explain(await people.find(address), commands.named(name)!, place);
  };
  const rules = async (address: string, name: string) =>
    (await explain(address, name)).steps.map(({ rule, passed }) => (passed ? rule : `not ${rule}`));

  test('is asked rule by rule, in order, until one says no', async () => {
    expect(await rules(BO, 'config set')).toEqual(['active', 'whitelist', 'limit', 'role']);
    expect(await rules(CY, 'whitelist add')).toEqual(['active', 'whitelist', 'limit', 'not role']);
    await chat.bot.services.membership.addToWhitelist(BO);
    await chat.bot.services.membership.switchWhitelist(true);
    expect(await rules(CY, 'help')).toEqual(['active', 'not whitelist']);
    expect(await rules(ANA, 'help')).toEqual(['active', 'whitelist', 'limit', 'role']);
    await chat.bot.services.membership.deactivate(BO);
    expect(await rules(BO, 'help')).toEqual(['not active']);
  });

  test('says by which values it was decided, and who could', async () => {
    const { rule, steps, whoCould } = await explain(CY, 'whitelist add');
    expect([rule, whoCould]).toEqual(['role', 'Admins and owners may.']);
    expect(steps.map(({ value }) => value)).toEqual([
      'active',
      'off',
      'within the limits',
      'USER; it takes ADMIN',
    ]);
  });

  test('that is only asked about uses nothing up', async () => {
    await chat.bot.services.settings.set('limits.user', '1/1m burst 1');
    for (let count = 0; count < 5; count++) expect((await explain(CY, 'help')).allowed).toBe(true);
    await chat.asks(CY, '!help');
    expect(await explain(CY, 'help')).toMatchObject({ allowed: false, rule: 'limit' });
  });

  test('is told in whole sentences', () => {
    for (const command of builtInCommands)
      expect([command.name, whoMayRun(command)]).toEqual([
        command.name,
        expect.stringMatching(/^[A-Z][^.]+ may\.( [A-Z][^.]+\.)*$/),
      ]);
  });

  test('names whoever may, and waits in words', () => {
    expect([thoseFrom('USER'), thoseFrom('OPERATOR'), thoseFrom('OWNER')]).toEqual([
      'Everybody',
      'Operators, admins and owners',
      'Owners',
    ]);
    expect([seconds(1), seconds(1500), seconds(120_000), seconds(7_200_000)]).toEqual([
      'a second',
      '2 seconds',
      '2 minutes',
      '2 hours',
    ]);
  });
});
