import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditIndex } from '../../src/audit/index/auditIndex.js';
import { emptyFilter } from '../../src/audit/query/filter.js';
import type { AuditRow } from '../../src/audit/query/matches.js';
import { wallTime } from '../../src/audit/query/zone.js';
import { AuditRepository, type Page } from '../../src/audit/repository.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { randomEvent, START } from './reading/randomEvents.js';
import { SampleLedger, TENANT } from './reading/sampleLedger.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = START + 20 * HOUR;
const ANNA = '+12025550100';
const events = fc.sample(randomEvent, { numRuns: 200, seed: 42 });

const seqsOf = ({ items }: Page): number[] => items.map(({ seq }) => seq);

function tallied(rows: readonly AuditRow[], key: (row: AuditRow) => string | number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[key(row)] = (sums[key(row)] ?? 0) + 1;
  return sums;
}

/** By the phone, where that is not only the system's, which spoke for them. */
const countedFor = ({ actorPhone = null, actorId = null }: AuditRow): string =>
  actorPhone === null || (actorPhone === 'SYSTEM' && actorId !== null && actorId !== '')
    ? `null/${actorId}`
    : `${actorPhone}/null`;

describeOnBothDatabases(
  'a repository',
  (fresh) => {
    let ledger: SampleLedger;
    let index: AuditIndex;
    let repository: AuditRepository;
    let rows: AuditRow[];

    const newest = (wanted: (row: AuditRow) => boolean): number[] =>
      rows
        .filter(wanted)
        .map(({ seq }) => seq as number)
        .reverse();

    beforeAll(async () => {
      ledger = await SampleLedger.open(await fresh());
      await ledger.append(events);
      await ledger.erase('actor', [50, 51, 52]);
      await ledger.prune(5, 3);
      index = ledger.index();
      await index.catchUp({ until: 150 });
      repository = new AuditRepository({
        reads: ledger.store.read,
        tenant: TENANT,
        index,
        clock: new FakeClock(NOW),
      });
      rows = await ledger.rows();
    });
    afterAll(async () => {
      expect(ledger.troubles).toEqual([]);
      await ledger.close();
    });

    test('finds by each of its questions, newest first', async () => {
      const all = { limit: 300 };
      expect(seqsOf(await repository.findByUser('u1', all))).toEqual(newest((row) => row.actorId === 'u1'));
      expect(seqsOf(await repository.findByPhoneNumber(ANNA, all))).toEqual(
        newest((row) => row.actorPhone === ANNA),
      );
      expect(seqsOf(await repository.findByPhoneNumber('+1 (202) 555-0100', all))).toEqual(
        newest((row) => row.actorPhone === ANNA),
      );
      expect(seqsOf(await repository.findByCategory('AUTH', all))).toEqual(
        newest((row) => row.category === 'AUTH'),
      );
      expect(seqsOf(await repository.findByAction('SIGN_IN', all))).toEqual(
        newest((row) => row.action === 'SIGN_IN'),
      );
      expect(seqsOf(await repository.findByEntity({ type: 'user', id: 'e1' }, all))).toEqual(
        newest((row) => row.entityType === 'user' && row.entityId === 'e1'),
      );
      expect(seqsOf(await repository.findByEntity({ id: 'e10' }, all))).toEqual(
        newest((row) => row.entityId === 'e10'),
      );
      expect(seqsOf(await repository.findByDateRange({ since: START, until: START + DAY }, all))).toEqual(
        newest(({ at }) => (at as number) >= START && (at as number) < START + DAY),
      );
      expect(seqsOf(await repository.getRecent(all))).toEqual(
        newest(({ at }) => (at as number) >= NOW - DAY),
      );
    });

    test('shows 50 at a time unless it is asked for another number', async () => {
      const first = await repository.query(emptyFilter());
      expect(first.items).toHaveLength(50);
      expect(first.next).toBe(151);
      const second = await repository.query(emptyFilter(), { before: 151, limit: 3 });
      expect(seqsOf(second)).toEqual([150, 149, 148]);
      for (const limit of [0, 1.5, 10_001, Number.NaN]) {
        await expect(repository.query(emptyFilter(), { limit })).rejects.toThrow('1 to 10000');
      }
    });

    test("shows entries by the ledger's names, and nothing of how they are sealed", async () => {
      const entry = (await repository.getBySeq(50))!;
      expect(entry).toMatchObject({ seq: 50, tenant: TENANT, actorPhone: null, erasedAt: 5 });
      expect(Object.keys(entry)).toHaveLength(32);
      expect(entry).not.toHaveProperty('actorSalt');
      expect(await repository.getById(entry.id)).toEqual(entry);
    });

    test('does not show what retention has deleted, nor what it has left over', async () => {
      expect(await repository.getBySeq(3)).toBeNull();
      expect(await repository.getBySeq(4)).toBeNull();
      expect(await repository.getBySeq(6)).not.toBeNull();
      expect(await repository.getBySeq(201)).toBeNull();
      const [leftover] = await ledger.store.read.all<{ id: string }>(
        'SELECT "id" FROM "AuditLog" WHERE "seq" = 4',
      );
      expect(await repository.getById(leftover!.id)).toBeNull();
      expect(await repository.getById('nobody')).toBeNull();
    });

    test('tells what happened to an entity from the beginning', async () => {
      const wanted = newest((row) => row.entityId === 'e1').reverse();
      const first = await repository.getEntityTrail({ id: 'e1' }, { limit: 2 });
      expect(seqsOf(first)).toEqual(wanted.slice(0, 2));
      expect(seqsOf(await repository.getEntityTrail({ id: 'e1' }, { after: first.next! }))).toEqual(
        wanted.slice(2),
      );
    });

    test('sums up an entity', async () => {
      const about = rows.filter((row) => row.entityId === 'e1');
      const known = about.filter((row) => row.actorPhone !== null || row.actorId !== null);
      const actors = new Set(known.map(countedFor));
      expect(await repository.getEntitySummary({ id: 'e1' })).toEqual({
        total: about.length,
        first: { seq: about[0]!.seq, at: about[0]!.at },
        last: { seq: about.at(-1)!.seq, at: about.at(-1)!.at },
        uniqueActors: actors.size,
        byType: tallied(about, (row) => row.entityType ?? ''),
        byAction: tallied(about, (row) => row.action!),
        byOutcome: tallied(about, (row) => row.outcome!),
      });
      expect(await repository.getEntitySummary({ id: 'nothing' })).toMatchObject({
        total: 0,
        first: null,
        last: null,
      });
    });

    test('tells when somebody did what', async () => {
      const since = START - 10 * HOUR;
      const his = rows.filter((row) => row.actorPhone === ANNA && (row.at as number) >= since);
      const activity = await repository.getActorActivity({ phone: ANNA }, { since, period: 'hour' });
      expect(activity.total).toBe(his.length);
      expect(activity.first).toEqual({ seq: his[0]!.seq, at: his[0]!.at });
      expect(activity.byAction).toEqual(tallied(his, (row) => row.action!));
      const hours = tallied(his, (row) => Math.floor((row.at as number) / HOUR) * HOUR);
      expect(Object.fromEntries(activity.periods.map(({ start, count }) => [start, count]))).toEqual(hours);
      const byId = await repository.getActorActivity({ id: 'u2' });
      expect(byId.total).toBe(rows.filter((row) => row.actorId === 'u2').length);
    });

    test.each(['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Chatham', 'America/New_York'])(
      'counts days as they are in %s',
      async (timeZone) => {
        const statistics = await repository.getStatistics({ timeZone });
        const days = tallied(rows, ({ at }) => Math.floor(wallTime(at as number, timeZone) / DAY));
        const starts = statistics.periods.map(({ start, count }) => [wallTime(start, timeZone) / DAY, count]);
        expect(Object.fromEntries(starts)).toEqual(days);
        expect(statistics.periods).toEqual([...statistics.periods].sort((a, b) => a.start - b.start));
      },
    );

    test('names the busiest actors, those who are not known any more together', async () => {
      const within = { since: START - 30.5 * HOUR, until: START + 30.25 * HOUR };
      const inside = rows.filter(({ at }) => (at as number) >= within.since && (at as number) < within.until);
      const statistics = await repository.getStatistics({ ...within, topActors: 100 });
      const found = statistics.topActors.map(({ actorPhone, actorId, count }) => [
        `${actorPhone}/${actorId}`,
        count,
      ]);
      expect(Object.fromEntries(found)).toEqual(tallied(inside, countedFor));
      expect((await repository.getStatistics({ topActors: 2 })).topActors).toHaveLength(2);
      const counts = statistics.topActors.map(({ count }) => count);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    });

    test('counts combinations of category, action and outcome', async () => {
      const { combinations, total, byCategory } = await repository.getStatistics();
      const wanted = tallied(rows, (row) => `${row.category} ${row.action} ${row.outcome}`);
      const found = combinations.map((one) => [`${one.category} ${one.action} ${one.outcome}`, one.count]);
      expect(Object.fromEntries(found)).toEqual(wanted);
      expect(total).toBe(rows.length);
      expect(byCategory).toEqual(tallied(rows, (row) => row.category!));
    });

    test('streams all columns of the table unless it is told which', async () => {
      const batches = [];
      for await (const batch of repository.stream({ ...emptyFilter(), seqFrom: 198 })) batches.push(batch);
      expect(batches.flat().map((row) => row.length)).toEqual([38, 38, 38]);
    });

    test('pages stay as they were while entries are added', async () => {
      const first = await repository.query(emptyFilter(), { limit: 2 });
      await ledger.append(events.slice(0, 3));
      const second = await repository.query(emptyFilter(), { limit: 2, before: first.next! });
      expect(seqsOf(first)).toEqual([200, 199]);
      expect(seqsOf(second)).toEqual([198, 197]);
    });

    test('says what it was composed without', async () => {
      await expect(repository.deleteExpired(90)).rejects.toMatchObject({ code: 'NO_LIFECYCLE' });
      await expect(repository.deleteByUser(ANNA)).rejects.toMatchObject({ code: 'NO_LIFECYCLE' });
      await expect(repository.create('ROLE_CHANGE', {})).rejects.toMatchObject({ code: 'NO_WRITER' });
    });

    test('hands on what others do', async () => {
      const asked: unknown[] = [];
      const composed = new AuditRepository({
        reads: ledger.store.read,
        tenant: TENANT,
        clock: new FakeClock(),
        create: async (...event) => {
          asked.push(event);
          return { status: 'committed', seq: 9, id: 'x' };
        },
        lifecycle: {
          deleteExpired: async (days) => asked.push(days),
          deleteByUser: async (person) => asked.push(person),
        },
      });
      expect(await composed.create('ROLE_CHANGE', { description: 'd' })).toMatchObject({ seq: 9 });
      await composed.deleteExpired(30);
      await composed.deleteByUser('u1');
      expect(asked).toEqual([['ROLE_CHANGE', { description: 'd' }], 30, 'u1']);
    });
  },
  { migrated: true },
);
