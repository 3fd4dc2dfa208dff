import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pino } from 'pino';
import { Budgets, type Reservation } from '../../../src/assistant/usage/budgets.js';
import type { Database } from '../../../src/config/database.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { FakeClock } from '../../support/fakeClock.js';
import { readEntries } from '../../support/record.js';
import { openRooms } from '../rooms.js';

const ANA = '+12025550100';
const BO = '+12025550101';
const LID = 'lid:100200300';
const log = pino({ level: 'silent' });

/** A token read costs nothing and one written a cent, so that tests can be counted by hand. */
const price = { input: 0, output: 10_000_000_000 };
const CENT = 10_000;
const tokens = (output: number) => ({ input: 0, output });

describeOnBothDatabases(
  'budgets',
  (fresh) => {
    let database: Database;
    let rooms: Awaited<ReturnType<typeof openRooms>>;
    let budgets: Budgets;
    const make = (of = rooms) => new Budgets({ ...of, log, price, currency: 'EUR' });
    beforeEach(async () => {
      database = await fresh();
      rooms = await openRooms(database);
      budgets = make();
    });
    const set = (key: string, value: string) => rooms.settings.set(key, value, {});
    const reserve = (most: number, who = ANA) => budgets.reserve(who, [who], tokens(most));
    const spend = async (cents: number, who = ANA) => {
      const reserved = await reserve(cents, who);
      expect(reserved.ok).toBe(true);
      return (await budgets.settle(reserved as Reservation, tokens(cents))).notices;
    };
    const spent = async () => (await rooms.usage.ofAll({ from: '2000-01-01', to: '2999-12-31' })).cost / CENT;
    const breaches = async () => {
      await rooms.record.flush();
      const entries = await readEntries(database);
      return entries
        .filter(({ public: { action } }) => action === 'COST_THRESHOLD_BREACH')
        .map(({ actor, rest }) => [actor?.actorPhone ?? 'SYSTEM', JSON.parse(rest!.metadata!) as unknown]);
    };

    test('without any, everything is counted and nothing refused', async () => {
      expect(await spend(700)).toEqual([]);
      expect(await spend(1, BO)).toEqual([]);
      const today = { from: '2031-05-14', to: '2031-05-14' };
      expect(await rooms.usage.of([ANA], today)).toEqual({
        calls: 1,
        inputTokens: 0,
        outputTokens: 700,
        cost: 700 * CENT,
      });
      expect((await rooms.usage.most(today, 5)).map(({ address }) => address)).toEqual([ANA, BO]);
      expect(await spent()).toBe(701);
    });

    test('warn once at 80 %, say once that they are used up, and refuse from then on', async () => {
      await set('budget.day', '1.00');
      expect(await spend(79)).toEqual([]);
      expect(await spend(1)).toMatchObject([{ budget: 'day', percent: 80, period: '2031-05-14' }]);
      expect(await spend(1)).toEqual([]);
      expect(await breaches()).toEqual([]);
      expect(await spend(30)).toMatchObject([{ percent: 100, spent: 111 * CENT, limit: 100 * CENT }]);
      for (let time = 0; time < 3; time++)
        expect(await reserve(1, BO)).toMatchObject({
          ok: false,
          budget: 'day',
          isInFlight: false,
          until: Date.parse('2031-05-15T00:00:00Z'),
          notices: [],
        });
      expect(await breaches()).toEqual([
        ['SYSTEM', { threshold: '1.00 EUR', actual: '1.11 EUR', period: 'day 2031-05-14' }],
      ]);
    });

    test('begin anew with the next day and the next month', async () => {
      await set('budget.day', '1');
      await set('budget.month', '2');
      await spend(100);
      expect(await reserve(1)).toMatchObject({ ok: false, budget: 'day' });
      await rooms.clock.advance(24 * 3_600_000);
      await spend(100);
      expect(await reserve(1)).toMatchObject({ ok: false });
      await rooms.clock.advance(24 * 3_600_000);
      expect(await reserve(1)).toMatchObject({
        ok: false,
        budget: 'month',
        until: Date.parse('2031-06-01T00:00:00Z'),
      });
      await rooms.clock.advance(20 * 24 * 3_600_000);
      expect(await reserve(1)).toMatchObject({ ok: true });
    });

    test("one person's is theirs under every address, and nobody else's; owners are not told of it", async () => {
      await set('budget.person', '1');
      const addresses = [ANA, LID];
      const early = (await budgets.reserve(LID, [LID], tokens(60))) as Reservation;
      await budgets.settle(early, tokens(60));
      const later = (await budgets.reserve(ANA, addresses, tokens(60))) as Reservation;
      expect(await budgets.settle(later, tokens(60))).toEqual({ notices: [], isErased: false });
      expect(await budgets.reserve(ANA, addresses, tokens(1))).toMatchObject({ ok: false, budget: 'person' });
      expect(await reserve(1, BO)).toMatchObject({ ok: true });
      expect(await breaches()).toEqual([
        [ANA, { threshold: '1.00 EUR', actual: '1.20 EUR', period: 'person 2031-05-14' }],
      ]);
    });

    test('that are lowered below what was spent are used up at the next call; raised, they are news again', async () => {
      await spend(100);
      await set('budget.day', '0.50');
      expect(await reserve(1)).toMatchObject({ ok: false, notices: [{ percent: 100 }] });
      await set('budget.day', '2');
      expect(await spend(60)).toMatchObject([{ percent: 80 }]);
      expect(await spend(60)).toMatchObject([{ percent: 100 }]);
      expect(await breaches()).toHaveLength(2);
    });

    test('of nothing refuse everything', async () => {
      await set('budget.day', '0');
      expect(await reserve(1)).toMatchObject({ ok: false, isInFlight: false });
    });

    test('count what is under way, and say that it may be enough again in a moment', async () => {
      await set('budget.day', '1');
      const first = (await reserve(100)) as Reservation;
      expect(await reserve(1, BO)).toMatchObject({ ok: false, isInFlight: true, notices: [] });
      await budgets.settle(first, null);
      expect(await reserve(1, BO)).toMatchObject({ ok: true });
      expect(await spent()).toBe(0);
      expect(await breaches()).toEqual([]);
    });

    test('what a process that died had put aside counts as spent, and is not counted twice', async () => {
      await set('budget.day', '1');
      const lost = (await reserve(70)) as Reservation;
      await rooms.clock.advance(16 * 60_000);
      const next = (await reserve(1)) as Reservation;
      expect(await spent()).toBe(70);
      await budgets.settle(lost, tokens(5));
      await budgets.settle(next, null);
      expect(await spent()).toBe(70);
    });

    test('are told of once by several processes', async () => {
      await set('budget.day', '1');
      const other = await openRooms(database, rooms.clock);
      const both = [budgets, make(other)];
      const reserved = await Promise.all(
        both.map((one) => one.reserve(ANA, [ANA], tokens(49)) as Promise<Reservation>),
      );
      const told = await Promise.all(both.map((one, at) => one.settle(reserved[at]!, tokens(60))));
      expect(told.flatMap(({ notices }) => notices).filter(({ percent }) => percent === 100)).toHaveLength(1);
      expect(await breaches()).toHaveLength(1);
    });

    test('are never passed by more than the call that used them up, in any order of calls', async () => {
      const step = fc.record({
        who: fc.constantFrom(ANA, BO),
        most: fc.integer({ min: 1, max: 40 }),
        part: fc.integer({ min: 0, max: 100 }),
        ends: fc.boolean(),
      });
      let day = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          day += 1;
          const clock = new FakeClock(Date.UTC(2040, 0, day, 12));
          const one = make({ ...rooms, clock });
          await rooms.settings.set('budget.day', `1.${String(day).padStart(4, '0')}`, {});
          const limit = 100 + day / 100;
          const open: { reserved: Reservation; used: number }[] = [];
          let done = 0;
          let largest = 0;
          // All at once: what is decided about them is decided one after the other.
          const asked = await Promise.all(
            steps.map(async (wish) => ({
              wish,
              reserved: await one.reserve(wish.who, [wish.who], tokens(wish.most)),
            })),
          );
          for (const { wish, reserved } of asked) {
            if (!reserved.ok) continue;
            largest = Math.max(largest, wish.most);
            open.push({ reserved, used: Math.floor((wish.most * wish.part) / 100) });
          }
          const held = open.reduce((sum, { reserved }) => sum + reserved.most.output, 0);
          expect(held).toBeLessThan(limit + largest);
          for (const { reserved, used } of open) {
            await one.settle(reserved, tokens(used));
            done += used;
          }
          const date = new Date(clock.now()).toISOString().slice(0, 10);
          expect((await rooms.usage.ofAll({ from: date, to: date })).cost).toBe(done * CENT);
          expect(done).toBeLessThan(limit + largest);
        }),
        { seed: 42, numRuns: 8 },
      );
    });
  },
  { migrated: true },
);
