import { expect, test } from '@jest/globals';
import { Breakers } from '../../src/guards/breakers.js';
import { breakerFailures, builtInSettings } from '../../src/settings/builtIn.js';
import { Settings } from '../../src/settings/settings.js';
import { describeOnBothDatabases, type FreshDatabase } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord, readEntries } from '../support/record.js';

const definitions = builtInSettings({ prefix: '!', timeZone: 'UTC', country: undefined });
const context = { actor: { phone: '+12025550100', name: 'Ana', role: 'ADMIN' }, channel: 'console' } as const;

async function make(fresh: FreshDatabase) {
  const database = await fresh();
  const clock = new FakeClock();
  const record = await openTestRecord(database, { clock });
  const settings = await Settings.open({ record, definitions, clock });
  const breakers = new Breakers({ settings, record, clock });
  const events = async () => {
    await record.flush();
    const all = await readEntries(database);
    return all
      .filter((entry) => entry.public.action === 'CIRCUIT_BREAKER_CHANGE')
      .map(({ public: { actorType }, actor, rest }) => [
        actorType === 'system' ? 'SYSTEM' : actor?.actorName,
        rest?.entityId,
        rest?.before,
        rest?.after,
        rest?.reason,
      ]);
  };
  return { breakers, clock, settings, record, events };
}

const failing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));
const state = (name: string) => `{"state":"${name}"}`;

describeOnBothDatabases(
  'Breakers',
  (fresh) => {
    test('every transition is one event, and what it takes is a setting', async () => {
      const { breakers, clock, settings, events } = await make(fresh);
      await settings.set('breaker.failures', '2');
      const breaker = breakers.get('webhook');
      for (let n = 0; n < 4; n++) await breaker.run(failing).catch(() => {});
      await clock.advance(30_000);
      await breaker.run(async () => {});
      await breaker.run(async () => {});
      expect(await events()).toEqual([
        ['SYSTEM', 'webhook', state('closed'), state('open'), 'ECONNREFUSED'],
        ['SYSTEM', 'webhook', state('open'), state('half-open'), 'the pause is over'],
        ['SYSTEM', 'webhook', state('half-open'), state('closed'), 'the probe succeeded'],
      ]);
    });

    test('somebody opens one, it stays open, and somebody resets it: an event each', async () => {
      const { breakers, clock, events } = await make(fresh);
      const opened = await breakers.open('LLM', { context, reason: 'it costs too much' });
      await clock.advance(86_400_000);
      await expect(breakers.get('llm').run(async () => {})).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
      expect(breakers.list().find(({ name }) => name === 'llm')).toEqual({
        name: 'llm',
        state: 'open',
        failures: 0,
        cause: 'it costs too much',
        isHeld: true,
        nextProbeAt: null,
      });
      const reset = await breakers.reset('llm', { context });
      expect(reset.case).toBeGreaterThan(opened.case);
      expect(await breakers.get('llm').run(async () => 'asked')).toBe('asked');
      expect(await events()).toEqual([
        ['Ana', 'llm', state('closed'), state('open'), 'it costs too much'],
        ['Ana', 'llm', state('open'), state('closed'), undefined],
      ]);
    });

    test('of two who open it at once, one comes too late; what is so already is said', async () => {
      const { breakers, events } = await make(fresh);
      const both = await Promise.allSettled([breakers.open('llm', { context }), breakers.open('llm')]);
      expect(both).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'ALREADY_SO' } }]);
      await expect(breakers.reset('webhook')).rejects.toMatchObject({ code: 'ALREADY_SO' });
      expect(await events()).toHaveLength(1);
    });

    test('where the change cannot be recorded, it is not made', async () => {
      const { breakers, record } = await make(fresh);
      record.logger.transact = () =>
        Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
      await expect(breakers.open('llm', { context })).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
      expect(breakers.get('llm').status().state).toBe('closed');
    });

    test('the known ones are there from the start, others from the first call, and a mistake names the nearest', async () => {
      const { breakers, settings } = await make(fresh);
      expect(breakers.list().map(({ name }) => name)).toEqual(['lid-lookup', 'llm', 'webhook']);
      breakers.get('shop');
      expect(breakers.list().at(-1)).toMatchObject({ name: 'shop', state: 'closed' });
      expect(() => breakers.named('webhok')).toThrow(
        expect.objectContaining({ hint: 'Did you mean webhook?', example: 'breaker reset webhook' }),
      );
      expect(breakers.list()).toHaveLength(4);
      expect(settings.get(breakerFailures)).toBe(5);
    });

    test('closing ends calls of all of them, also of those made later', async () => {
      const { breakers, clock } = await make(fresh);
      const call = breakers.get('llm').run(() => new Promise<never>(() => {}));
      const failed = expect(call).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
      const before = clock.pending;
      breakers.close();
      await failed;
      expect(clock.pending).toBe(before - 1);
      await expect(breakers.get('new').run(async () => {})).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    });
  },
  { migrated: true },
);
