import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import * as builtIn from '../../src/settings/builtIn.js';
import {
  defineSetting,
  fromStored,
  type SettingDefinition,
  shown,
  toStored,
} from '../../src/settings/setting.js';

const digit = z.string().regex(/^\d$/, 'it is no digit').transform(Number);
const patience: SettingDefinition<number> = {
  key: 'orders.patience',
  meaning: 'How many reminders an order gets.',
  schema: digit,
  default: 3,
  rule: 'a digit',
  example: '5',
};

describe('defineSetting', () => {
  test('gives what is left out', () => {
    expect(defineSetting(patience)).toMatchObject({ isSecret: false, changedBy: [], whenUnreadable: 3 });
    expect(defineSetting(patience).format(4)).toBe('4');
  });

  test.each([
    ['a key of one word', { ...patience, key: 'patience' }],
    ['a key in upper case', { ...patience, key: 'orders.Patience' }],
    ['an example that does not work', { ...patience, example: 'five' }],
    ['a default that cannot be written', { ...patience, default: 12 }],
  ])('refuses %s', (_, definition) => {
    expect(() => defineSetting(definition)).toThrow(TypeError);
  });

  test('a default of another type than what is read does not compile', () => {
    // @ts-expect-error: what is read is a number.
    expect(() => defineSetting({ ...patience, default: 'three' })).toThrow(TypeError);
  });
});

test('a secret is shown masked, and shown as empty where it is empty', () => {
  const token = defineSetting({
    key: 'shop.token',
    meaning: 'What the shop is asked with.',
    schema: z.string(),
    default: '',
    rule: 'a text',
    example: 'abc',
    isSecret: true,
  });
  expect(shown(token, 'hunter2')).toBe('••••••');
  expect(shown(token, '')).toBe('');
});

test('what is stored is read back, and what cannot be read says why', () => {
  const setting = defineSetting(patience);
  expect(fromStored(setting, toStored(setting, 7))).toEqual({ value: 7 });
  expect(fromStored(setting, '"seven"')).toEqual({ problem: 'it is no digit' });
  expect(fromStored(setting, '{')).toEqual({ problem: 'what is stored is no JSON' });
});

describe('the settings of the module', () => {
  const all = builtIn.builtInSettings({ prefix: '/', timeZone: 'Europe/Berlin', country: 'DE' });

  test('take their defaults from the environment where it has a say', () => {
    const defaults = Object.fromEntries(all.map((setting) => [setting.key, setting.format(setting.default)]));
    expect(defaults).toEqual({
      'whitelist.enabled': 'false',
      'limits.user': '30/1m burst 20',
      'limits.chat': '120/1m burst 60',
      'limits.everyone': '600/1m burst 200',
      'breaker.failures': '5',
      'breaker.pause': '30s',
      'breaker.timeout': '30s',
      'inbox.stale': '2m',
      'watch.longest': '1d',
      'witness.every': '1d',
      'assistant.turns': '10',
      'assistant.memory': '16384',
      'assistant.forget': '7d',
      'assistant.answer': '1000',
      'budget.day': 'none',
      'budget.month': 'none',
      'budget.person': 'none',
      'chat.prefix': '/',
      'time.zone': 'Europe/Berlin',
      'phone.country': 'DE',
    });
  });

  test.each([
    ['limits.user', ['off', '5/1m', '20/1m burst 5'], ['5', '200/1s', 'none']],
    ['breaker.pause', ['1s', '1d', '90 s'], ['0s', '2d', '5', '']],
    ['breaker.failures', ['1', '1000'], ['0', '1001', 'five']],
    ['chat.prefix', ['!', 'bot:'], ['', 'bot', 'a b']],
    ['time.zone', ['UTC', 'Asia/Tokyo'], ['+01:00', 'Mars']],
    ['phone.country', ['de', 'NONE'], ['D', 'XX', '']],
  ])('%s takes what fits and nothing else', (key, good, bad) => {
    const setting = all.find((one) => one.key === key)!;
    for (const text of good) expect([text, setting.schema.safeParse(text).success]).toEqual([text, true]);
    for (const text of bad) expect([text, setting.schema.safeParse(text).success]).toEqual([text, false]);
  });

  test('a whitelist whose state cannot be read is on', () => {
    expect(builtIn.whitelistEnabled.whenUnreadable).toBe(true);
  });
});
