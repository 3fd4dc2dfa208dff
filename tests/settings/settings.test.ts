import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import {
  breakerFailures,
  breakerPause,
  builtInSettings,
  chatPrefix,
  userLimit,
  whitelistEnabled,
} from '../../src/settings/builtIn.js';
import { defineSetting } from '../../src/settings/setting.js';
import { Settings } from '../../src/settings/settings.js';
import { describeOnBothDatabases, freshSqlite } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { FakeClock } from '../support/fakeClock.js';
import { ledgerProblems, openTestRecord, readEntries } from '../support/record.js';

const token = defineSetting({
  key: 'shop.token',
  meaning: 'What the shop is asked with.',
  schema: z.string(),
  default: '',
  rule: 'a text',
  example: 'abc',
  isSecret: true,
});

const definitions = [...builtInSettings({ prefix: '!', timeZone: 'UTC', country: undefined }), token];

const context = {
  actor: { phone: '+12025550100', name: 'Ana', role: 'ADMIN' },
  channel: 'console',
  chatId: 'c1',
  messageKey: 'm1',
} as const;

const opened = (record: AuditRecord, clock = new FakeClock()) =>
  Settings.open({ record, definitions, clock });

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was wrong',
    (error: { code?: string }) => error.code ?? String(error),
  );

describeOnBothDatabases(
  'Settings',
  (fresh) => {
    let database: Database;
    let record: AuditRecord;
    beforeAll(async () => {
      database = await fresh();
      record = await openTestRecord(database, { shared: true });
    });
    beforeEach(() => record.store.transaction((tx) => tx.run('DELETE FROM "Setting"')));

    test('have their defaults until somebody sets them, and have those back afterwards', async () => {
      const settings = await opened(record);
      expect(settings.get(breakerFailures)).toBe(5);
      const set = await settings.set('breaker.failures', ' 9 ', { context, reason: 'it flaps' });
      expect(set).toEqual({ case: set.case, key: 'breaker.failures', before: '5', after: '9' });
      expect(settings.get(breakerFailures)).toBe(9);
      expect(settings.state('breaker.failures')).toMatchObject({
        shown: '9',
        isDefault: false,
        problem: null,
      });
      await settings.unset('BREAKER.failures', { context });
      expect(settings.get(breakerFailures)).toBe(5);
      expect(settings.state('breaker.failures').isDefault).toBe(true);
    });

    test('a change is one event, with who, where, why, before and after', async () => {
      const settings = await opened(record);
      const first = await settings.set('limits.user', '20/1m burst 5', { context, reason: 'a flood' });
      const second = await settings.unset('limits.user', { undoes: first.case });
      const [set, unset, ...others] = (await readEntries(database)).slice(-2);
      expect(others).toEqual([]);
      expect(set).toMatchObject({
        public: { seq: first.case, action: 'CONFIG_CHANGE', outcome: 'success', channel: 'console' },
        actor: { actorPhone: '+12025550100', actorName: 'Ana', actorRole: 'ADMIN' },
        rest: {
          entityId: 'limits.user',
          reason: 'a flood',
          before: '{"limits.user":"30/1m burst 20"}',
          after: '{"limits.user":"20/1m burst 5"}',
          chatId: 'c1',
          messageKey: 'm1',
        },
      });
      expect(unset).toMatchObject({
        public: { seq: second.case, actorType: 'system', channel: 'system' },
        actor: { actorPhone: 'SYSTEM' },
        rest: {
          before: '{"limits.user":"20/1m burst 5"}',
          after: '{"limits.user":"30/1m burst 20"}',
          metadata: `{"undoes":${first.case}}`,
        },
      });
      expect(await ledgerProblems(database)).toEqual([]);
    });

    test('a secret is neither in the record nor in an answer, but that it changed is', async () => {
      const settings = await opened(record);
      const first = await settings.set('shop.token', 'swordfish', { context });
      const second = await settings.set('shop.token', 'pineapple', { context });
      expect([first.before, first.after, second.before, second.after]).toEqual([
        '',
        '••••••',
        '••••••',
        '••••••',
      ]);
      expect(settings.get(token)).toBe('pineapple');
      expect(settings.state('shop.token').shown).toBe('••••••');
      const entries = (await readEntries(database)).slice(-2);
      expect(JSON.stringify(entries)).not.toMatch(/swordfish|pineapple/);
      expect(entries[1]?.rest).toMatchObject({
        before: '{"secret":"[redacted]"}',
        after: '{"secret":"[redacted: changed]"}',
      });
    });

    test('a secret that cannot be read, or set, is not repeated by what is wrong with it', async () => {
      const strict = defineSetting({
        ...token,
        schema: z
          .string()
          .refine((text) => text.length < 8, { error: ({ input }) => `${input} is too long` }),
        default: 'short',
      });
      await (await opened(record)).set('shop.token', 'hunter2hunter2');
      const settings = await Settings.open({ record, definitions: [strict], clock: new FakeClock() });
      expect(settings.state('shop.token').problem).toBe('it cannot be read');
      const { message } = await failureOf(settings.set('shop.token', 'swordfish'));
      expect(message).toBe('shop.token cannot be set to that: it cannot be read.');
    });

    test('a change that cannot be made changes nothing and leaves no event', async () => {
      const settings = await opened(record);
      await settings.set('breaker.failures', '9');
      const size = (await readEntries(database)).length;
      expect(await codeOf(settings.set('breaker.failures', '9'))).toBe('ALREADY_SO');
      expect(await codeOf(settings.set('breaker.pause', '30s'))).toBe('ALREADY_SO');
      expect(await codeOf(settings.unset('breaker.pause'))).toBe('ALREADY_SO');
      expect(await codeOf(settings.set('breaker.failures', 'many'))).toBe('BAD_SETTING');
      expect(await codeOf(settings.set('breaker.failure', '3'))).toBe('UNKNOWN_SETTING');
      expect(await codeOf(settings.set('whitelist.enabled', 'true'))).toBe('SETTING_HAS_COMMANDS');
      expect(await codeOf(settings.unset('whitelist.enabled'))).toBe('SETTING_HAS_COMMANDS');
      expect(settings.get(breakerFailures)).toBe(9);
      expect(await readEntries(database)).toHaveLength(size);
    });

    test("another process's change is seen after a few seconds, one of its own at once", async () => {
      const clock = new FakeClock();
      const [one, two] = [await opened(record, clock), await opened(record, clock)];
      await one.set('chat.prefix', '/');
      expect(one.get(chatPrefix)).toBe('/');
      await two.refresh();
      expect(two.get(chatPrefix)).toBe('!');
      await clock.advance(3000);
      await two.refresh();
      expect(two.get(chatPrefix)).toBe('/');
    });

    test('of many changes at once each sees the one before it', async () => {
      const [one, two] = [
        await opened(await openTestRecord(database)),
        await opened(await openTestRecord(database)),
      ];
      const texts = ['1', '2', '3', '4', '6', '7'];
      const changes = await Promise.all(
        texts.map((text, index) => (index % 2 === 0 ? one : two).set('breaker.failures', text)),
      );
      changes.sort((a, b) => a.case - b.case);
      const befores = changes.map(({ before }) => before);
      expect(befores).toEqual(['5', ...changes.slice(0, -1).map(({ after }) => after)]);
      await one.refresh();
      await two.refresh();
    });

    test('a command that does more than set it writes it in its own transaction', async () => {
      const settings = await opened(record);
      await record.logger.transact(async (tx, log) => {
        expect(await settings.getIn(tx, whitelistEnabled)).toBe(false);
        await settings.setIn(tx, whitelistEnabled, true);
        expect(await settings.getIn(tx, whitelistEnabled)).toBe(true);
        // Another message comes while the transaction is open, and must not make the old state stay.
        await settings.refresh();
        await log('WHITELIST_CHANGE', { change: 'on' });
      });
      expect(settings.get(whitelistEnabled)).toBe(false);
      await settings.refresh();
      expect(settings.get(whitelistEnabled)).toBe(true);
      await expect(
        record.logger.transact(async (tx) => {
          await settings.setIn(tx, whitelistEnabled, false);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      await settings.refresh();
      expect(settings.get(whitelistEnabled)).toBe(true);
    });

    test('what is stored and cannot be read gives way to the safe side, and says so', async () => {
      await record.store.transaction(async (tx) => {
        for (const [key, value] of [
          ['whitelist.enabled', '"perhaps"'],
          ['limits.user', '{'],
          ['gone.since', '"1"'],
        ] as const)
          await tx.run('INSERT INTO "Setting" ("tenant", "key", "value", "updatedAt") VALUES (?, ?, ?, 0)', [
            'acme',
            key,
            value,
          ]);
      });
      const settings = await opened(record);
      expect(settings.get(whitelistEnabled)).toBe(true);
      expect(settings.get(userLimit)).toEqual(userLimit.default);
      expect(settings.state('limits.user')).toMatchObject({ problem: 'what is stored is no JSON' });
      await settings.set('limits.user', '30/1m burst 20');
      expect(settings.state('limits.user')).toMatchObject({ problem: null, isDefault: false });
    });

    test("one tenant's settings are not another's", async () => {
      const others = await openTestRecord(database, { tenant: 'other' });
      const [ours, theirs] = [await opened(record), await opened(others)];
      await ours.set('chat.prefix', '/');
      expect(await codeOf(theirs.unset('chat.prefix'))).toBe('ALREADY_SO');
      const again = await opened(others);
      expect([ours.get(chatPrefix), again.get(chatPrefix)]).toEqual(['/', '!']);
    });

    test('while the database is away what was known counts, and a change says why it was not made', async () => {
      const clock = new FakeClock();
      const settings = await opened(record, clock);
      await settings.set('breaker.failures', '9');
      const { transact } = record.logger;
      record.logger.transact = () =>
        Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
      const { all } = record.store.read;
      record.store.read.all = () =>
        Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
      try {
        expect(await codeOf(settings.set('breaker.failures', '10'))).toBe('DATABASE_AWAY');
        await clock.advance(60_000);
        await settings.refresh();
        expect(settings.get(breakerFailures)).toBe(9);
      } finally {
        record.logger.transact = transact;
        record.store.read.all = all;
      }
      expect((await settings.set('breaker.failures', '10')).after).toBe('10');
    });
  },
  { migrated: true },
);

describe('mistakes teach', () => {
  test('an unknown name is answered with the nearest, a bad value with the rule and an example', async () => {
    const settings = await opened(await openTestRecord(await freshSqlite()));
    expect(() => settings.named('breaker.paus')).toThrow(
      expect.objectContaining({ hint: 'Did you mean breaker.pause?', example: 'config get breaker.pause' }),
    );
    expect(() => settings.named('nothing of the kind')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SETTING' }),
    );
    await expect(settings.set('breaker.pause', '2d')).rejects.toMatchObject({
      message: 'breaker.pause cannot be set to that: it is too long.',
      hint: 'It is a time from 1s to 1d, with ms, s, m, h or d.',
      example: 'config set breaker.pause 30s',
    });
    expect(() => settings.get(defineSetting({ ...breakerPause, key: 'breaker.other' }))).toThrow(TypeError);
  });

  test('two settings of one name are refused', async () => {
    const record = await openTestRecord(await freshSqlite());
    const twice = Settings.open({ record, definitions: [token, token], clock: new FakeClock() });
    await expect(twice).rejects.toThrow(TypeError);
  });
});
