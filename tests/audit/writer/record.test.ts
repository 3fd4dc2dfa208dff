import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditRecord } from '../../../src/audit/record.js';
import type { Receipt } from '../../../src/audit/writer/commit.js';
import type { Fate } from '../../../src/audit/writer/fate.js';
import type { Database } from '../../../src/config/database.js';
import { startChild } from '../../support/children.js';
import { describeOnBothDatabases, freshSqlite } from '../../support/databases.js';
import { FakeClock } from '../../support/fakeClock.js';
import { type OwnPostgres, startOwnPostgres } from '../../support/postgres.js';
import { startProxy } from '../../support/proxy.js';
import { dataDirFor, ledgerProblems, openTestRecord, readEntries, reading } from '../../support/record.js';
import { smallDisk } from '../../support/smallDisk.js';

const write = (record: AuditRecord, n: number, id?: string) =>
  record.write('CONFIG_CHANGE', { description: `number ${n}`, ...(id !== undefined && { id }) });
const numbersOf = async (database: Database) =>
  (await readEntries(database)).map((entry) => entry.rest?.description);
const upTo = (count: number, from = 1) =>
  Array.from({ length: count - from + 1 }, (_, index) => `number ${from + index}`);
const seqOf = (fate: Fate) => (fate.status === 'committed' ? fate.seq : fate.status);
/** The place in the ledger that an event has, or gets in the end. */
async function receiptOf(fate: Fate): Promise<Receipt> {
  if (fate.status === 'committed') return fate;
  if (fate.status === 'spooled') return fate.committed;
  throw new Error(fate.reason);
}
const committed = (fates: Fate[]) => Promise.all(fates.map(receiptOf));
const spoolFiles = (database: Database) => {
  const folder = join(dataDirFor(database), 'spool');
  return existsSync(folder) ? readdirSync(folder) : [];
};

describeOnBothDatabases(
  'the record',
  (fresh) => {
    test('writes a thousand at once in few transactions, numbered in the order of the calls', async () => {
      const database = await fresh();
      const record = await openTestRecord(database);
      const before = await transactionCount(record);
      const fates = await Promise.all(Array.from({ length: 1000 }, (_, index) => write(record, index + 1)));
      expect(fates.map(seqOf)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
      if (before !== null) expect((await transactionCount(record))! - before).toBeLessThan(40);
      expect(record.status()).toMatchObject({ state: 'ok', queued: 0, spooled: 0 });
      await record.close();
      expect(await numbersOf(database)).toEqual(upTo(1000));
      expect(await ledgerProblems(database)).toEqual([]);
    });

    test('gives an event that is repeated the receipt it got first, and writes it once', async () => {
      const database = await fresh();
      const record = await openTestRecord(database);
      const [one, two] = [randomUUID(), randomUUID()];
      const first = await write(record, 1, one);
      const together = await Promise.all([
        write(record, 2, two),
        write(record, 3),
        write(record, 4, two),
        write(record, 5, one),
      ]);
      expect([first, ...together].map(seqOf)).toEqual([1, 2, 3, 2, 1]);
      expect((await write(record, 6)).status).toBe('committed');
      await record.close();
      const again = await openTestRecord(database);
      expect(await write(again, 7, two)).toEqual({ status: 'committed', seq: 2, id: two });
      await again.close();
      expect(await numbersOf(database)).toEqual(['number 1', 'number 2', 'number 3', 'number 6']);
      expect(await ledgerProblems(database)).toEqual([]);
    });

    test('sheds an event whose id is another tenant’s, and nothing else', async () => {
      const database = await fresh();
      const [other, record] = [
        await openTestRecord(database, { tenant: 'globex' }),
        await openTestRecord(database),
      ];
      const id = randomUUID();
      await write(other, 1, id);
      const fates = await Promise.all([write(record, 1), write(record, 2, id), write(record, 3)]);
      await record.flush();
      const outcomes = await Promise.allSettled(fates.map(receiptOf));
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(record.status()).toMatchObject({ state: 'ok', shed: 1, spooled: 0 });
      expect(await numbersOf(database)).toEqual(['number 1', 'number 3', expect.stringMatching(/1/)]);
      await Promise.all([record.close(), other.close()]);
      expect(await ledgerProblems(database)).toEqual([]);
    });

    test('is signed over whatever was asked for, and when it is closed', async () => {
      const database = await fresh();
      const record = await openTestRecord(database);
      void write(record, 1);
      void write(record, 2);
      expect((await record.sign()).size).toBe(2);
      void write(record, 3);
      await record.close();
      const sizes = await reading(database, (reads) =>
        reads.all<{ size: number }>(`SELECT "size" FROM "LedgerCheckpoint" ORDER BY "size"`),
      );
      expect(sizes.map(({ size }) => size)).toEqual([0, 2, 3]);
    });

    test('writes first what a killed process had spooled, exactly once, also what was drained before the kill', async () => {
      const database = await fresh();
      const first = await openTestRecord(database);
      await write(first, 1);
      await first.close();
      const child = startChild('spoolEvents.js', {
        database,
        dataDir: dataDirFor(database),
        from: 2,
        to: 6,
        drained: 2,
      });
      expect(await child.next()).toEqual({ spooled: 5, written: 2 });
      await child.kill();
      expect(spoolFiles(database)).toHaveLength(1);
      const next = await openTestRecord(database);
      expect(seqOf(await write(next, 7))).toBe(7);
      await next.close();
      expect(await numbersOf(database)).toEqual(upTo(7));
      expect(spoolFiles(database)).toEqual([]);
      expect(await ledgerProblems(database)).toEqual([]);
    });
  },
  { migrated: true },
);

describe('while another process holds SQLite’s lock', () => {
  test('nobody waits longer than the limit, the event loop turns, and all is written in order afterwards', async () => {
    const database = await freshSqlite();
    const record = await openTestRecord(database, { blockMaxMs: 400 });
    await write(record, 1);
    // Loads Prisma, which would be taken for a standstill.
    await record.logger.transact(async () => {});
    const child = startChild('holdLock.js', (database as { path: string }).path);
    await child.next();
    let longest = 0;
    let last = performance.now();
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    const fates = await Promise.all(Array.from({ length: 20 }, (_, index) => write(record, index + 2)));
    expect(performance.now() - started).toBeLessThan(400 + 300);
    expect(new Set(fates.map(({ status }) => status))).toEqual(new Set(['spooled']));
    expect(record.status()).toMatchObject({ state: 'degraded', spooled: 20 });
    await expect(record.logger.transact(async () => {})).rejects.toThrow();
    clearInterval(ticking);
    expect(longest).toBeLessThan(250);

    child.tell('let go');
    await child.next();
    const later = write(record, 22);
    await record.flush();
    expect(record.status()).toMatchObject({ state: 'ok', spooled: 0, shed: 0 });
    const receipts = await committed([...fates, await later]);
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 2));
    await record.close();
    expect(await numbersOf(database)).toEqual(upTo(22));
    expect(await ledgerProblems(database)).toEqual([]);
  });
});

describe('on a disk that is full', () => {
  test('events are spooled while there is room, then shed and told, and nothing acknowledged is lost', async () => {
    const disk = smallDisk('3m');
    if (disk === null) return;
    const database: Database = { kind: 'sqlite', path: join(disk.path, 'reeve.db') };
    const record = await openTestRecord(database, { clock: new FakeClock() });
    const fates: Fate[] = [];
    const text = 'x'.repeat(1500);
    for (let n = 1; n < 4000 && fates.at(-1)?.status !== 'shed'; n += 50) {
      const batch = Array.from({ length: 50 }, (_, index) =>
        record.write('CONFIG_CHANGE', { description: `number ${n + index}`, metadata: { text, n } }),
      );
      fates.push(...(await Promise.all(batch)));
    }
    expect(fates[0]?.status).toBe('committed');
    expect(fates.at(-1)).toMatchObject({ status: 'shed', reason: expect.stringContaining('ENOSPC') });
    expect(record.status()).toMatchObject({ state: 'failing' });
    const kept = fates.filter(({ status }) => status === 'committed').length;
    expect(record.status().spooled).toBe(fates.filter(({ status }) => status === 'spooled').length);
    expect((await readEntries(database)).length).toBeGreaterThanOrEqual(kept);
    await record.close();
    expect(await numbersOf(database).then((numbers) => numbers.slice(0, kept))).toEqual(upTo(kept));
  });
});

describe('while PostgreSQL is stopped and started during a load', () => {
  let server: OwnPostgres;
  beforeAll(async () => {
    server = await startOwnPostgres();
  });
  afterAll(() => server.stop());

  test('every event is written exactly once, in the order of the calls', async () => {
    const database: Database = { kind: 'postgresql', url: await server.newDatabase() };
    const record = await openTestRecord(database, { blockMaxMs: 600, spoolMaxBytes: 64 * 1024 * 1024 });
    const fates: Promise<Fate>[] = [];
    let n = 0;
    const load = async (count: number) => {
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < 5; j++) fates.push(write(record, ++n));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await load(40);
    const stopped = server.stopServer();
    await load(200);
    await stopped;
    await load(20);
    const during = await write(record, ++n);
    fates.push(Promise.resolve(during));
    expect([during.status, record.status().state, record.status().shed]).toEqual(['spooled', 'degraded', 0]);
    const started = server.startServer();
    await load(40);
    await started;
    await load(40);
    // A server that has just come back may still refuse for a while; what waits is written when it does not.
    await committed(await Promise.all(fates));
    await record.flush();
    expect(record.status()).toMatchObject({ state: 'ok', spooled: 0, shed: 0 });
    const afterwards = await write(record, ++n);
    expect(afterwards.status).toBe('committed');
    fates.push(Promise.resolve(afterwards));
    const receipts = await committed(await Promise.all(fates));
    expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: n }, (_, index) => index + 1));
    await record.close();
    expect(await numbersOf(database)).toEqual(upTo(n));
    expect(await ledgerProblems(database)).toEqual([]);
  });

  test('a server that no longer answers keeps nobody waiting longer than the limit', async () => {
    const proxy = await startProxy(await server.newDatabase());
    const database: Database = { kind: 'postgresql', url: proxy.url };
    const record = await openTestRecord(database, { blockMaxMs: 400 });
    await write(record, 1);
    proxy.freeze();
    const started = performance.now();
    const fates = await Promise.all([write(record, 2), write(record, 3)]);
    expect(performance.now() - started).toBeLessThan(400 + 300);
    expect(fates.map(({ status }) => status)).toEqual(['spooled', 'spooled']);
    expect(record.status().state).toBe('degraded');
    proxy.thaw();
    const receipts = await committed(fates);
    expect(receipts.map(({ seq }) => seq)).toEqual([2, 3]);
    await record.close();
    expect(await numbersOf(database)).toEqual(upTo(3));
    await proxy.close();
  });

  test('closing while it is away leaves all to the next start', async () => {
    const database: Database = { kind: 'postgresql', url: await server.newDatabase() };
    const record = await openTestRecord(database, { blockMaxMs: 300 });
    await write(record, 1);
    await server.stopServer();
    const fates = await Promise.all([write(record, 2), write(record, 3)]);
    expect(fates.map(({ status }) => status)).toEqual(['spooled', 'spooled']);
    await record.close();
    await server.startServer();
    const next = await openTestRecord(database);
    await write(next, 4);
    await next.close();
    expect(await numbersOf(database)).toEqual(upTo(4));
    expect(await ledgerProblems(database)).toEqual([]);
  });
});

/** How many transactions the database has seen; null where it does not count them. */
async function transactionCount(record: AuditRecord): Promise<number | null> {
  if (record.store.dialect === 'sqlite') return null;
  const row = await record.store.read.get<{ n: string }>('SELECT pg_current_xact_id()::text AS n');
  return Number(row?.n);
}
