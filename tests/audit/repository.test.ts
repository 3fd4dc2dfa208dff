import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditIndex } from '../../src/audit/index/auditIndex.js';
import type { AuditFilter } from '../../src/audit/query/filter.js';
import { type AuditRow, matches } from '../../src/audit/query/matches.js';
import { AuditRepository } from '../../src/audit/repository.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { randomEvent, randomFilter } from './reading/randomEvents.js';
import { SampleLedger, TENANT } from './reading/sampleLedger.js';

const events = fc.sample(randomEvent, { numRuns: 260, seed: 20310306 });

describeOnBothDatabases('every filter finds what it means', (fresh, kind) => {
  let ledger: SampleLedger;
  let index: AuditIndex;

  beforeAll(async () => {
    ledger = await SampleLedger.open(await fresh());
    await ledger.append(events);
    await ledger.addTenant('other');
    await ledger.append(events.slice(0, 30), 'other');
    await ledger.erase('actor', [31, 77, 140, 205]);
    await ledger.erase('rest', [31, 78, 141, 206]);
    // Some of what is below the anchor is still there: a run of retention that was killed.
    await ledger.prune(20, 14);
    index = ledger.index();
  });
  afterAll(() => ledger.close());

  const places: [string, () => Promise<unknown>][] = [
    ['without an index', async () => {}],
    ['with an index that knows nothing yet', () => index.catchUp({ until: 0 })],
    ['with an index that is half-way', () => index.catchUp({ until: 130 })],
    ['with an index of everything', () => index.catchUp()],
    [
      'after an erasure that the index was not told of',
      async () => {
        await ledger.erase('actor', [33, 40, 41, 99, 180]);
        await ledger.erase('rest', [33, 42, 43, 100, 181]);
      },
    ],
    ['after retention', () => ledger.prune(75)],
  ];

  test.each(places)('%s', async (place, arrange) => {
    await arrange();
    const isWithout = place === 'without an index';
    const repository = new AuditRepository({
      reads: ledger.store.read,
      tenant: TENANT,
      index: isWithout ? null : index,
      clock: new FakeClock(),
    });
    const rows = await ledger.rows();
    let found = 0;
    const numRuns = kind === 'sqlite' ? 80 : 30;
    await fc.assert(
      fc.asyncProperty(randomFilter, fc.integer({ min: 1, max: 30 }), async (filter, limit) => {
        const wanted = rows.filter((row) => matches(filter, row));
        const seqs = wanted.map((row) => row.seq);
        if (seqs.length > 0) found += 1;
        expect(await pagedSeqs(repository, filter, limit)).toEqual([...seqs].reverse());
        expect(await repository.count(filter)).toBe(seqs.length);
        const streamed = [];
        for await (const batch of repository.stream(filter, { columns: ['action', 'seq'], batch: 7 })) {
          streamed.push(...batch);
        }
        expect(streamed).toEqual(wanted.map((row) => [row.action, row.seq]));
        const statistics = await repository.getStatistics({ filter, topActors: limit > 15 ? 0 : 10 });
        expect(statistics.total).toBe(seqs.length);
        expect(statistics.byAction).toEqual(countsOf(wanted, 'action'));
        expect(statistics.byOutcome).toEqual(countsOf(wanted, 'outcome'));
      }),
      { seed: 7, numRuns, endOnFailure: true },
    );
    expect(ledger.troubles).toEqual([]);
    // Filters that find nothing prove little.
    expect(found).toBeGreaterThan(numRuns / 3);
  });
});

async function pagedSeqs(repository: AuditRepository, filter: AuditFilter, limit: number): Promise<number[]> {
  const seqs: number[] = [];
  let before: number | undefined;
  do {
    const page = await repository.query(filter, { limit, ...(before !== undefined && { before }) });
    seqs.push(...page.items.map((item) => item.seq));
    before = page.next ?? undefined;
  } while (before !== undefined);
  return seqs;
}

function countsOf(rows: readonly AuditRow[], column: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[String(row[column])] = (sums[String(row[column])] ?? 0) + 1;
  return sums;
}
