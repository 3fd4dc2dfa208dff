import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { CommandContext } from '../../../src/chat/command.js';
import { configCommands } from '../../../src/chat/commands/config.js';
import type { Services } from '../../../src/chat/services.js';
import { defineSetting } from '../../../src/settings/setting.js';
import { Settings } from '../../../src/settings/settings.js';
import { createTestBot, type TestBot, type TestUser } from '../../../src/testing/index.js';

let bot: TestBot;
let ana: TestUser;
let bo: TestUser;

beforeAll(async () => {
  bot = await createTestBot();
  ana = bot.user('+12025550100', { role: 'ADMIN', name: 'Ana' });
  bo = bot.user('+12025550101', { role: 'OPERATOR', name: 'Bo' });
});
// Nobody's limit is used by an earlier test.
beforeEach(() => bot.advance(600_000));
afterAll(() => bot.close());

const oneText = async (saying: PromiseLike<{ texts: readonly string[] }>): Promise<string> => {
  const { texts } = await saying;
  expect(texts).toHaveLength(1);
  return texts[0]!;
};

test('an operator sees every setting, and what one is for', async () => {
  const all = await oneText(bo.says('!config'));
  expect(all.split('\n')).toHaveLength(bot.services.settings.list().length + 1);
  expect(all).toContain('*limits.user* `30/1m burst 20`');
  expect(await oneText(bo.says('!config get breaker.pause'))).toBe(
    [
      '*breaker.pause* is `30s`, the default.',
      'How long a failing service is left alone before it is tried again.',
      'It may be a time from 1s to 1d, with ms, s, m, h or d.',
      'Example: `!config set breaker.pause 30s`',
    ].join('\n'),
  );
  expect(await oneText(bo.says('!config get whitelist.enabled'))).toContain(
    'It is changed by `!whitelist on` and `!whitelist off`.',
  );
});

test('an admin sets one and sets it back: each one event, with before and after', async () => {
  const set = await oneText(ana.says('!config set limits.chat 20/1m burst 5 reason:"a flood"'));
  const number = Number(/#(\d+)/.exec(set)?.[1]);
  expect(set).toBe(
    [
      `*limits.chat* is \`20/1m burst 5\`; it was \`120/1m burst 60\`. Case #${number}.`,
      `To take it back: \`!undo ${number}\``,
    ].join('\n'),
  );
  expect(await oneText(bo.says('!config list'))).toContain('*limits.chat* `20/1m burst 5` · set');
  expect(await oneText(bo.says('!config get limits.chat'))).toContain('The default is `120/1m burst 60`.');
  expect(await oneText(ana.says('!config unset limits.chat'))).toContain(
    'has its default again, `120/1m burst 60`; it was `20/1m burst 5`.',
  );
  expect(await bot.events(`action:config_change entity:limits.chat`)).toMatchObject([
    {
      seq: number,
      reason: 'a flood',
      outcome: 'success',
      after: '{"limits.chat":"20/1m burst 5"}',
    },
    { before: '{"limits.chat":"20/1m burst 5"}', after: '{"limits.chat":"120/1m burst 60"}' },
  ]);
});

test('a bad value is answered with the rule and an example, and is a failure in the record', async () => {
  expect(await oneText(ana.says('!config set breaker.timeout 1week'))).toBe(
    [
      'breaker.timeout cannot be set to that: it is not a number and a unit.',
      'It is a time from 100ms to 10m, with ms, s, m, h or d.',
      'Example: `!config set breaker.timeout 30s`',
    ].join('\n'),
  );
  expect(await bot.events('action:config_change entity:breaker.timeout')).toMatchObject([
    { outcome: 'failure', error: 'BAD_SETTING' },
  ]);
  expect(await oneText(ana.says('!config set breaker.timout 1s'))).toContain('Did you mean breaker.timeout?');
  expect(await oneText(ana.says('!config set whitelist.enabled true'))).toContain('Example: `!whitelist on`');
  expect(await oneText(ana.says('!config unset breaker.timeout'))).toContain('has its default already');
});

test('an operator may look and not change', async () => {
  expect(await oneText(bo.says('!config set breaker.failures 9'))).toMatch(/admins and owners/i);
  expect(bot.services.settings.state('breaker.failures').isDefault).toBe(true);
});

test('another prefix counts at once, and the answer says how to go on', async () => {
  const set = await oneText(ana.says('!config set chat.prefix "/"'));
  expect(set).toContain('Commands begin with `/` from now on.');
  expect(set).toMatch(/`\/undo \d+`/);
  // No command any more: whoever writes one the old way is told how they are written, once.
  expect(await oneText(ana.says('!config'))).toContain('`/help` shows what there is');
  expect((await ana.says('!config')).texts).toEqual([]);
  expect(await oneText(ana.says('/config unset chat.prefix'))).toContain(
    'Commands begin with `!` from now on.',
  );
});

test('a secret is shown masked, and its sender told to delete the message', async () => {
  const token = defineSetting({
    key: 'shop.token',
    meaning: 'What the shop is asked with.',
    schema: z.string(),
    default: '',
    rule: 'a text',
    example: 'abc',
    isSecret: true,
  });
  const { record, clock } = bot.services;
  const prefix = bot.services.settings.list().find(({ setting }) => setting.key === 'chat.prefix')!.setting;
  const settings = await Settings.open({ record, definitions: [token, prefix], clock });
  const context = {
    services: { settings } as Partial<Services> as Services,
    performer: { context: { actor: ana.address } },
    prefix: '!',
  } as Partial<CommandContext> as CommandContext;
  const run = async (name: string, values: Record<string, string>) => {
    const command = configCommands.find((one) => one.name === name)!;
    return String((await command.handle(context, { reason: null, ...values })).text);
  };
  expect(await run('config get', { key: 'shop.token' })).toContain('is not set, the default.');
  const set = await run('config set', { key: 'shop.token', value: 'swordfish' });
  expect(set).toContain('*shop.token* is `••••••`; it was not set.');
  expect(set).toContain('Delete your message');
  expect(await run('config list', {})).toContain('*shop.token* `••••••` · set');
  expect(await run('config get', { key: 'shop.token' })).not.toContain('swordfish');
  expect(JSON.stringify(await bot.events())).not.toContain('swordfish');
});
