import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditRecord } from '../../src/audit/record.js';
import { transact } from '../../src/audit/transact.js';
import type { Database } from '../../src/config/database.js';
import type { Store } from '../../src/store/store.js';
import { startChild } from '../support/children.js';
import { describeOnBothDatabases, freshSqlite } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { ledgerProblems, openTestRecord, readEntries, reading } from '../support/record.js';

const CHANGE = { key: 'greeting', oldValue: 'hello', newValue: 'good day' };

/** A change of a table of ours, through Prisma's typed client. */
const change = (tx: Parameters<Parameters<AuditRecord['logger']['transact']>[0]>[0], name: string) =>
  tx.lease.create({ data: { name, holder: 'somebody', until: 5n } });

describeOnBothDatabases(
  'a change and its events',
  (fresh, kind) => {
    let database: Database;
    let record: AuditRecord;
    /** How many entries there were before the test. */
    let start: number;
    beforeAll(async () => {
      database = await fresh();
      record = await openTestRecord(database, { shared: true });
    });
    beforeEach(async () => {
      await record.store.transaction((tx) => tx.run(`DELETE FROM "Lease" WHERE "holder" = 'somebody'`));
      start = (await readEntries(database)).length;
    });
    afterAll(async () => {
      await record.close();
      expect(await ledgerProblems(database)).toEqual([]);
    });

    const changes = () =>
      reading(database, async (reads) => {
        const rows = await reads.all<{ name: string }>(
          `SELECT "name" FROM "Lease" WHERE "holder" = 'somebody'`,
        );
        return rows.map(({ name }) => name).sort();
      });
    const entries = async () => (await readEntries(database)).slice(start);
    const actions = async () => (await entries()).map((entry) => entry.public.action);

    test('are there together, numbered among the others, with receipts at once', async () => {
      await record.logger.record('CONFIG_CHANGE', CHANGE);
      const receipts = await record.logger.transact(async (tx, append) => {
        await change(tx, 'one');
        const first = await append('CONFIG_CHANGE', CHANGE);
        const second = await append('CONFIG_CHANGE', CHANGE, { reason: 'again' });
        return [first.seq, second.seq];
      });
      expect(receipts).toEqual([start + 2, start + 3]);
      expect(await record.logger.record('CONFIG_CHANGE', CHANGE)).toMatchObject({
        status: 'committed',
        seq: start + 4,
      });
      expect(await changes()).toEqual(['one']);
    });

    test('are not seen by anybody before they are committed', async () => {
      await record.logger.transact(async (tx, append) => {
        await change(tx, 'one');
        await append('CONFIG_CHANGE', CHANGE);
        expect([await changes(), await actions()]).toEqual([[], []]);
      });
      expect([await changes(), await actions()]).toEqual([['one'], ['CONFIG_CHANGE']]);
    });

    test('are both gone where the work fails, and the caller gets that very error', async () => {
      const problem = new Error('the shop is closed');
      const failing = record.logger.transact(async (tx, append) => {
        await change(tx, 'one');
        await append('CONFIG_CHANGE', CHANGE);
        throw problem;
      });
      expect(await failureOf(failing)).toBe(problem);
      expect([await changes(), await actions()]).toEqual([[], []]);
      expect(await record.logger.record('CONFIG_CHANGE', CHANGE)).toMatchObject({
        status: 'committed',
        seq: start + 1,
      });
    });

    test('are both gone where the event does not fit', async () => {
      const failing = record.logger.transact(async (tx, append) => {
        await change(tx, 'one');
        await append('CONFIG_CHANGE', { key: 7 } as never);
      });
      expect(await failureOf(failing)).toMatchObject({ code: 'BAD_PAYLOAD' });
      expect(await changes()).toEqual([]);
    });

    test('are both gone where a statement of the change fails', async () => {
      const failing = record.logger.transact(async (tx, append) => {
        await append('CONFIG_CHANGE', CHANGE);
        await change(tx, 'one');
        await change(tx, 'one');
      });
      await failureOf(failing);
      expect([await changes(), await actions()]).toEqual([[], []]);
    });

    test('are both gone where the COMMIT is refused, and nobody is locked out', async () => {
      const failing = record.logger.transact(async (tx, append) => {
        await change(tx, 'one');
        await append('CONFIG_CHANGE', CHANGE);
        // A gate that is left open fails the COMMIT.
        await tx.$executeRawUnsafe(
          `INSERT INTO "AuditGate" ("tenant", "purpose", "closedBy") VALUES ('acme', 'x', 1)`,
        );
      });
      await failureOf(failing);
      expect([await changes(), await actions()]).toEqual([[], []]);
      expect(await record.logger.record('CONFIG_CHANGE', CHANGE)).toMatchObject({
        status: 'committed',
        seq: start + 1,
      });
      await record.logger.transact((tx) => change(tx, 'two'));
      expect(await changes()).toEqual(['two']);
    });

    test('do not take along with their rollback what is recorded beside them', async () => {
      let beside: Promise<unknown> = Promise.resolve();
      const failing = record.logger.transact(async (tx) => {
        await change(tx, 'one');
        beside = record.logger.record('CONFIG_CHANGE', CHANGE, { reason: 'beside' });
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('undone');
      });
      await failureOf(failing);
      expect(await beside).toMatchObject({ status: 'committed', seq: start + 1 });
      const [entry] = await entries();
      expect(entry?.rest?.reason).toBe('beside');
    });

    test('of many callers at once come one after another, without a gap', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, index) =>
          record.logger.transact(async (tx, append) => {
            await change(tx, `change ${index}`);
            const { seq } = await append('CONFIG_CHANGE', CHANGE);
            void record.logger.record('CONFIG_CHANGE', CHANGE);
            if (index % 3 === 2) throw new Error('undone');
            return seq;
          }),
        ),
      );
      await record.flush();
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
      expect(await changes()).toHaveLength(8);
      expect(await actions()).toHaveLength(8 + 12);
    });

    test('keep the first receipt of an event that is repeated by its id', async () => {
      const id = randomUUID();
      await record.logger.record('CONFIG_CHANGE', CHANGE, { id });
      await record.logger.record('CONFIG_CHANGE', CHANGE);
      const receipt = await record.logger.transact((_, append) => append('CONFIG_CHANGE', CHANGE, { id }));
      expect(receipt).toEqual({ seq: start + 1, id });
      expect(await actions()).toHaveLength(2);
    });

    test('are refused inside one another, instead of waiting for ever; afterwards they are not', async () => {
      let over: () => void = () => {};
      let later: Promise<unknown> = Promise.resolve();
      const nested = record.logger.transact(async (tx) => {
        await change(tx, 'outer');
        // What is set off in here and runs when all is over has nothing to do with this transaction any more.
        const end = new Promise<void>((resolve) => {
          over = resolve;
        });
        later = end.then(() => record.logger.transact((inner) => change(inner, 'later')));
        await record.logger.transact((inner) => change(inner, 'inner'));
      });
      expect(await failureOf(nested)).toMatchObject({ code: 'TRANSACTION_IN_TRANSACTION' });
      over();
      await later;
      expect(await changes()).toEqual(['later']);
    });

    test('that take too long are undone, and let the others go on', async () => {
      const hanging = transact(record.store, record.ledger, 1000, () => new Promise<void>(() => {}), 100);
      const beside = record.logger.record('CONFIG_CHANGE', CHANGE);
      expect(await failureOf(hanging)).toMatchObject({ code: 'TRANSACTION_TOO_LONG' });
      expect(await beside).toMatchObject({ status: 'committed', seq: start + 1 });
    });

    test('record() kept for later is refused when the transaction is over', async () => {
      let kept: (() => Promise<unknown>) | undefined;
      await record.logger.transact(async (_, append) => {
        kept = () => append('CONFIG_CHANGE', CHANGE);
      });
      expect(await failureOf(kept!())).toMatchObject({ code: 'TRANSACTION_OVER' });
      expect(await actions()).toEqual([]);
    });

    if (kind === 'sqlite') {
      test('wait for another process that has the lock for a moment, and run once', async () => {
        const child = startChild('holdLock.js', (database as { path: string }).path);
        await child.next();
        let runs = 0;
        const done = record.logger.transact(async (tx, append) => {
          runs += 1;
          await change(tx, 'one');
          return append('CONFIG_CHANGE', CHANGE);
        });
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        child.tell('let go');
        expect([(await done).seq - start, runs]).toEqual([1, 1]);
      });
    }
  },
  { migrated: true },
);

describe('a store without an open transaction', () => {
  test('gives everybody one and the same Prisma client', async () => {
    const record = await openTestRecord(await freshSqlite());
    const store: Store = record.store;
    const [one, two] = await Promise.all([store.prisma(), store.prisma()]);
    expect(one).toBe(two);
  });
});
