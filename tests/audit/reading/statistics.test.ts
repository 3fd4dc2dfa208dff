import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AuditIndex } from '../../../src/audit/index/auditIndex.js';
import type { AuditRow } from '../../../src/audit/query/matches.js';
import { parseQuery } from '../../../src/audit/query/parse.js';
import { AuditRepository } from '../../../src/audit/repository.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { FakeClock } from '../../support/fakeClock.js';
import { type SampleEvent, SampleLedger, TENANT } from './sampleLedger.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 4, 30);

/** Nine days of twelve people, most of whom did as much as somebody else. */
const events: SampleEvent[] = Array.from({ length: 400 }, (_, i) => ({
  at: START + i * 0.55 * HOUR,
  category: i % 3 === 0 ? 'SECURITY' : 'ADMIN',
  outcome: i % 5 === 0 ? 'denied' : 'success',
  actor: i % 40 === 7 ? {} : { actorPhone: `+120255501${String((i * i) % 12).padStart(2, '0')}` },
}));

/** Somebody new, who is at once among the busiest, and one more of somebody who was not. */
const later: SampleEvent[] = [
  ...Array.from({ length: 60 }, () => ({ at: START + 11 * DAY, actor: { actorPhone: '+12025550177' } })),
  { at: START + 11.2 * DAY, actor: { actorPhone: '+12025550105' } },
];

describeOnBothDatabases('statistics from sums', (fresh) => {
  let ledger: SampleLedger;
  let index: AuditIndex;
  let repository: AuditRepository;

  beforeAll(async () => {
    ledger = await SampleLedger.open(await fresh());
    await ledger.append(events);
    index = ledger.index();
    await index.catchUp();
    const clock = new FakeClock(START + 12 * DAY);
    repository = new AuditRepository({ reads: ledger.store.read, tenant: TENANT, index, clock });
  });
  afterAll(async () => {
    expect(ledger.troubles).toEqual([]);
    await ledger.close();
  });

  function busiest(rows: readonly AuditRow[]): { actorPhone: string | null; count: number }[] {
    const counts = new Map<string, number>();
    for (const { actorPhone } of rows) {
      const phone = String(actorPhone ?? '');
      counts.set(phone, (counts.get(phone) ?? 0) + 1);
    }
    return [...counts]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([phone, count]) => ({ actorPhone: phone === '' ? null : phone, count }));
  }

  async function expectTheBusiest(): Promise<void> {
    const everybody = busiest(await ledger.rows());
    for (let topActors = 1; topActors <= everybody.length + 1; topActors++) {
      const found = (await repository.getStatistics({ topActors })).topActors;
      const named = found.map(({ actorPhone, count }) => ({ actorPhone, count }));
      expect(named).toEqual(everybody.slice(0, topActors));
    }
  }

  test('name the busiest, however many are asked for and however many are as busy', async () => {
    await expectTheBusiest();
  });

  test.each<{ name: string; since?: number; until?: number }>([
    { name: 'all of time' },
    { name: 'whole days', since: START + DAY, until: START + 4 * DAY },
    { name: 'days that are cut by the hour', since: START + 5 * HOUR, until: START + 3 * DAY + 7 * HOUR },
    { name: 'days that are cut within an hour', since: START + 5.3 * HOUR, until: START + 5 * DAY + 1 },
    { name: 'a part of one day', since: START + 2 * DAY + 3 * HOUR, until: START + 2 * DAY + 9.5 * HOUR },
    { name: 'an open beginning', until: START + 2.5 * DAY },
    { name: 'an open end', since: START + 2.5 * DAY },
  ])('count days and hours: $name', async ({ since, until }) => {
    for (const query of ['', 'category:SECURITY', '-outcome:denied']) {
      for (const [period, length] of [['day', DAY] as const, ['hour', HOUR] as const]) {
        const inside = (await ledger.rows()).filter(
          ({ at, category, outcome }) =>
            (at as number) >= (since ?? 0) &&
            (at as number) < (until ?? Number.POSITIVE_INFINITY) &&
            (query !== 'category:SECURITY' || category === 'SECURITY') &&
            (query !== '-outcome:denied' || outcome !== 'denied'),
        );
        const wanted = new Map<number, number>();
        for (const { at } of inside) {
          const start = Math.floor((at as number) / length) * length;
          wanted.set(start, (wanted.get(start) ?? 0) + 1);
        }
        const parsed = parseQuery(query, { now: 0, timeZone: 'UTC' });
        if (!parsed.ok) throw new Error(parsed.error.problem);
        const { periods, total } = await repository.getStatistics({
          filter: parsed.filter,
          period,
          topActors: query === '' ? 10 : 0,
          ...(since !== undefined && { since }),
          ...(until !== undefined && { until }),
        });
        expect(new Map(periods.map(({ start, count }) => [start, count]))).toEqual(wanted);
        expect(total).toBe(inside.length);
      }
    }
  });

  test('name the busiest also of those whom the index does not know yet', async () => {
    await ledger.append(later);
    await expectTheBusiest();
  });

  test('count somebody who is known by an id alone for themselves, and not for the system', async () => {
    const at = START + 11.5 * DAY;
    const spokenFor = (actorId: string) => ({ at, actor: { actorPhone: 'SYSTEM', actorId } });
    await ledger.append([...Array.from({ length: 90 }, () => spokenFor('job-7')), spokenFor('job-8')]);
    for (const isIndexed of [false, true]) {
      if (isIndexed) await index.catchUp();
      const { topActors } = await repository.getStatistics({ topActors: 100 });
      expect(topActors).toContainEqual({ actorPhone: null, actorId: 'job-7', count: 90 });
      expect(topActors).toContainEqual({ actorPhone: null, actorId: 'job-8', count: 1 });
      expect(topActors.map(({ actorPhone }) => actorPhone)).not.toContain('SYSTEM');
      // The address that spoke for them is still what their entries can be found by.
      const anyOf = [[{ column: 'actorPhone' as const, startsWith: 'SYS' }]];
      const term = { field: 'phone', not: false, values: ['SYS*'], anyOf };
      expect((await repository.query({ terms: [term], text: [] }, { limit: 200 })).items).toHaveLength(91);
    }
  });
});
