import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Database } from '../../src/config/database.js';
import { paceOf } from '../../src/guards/gcra.js';
import type { LimitStates, Wish } from '../../src/guards/limitStates.js';
import { MemoryStates } from '../../src/guards/memoryStates.js';
import { SharedStates } from '../../src/guards/sharedStates.js';
import { SteadyStates } from '../../src/guards/steadyStates.js';
import { Store } from '../../src/store/store.js';
import { startChild } from '../support/children.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord } from '../support/record.js';

const NOW = 1_900_000_000_000;

const wish = (key: string, burst: number): Wish => ({
  key,
  pace: paceOf({ count: burst, windowMs: 60_000, burst }),
});

const stores: Store[] = [];
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

async function openShared(target: Database): Promise<SharedStates> {
  const { store } = await Store.open(target, 20_000);
  stores.push(store);
  return new SharedStates(store, 'acme');
}

/** What every way of keeping them has to do. */
function keepsToTheRules(
  open: (fresh: () => Promise<Database>) => Promise<LimitStates>,
  fresh: () => Promise<Database>,
) {
  test('takes one of each wish or, where one is refused, of none', async () => {
    const states = await open(fresh);
    const wishes = [wish('a', 3), wish('b', 1)];
    expect(await states.take(wishes, NOW)).toBeNull();
    expect(await states.take(wishes, NOW)).toEqual({ index: 1, retryAfterMs: 60_000 });
    expect(await states.take(wishes, NOW + 1000)).toEqual({ index: 1, retryAfterMs: 59_000 });
    expect(await states.take([wish('a', 3)], NOW)).toBeNull();
    expect(await states.take([wish('a', 3)], NOW)).toBeNull();
    expect(await states.take([wish('a', 3)], NOW)).toEqual({ index: 0, retryAfterMs: 20_000 });
    expect([...(await states.read(['a', 'b', 'c']))].sort()).toEqual([
      ['a', NOW + 60_000],
      ['b', NOW + 60_000],
    ]);
  });

  test('answers once in a window, for each key', async () => {
    const states = await open(fresh);
    expect(await states.tell('a', 60_000, NOW)).toBe(true);
    expect(await states.tell('a', 60_000, NOW + 59_999)).toBe(false);
    expect(await states.tell('b', 60_000, NOW + 59_999)).toBe(true);
    expect(await states.tell('a', 60_000, NOW + 60_000)).toBe(true);
    expect(await states.tell('a', 60_000, NOW + 60_001)).toBe(false);
    expect(await states.take([wish('a', 1)], NOW + 60_001)).toBeNull();
  });
}

describe('MemoryStates', () => {
  keepsToTheRules(
    async () => new MemoryStates(),
    () => Promise.reject(new Error('there is no database')),
  );

  test('keeps no more than what is still of use', async () => {
    const states = new MemoryStates();
    for (let person = 0; person < 40_000; person++)
      await states.take([wish(`user:${person}`, 1)], NOW + person * 60_000);
    expect(states.size).toBeLessThanOrEqual(10_000);
    expect(await states.take([wish('user:39999', 1)], NOW + 39_999 * 60_000)).not.toBeNull();
  });
});

describeOnBothDatabases(
  'SharedStates',
  (fresh) => {
    keepsToTheRules(async (database) => openShared(await database()), fresh);

    test('agrees with what is kept in memory, whatever is asked', async () => {
      const shared = await openShared(await fresh());
      const steps = fc.array(
        fc.record({
          who: fc.constantFrom('ana', 'bo'),
          chat: fc.constantFrom('one', 'two'),
          pause: fc.oneof(
            fc.constant(0),
            fc.nat(2000),
            fc.nat(200_000),
            fc.integer({ min: -90_000, max: 0 }),
          ),
          isOwner: fc.boolean(),
        }),
        { maxLength: 40 },
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const memory = new MemoryStates();
          run += 1;
          let now = NOW;
          for (const { who, chat, pause, isOwner } of all) {
            now += pause;
            const wishes = [
              wish(`${run}:${who}`, 3),
              ...(isOwner ? [] : [wish(`${run}:${chat}`, 4), wish(`${run}`, 5)]),
            ];
            expect(await shared.take(wishes, now)).toEqual(await memory.take(wishes, now));
          }
        }),
        { seed: 3, numRuns: 25 },
      );
    });

    test('several connections at once never let more through', async () => {
      const database = await fresh();
      const all = await Promise.all(Array.from({ length: 4 }, () => openShared(database)));
      const asked = Array.from({ length: 80 }, (_, index) => {
        const wishes = [wish(`user:${index % 8}`, 7), wish('chat', 30), wish('everyone', 20)];
        return all[index % all.length]!.take(wishes, NOW);
      });
      const granted = (await Promise.all(asked)).filter((refused) => refused === null);
      expect(granted).toHaveLength(20);
      const kept = await all[0]!.read([
        'everyone',
        'chat',
        ...Array.from({ length: 8 }, (_, n) => `user:${n}`),
      ]);
      expect(kept.get('everyone')).toBe(NOW + 60_000);
      expect(kept.get('chat')).toBe(NOW + 20 * 2000);
      // Whoever was refused has used nothing: what their limits have used is what was granted.
      const { stepMs } = wish('user', 7).pace;
      const used = [...kept]
        .filter(([key]) => key.startsWith('user:'))
        .map(([, emptyAt]) => (emptyAt - NOW) / stepMs);
      expect(used.reduce((sum, one) => sum + one, 0)).toBe(20);
    });

    test('several processes at once never let more through, and one of them answers', async () => {
      const database = await fresh();
      await openShared(database);
      const wishes = [wish('user', 25), wish('everyone', 100)];
      const children = Array.from({ length: 3 }, () =>
        startChild('takeLimits.js', { target: database, times: 30, wishes, now: NOW }),
      );
      for (const child of children) expect(await child.next()).toBe('ready');
      for (const child of children) child.tell('go');
      const answers = await Promise.all(
        children.map((child) => child.next<{ granted: number; told: boolean }>()),
      );
      await Promise.all(children.map((child) => child.end()));
      expect(answers.reduce((sum, { granted }) => sum + granted, 0)).toBe(25);
      expect(answers.filter(({ told }) => told)).toHaveLength(1);
    });

    test("one tenant's limits are not another's, and old rows go", async () => {
      const database = await fresh();
      const ours = await openShared(database);
      const other = new SharedStates(stores[0]!, 'other');
      expect(await ours.take([wish('a', 1)], NOW)).toBeNull();
      expect(await other.take([wish('a', 1)], NOW)).toBeNull();
      expect(await ours.take([wish('b', 1)], NOW + 2 * 86_400_000)).toBeNull();
      expect([...(await ours.read(['a', 'b'])).keys()]).toEqual(['b']);
      expect([...(await other.read(['a'])).keys()]).toEqual(['a']);
    });

    test('a key is forgotten with the transaction, or not at all', async () => {
      const record = await openTestRecord(await fresh());
      const states = new SharedStates(record.store, 'acme');
      await states.take([wish('a', 1)], NOW);
      const failing = record.logger.transact(async (tx) => {
        await states.forgetIn(tx, 'a');
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await states.take([wish('a', 1)], NOW)).not.toBeNull();
      await record.logger.transact((tx) => states.forgetIn(tx, 'a'));
      expect(await states.take([wish('a', 1)], NOW)).toBeNull();
    });
  },
  { migrated: true },
);

describe('SteadyStates', () => {
  const gone = () => Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });

  /** States that can be away, and count how often they were asked. */
  class Flaky extends MemoryStates {
    failure: Error | null = null;
    asked = 0;

    override take(...args: Parameters<MemoryStates['take']>): ReturnType<MemoryStates['take']> {
      this.asked += 1;
      return this.failure === null ? super.take(...args) : Promise.reject(this.failure);
    }
  }

  test('count in memory while the database is away, and try it again after a while', async () => {
    const clock = new FakeClock();
    const shared = new Flaky();
    const states = new SteadyStates(shared, clock);
    const take = () => states.take([wish('a', 2)], clock.now());
    expect(await take()).toBeNull();
    shared.failure = gone();
    expect([await take(), await take(), await take()]).toEqual([
      null,
      null,
      { index: 0, retryAfterMs: 30_000 },
    ]);
    // Of three, one waited for the database.
    expect(shared.asked).toBe(2);
    shared.failure = null;
    await clock.advance(5000);
    expect(await take()).toBeNull();
    expect(shared.asked).toBe(3);
  });

  test('a mistake of ours is not taken for an outage', async () => {
    const shared = new Flaky();
    shared.failure = new TypeError('a bug');
    await expect(new SteadyStates(shared, new FakeClock()).take([wish('a', 1)], NOW)).rejects.toThrow(
      'a bug',
    );
  });

  test('forget in both', async () => {
    const clock = new FakeClock();
    const shared = new Flaky();
    const states = new SteadyStates(shared, clock);
    await states.take([wish('a', 1)], clock.now());
    shared.failure = gone();
    await states.take([wish('a', 1)], clock.now());
    states.forgotten('a');
    expect(await states.take([wish('a', 1)], clock.now())).toBeNull();
    shared.failure = null;
    await clock.advance(5000);
    expect(await states.take([wish('a', 1)], clock.now() - 5000)).toBeNull();
  });
});
