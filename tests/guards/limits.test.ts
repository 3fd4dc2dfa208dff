import { describe, expect, test } from '@jest/globals';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import type { LimitStates } from '../../src/guards/limitStates.js';
import { type Asking, Limits } from '../../src/guards/limits.js';
import { MemoryStates } from '../../src/guards/memoryStates.js';
import { SharedStates } from '../../src/guards/sharedStates.js';
import { statesFor } from '../../src/guards/statesFor.js';
import { SteadyStates } from '../../src/guards/steadyStates.js';
import { chatLimit, everyoneLimit, userLimit } from '../../src/settings/builtIn.js';
import { Settings } from '../../src/settings/settings.js';
import { describeOnBothDatabases, type FreshDatabase } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord, readEntries } from '../support/record.js';

const context = { actor: { phone: '+12025550100', name: 'Ana', role: 'ADMIN' }, channel: 'console' } as const;

const asking = (person: number, chatId = 'direct', isOwner = false): Asking => ({
  address: `+1202555010${person}`,
  chatId,
  isOwner,
});

const RATES = { user: '6/1m burst 2', chat: '6/1m burst 3', everyone: '6/1m burst 4' };

/** Makes limits that nothing is used of; the tests of a block share a record. */
type Make = (rates?: Partial<typeof RATES>) => Promise<{
  limits: Limits;
  clock: FakeClock;
  record: AuditRecord;
  database: Database;
}>;

function makerOf(fresh: FreshDatabase, statesOf: (record: AuditRecord, name: string) => LimitStates): Make {
  let shared: Promise<{ database: Database; record: AuditRecord }> | undefined;
  const open = async () => {
    const database = await fresh();
    return { database, record: await openTestRecord(database, { shared: true }) };
  };
  let made = 0;
  return async (others) => {
    shared ??= open();
    const { database, record } = await shared;
    const rates = { ...RATES, ...others };
    const definitions = [
      { ...userLimit, default: userLimit.schema.parse(rates.user) },
      { ...chatLimit, default: chatLimit.schema.parse(rates.chat) },
      { ...everyoneLimit, default: everyoneLimit.schema.parse(rates.everyone) },
    ];
    const clock = new FakeClock();
    const settings = await Settings.open({ record, definitions, clock });
    made += 1;
    const states = statesOf(record, `tenant-${made}`);
    return { limits: new Limits({ settings, states, record, clock }), clock, database, record };
  };
}

function behavesAsLimits(make: Make) {
  test('each person, each chat and all together have their limit', async () => {
    const { limits, clock } = await make();
    const results: string[] = [];
    for (const [person, chat] of [
      [1, 'a'],
      [1, 'a'],
      [1, 'b'],
      [2, 'a'],
      [2, 'a'],
      [2, 'b'],
      [3, 'b'],
    ] as const) {
      const decision = await limits.take(asking(person, chat));
      results.push(decision.allowed ? 'yes' : decision.limit);
    }
    expect(results).toEqual(['yes', 'yes', 'user', 'yes', 'chat', 'yes', 'everyone']);
    await clock.advance(10_000);
    expect(await limits.take(asking(3, 'b'))).toEqual({ allowed: true });
    expect(await limits.take(asking(3, 'b'))).toMatchObject({ limit: 'everyone', retryAfterMs: 10_000 });
  });

  test('one polite answer a window, then silence, then another', async () => {
    const { limits, clock } = await make();
    const ask = async () => {
      const decision = await limits.take(asking(1, 'a'));
      return decision.allowed ? 'yes' : decision.isFirst ? 'first' : 'silence';
    };
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual(['yes', 'yes', 'first', 'silence']);
    await clock.advance(50_000);
    expect([await ask(), await ask(), await ask()]).toEqual(['yes', 'yes', 'silence']);
    await clock.advance(10_000);
    expect([await ask(), await ask()]).toEqual(['yes', 'first']);
  });

  test('of what a chat is refused the chat is told once, however many people ask in it', async () => {
    const { limits } = await make();
    for (const person of [1, 2, 3]) await limits.take(asking(person, 'group'));
    const told = [];
    for (const person of [4, 5, 6]) told.push(await limits.take(asking(person, 'group')));
    expect(told.map((decision) => !decision.allowed && decision.isFirst)).toEqual([true, false, false]);
  });

  test('nobody keeps an owner from setting things right by setting the limit', async () => {
    const { record, clock } = await make();
    const definitions = [userLimit, chatLimit, everyoneLimit];
    const settings = await Settings.open({ record, definitions, clock });
    await settings.set('limits.user', '1/1d');
    const strict = new Limits({ settings, states: new MemoryStates(), record, clock });
    const taken = async (isOwner: boolean) => {
      let count = 0;
      while (count < 50 && (await strict.take(asking(isOwner ? 1 : 2, 'direct', isOwner))).allowed)
        count += 1;
      return count;
    };
    expect(await taken(false)).toBe(1);
    expect(await taken(true)).toBe(userLimit.default!.burst);
    await settings.unset('limits.user');
  });

  test("an owner is never starved by others' flood, and has a limit of their own", async () => {
    const { limits } = await make();
    for (let flood = 0; flood < 30; flood++) await limits.take(asking(flood % 8, `group-${flood % 3}`));
    expect(await limits.take(asking(9, 'group-0', true))).toEqual({ allowed: true });
    expect(await limits.take(asking(9, 'group-0', true))).toEqual({ allowed: true });
    expect(await limits.take(asking(9, 'group-0', true))).toMatchObject({ allowed: false, limit: 'user' });
    // And what the owner did was taken from nobody else.
    const [, everyone] = await limits.show('+12025550109');
    expect(everyone).toMatchObject({ limit: 'everyone', left: 0, nextInMs: 10_000 });
  });

  test('looking uses nothing and says what taking would', async () => {
    const { limits } = await make();
    for (let look = 0; look < 5; look++) expect(await limits.look(asking(1))).toEqual({ allowed: true });
    await limits.take(asking(1));
    await limits.take(asking(1));
    const looked = await limits.look(asking(1));
    expect(looked).toEqual({
      allowed: false,
      limit: 'user',
      rate: '6/1m burst 2',
      count: 6,
      windowMs: 60_000,
      retryAfterMs: 10_000,
      isFirst: false,
    });
    expect(await limits.take(asking(1))).toEqual({ ...looked, isFirst: true });
  });

  test('shows what is left, and of what chat where one is named', async () => {
    const { limits } = await make({ everyone: 'off' });
    await limits.take(asking(1, 'a'));
    expect(await limits.show('+12025550101', 'a')).toEqual([
      { limit: 'user', rate: '6/1m burst 2', left: 1, nextInMs: 0, unusedInMs: 10_000 },
      { limit: 'chat', rate: '6/1m burst 3', left: 2, nextInMs: 0, unusedInMs: 10_000 },
      { limit: 'everyone', rate: 'off', left: null, nextInMs: 0, unusedInMs: 0 },
    ]);
  });

  test('a limit that is off refuses nobody, and the console is nobody to be kept out', async () => {
    const { limits } = await make();
    const local = { address: 'console:local', chatId: 'console', isOwner: true };
    for (let times = 0; times < 20; times++) expect((await limits.take(local)).allowed).toBe(true);
    const { limits: open } = await make({ user: 'off', chat: 'off', everyone: 'off' });
    for (let times = 0; times < 20; times++) expect((await open.take(asking(1))).allowed).toBe(true);
    expect((await open.look(asking(1))).allowed).toBe(true);
  });

  test('somebody whose limit is set back goes on at once: one event, with who did it', async () => {
    const { limits, database } = await make();
    await limits.take(asking(1));
    await limits.take(asking(1));
    expect((await limits.take(asking(1))).allowed).toBe(false);
    const bo = { address: '+12025550101', name: 'Bo', role: 'USER' };
    const done = await limits.reset(bo, { context, reason: 'a misunderstanding' });
    expect(await limits.take(asking(1))).toEqual({ allowed: true });
    const entries = await readEntries(database);
    expect(entries.filter(({ public: { action } }) => action === 'LIMIT_RESET')).toMatchObject([
      {
        public: { seq: done.case, actorType: 'user', channel: 'console' },
        actor: { actorPhone: '+12025550100', actorRole: 'ADMIN' },
        rest: { entityId: '+12025550101', reason: 'a misunderstanding', metadata: '{"limit":"user"}' },
      },
    ]);
  });

  test('where it cannot be recorded, nothing is set back', async () => {
    const { limits, record } = await make();
    await limits.take(asking(1));
    await limits.take(asking(1));
    const { transact } = record.logger;
    record.logger.transact = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
    const bo = { address: '+12025550101', name: null, role: 'USER' };
    await expect(limits.reset(bo, { context })).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
    record.logger.transact = transact;
    expect((await limits.take(asking(1))).allowed).toBe(false);
  });
}

describeOnBothDatabases(
  'Limits',
  (fresh, kind) => {
    describe('in memory', () => behavesAsLimits(makerOf(fresh, () => new MemoryStates())));
    describe('shared', () =>
      behavesAsLimits(makerOf(fresh, ({ store }, name) => new SharedStates(store, name))));

    test('are kept where the database suggests it', async () => {
      const record = await openTestRecord(await fresh());
      const expected = kind === 'sqlite' ? MemoryStates : SteadyStates;
      expect(statesFor(record, new FakeClock())).toBeInstanceOf(expected);
    });
  },
  { migrated: true },
);
