import { expect, test } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { AuditIndex } from '../../../src/audit/index/auditIndex.js';
import { emptyFilter } from '../../../src/audit/query/filter.js';
import { AuditRepository } from '../../../src/audit/repository.js';
import { segmentEntries } from '../../../src/lifecycle/archive/segmentFile.js';
import { JobRuns } from '../../../src/lifecycle/jobRuns.js';
import { vouchErased } from '../../../src/lifecycle/statements.js';
import { describeOnBothDatabases, freshSqlite } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { until } from '../../system/until.js';
import { Aged, DAY } from './aged.js';

const TIMES = { cron: '30 3 * * *', timeZone: 'UTC' };

/** While tables are away, as a database would be that takes nothing more. */
async function without(aged: Aged, tables: readonly string[], work: () => Promise<void>): Promise<void> {
  const { store } = aged.record;
  const rename = (from: string, to: string) =>
    store.transaction((tx) => tx.run(`ALTER TABLE "${from}" RENAME TO "${to}"`));
  for (const table of tables) await rename(table, `${table}Away`);
  await work();
  for (const table of tables) await rename(`${table}Away`, table);
}

describeOnBothDatabases('retention', (fresh) => {
  test('takes the expired beginning away, and the ledger verifies from there on', async () => {
    const aged = await Aged.open(await fresh(), 30, 10);
    const before = await aged.record.sign();
    const run = await aged.retention.run();
    expect(run).toMatchObject({ outcome: 'success', removed: 30, archived: 0, expired: 0, failure: null });
    // Ten fresh ones, the announcement, the event of the run.
    expect(await aged.numbers()).toEqual(Array.from({ length: 12 }, (_, i) => 31 + i));
    const verdict = await aged.verify();
    expect(verdict).toMatchObject({ verdict: 'intact-from', from: 31, to: 42, totalRecords: 12 });
    expect(verdict.notes.join()).not.toMatch(/could not be compared/);
    expect(before.size).toBe(40);
    const [announced] = (await aged.record.repository.findByAction('RETENTION_PRUNED')).items;
    expect(announced?.actorType).toBe('system');
    expect(JSON.parse(announced?.metadata ?? '')).toEqual({
      from: 1,
      to: 30,
      count: 30,
      root: expect.stringMatching(/^[0-9a-f]{64}$/),
      archive: null,
    });
    const [ran] = (await aged.record.repository.findByAction('RETENTION_RUN')).items;
    expect(ran).toMatchObject({ outcome: 'success', channel: 'scheduler' });
    expect(JSON.parse(ran?.metadata ?? '')).toMatchObject({ removed: 30, days: 90 });
  });

  test('shows beforehand what it would take, and changes nothing', async () => {
    const aged = await Aged.open(await fresh(), 5, 3);
    expect(await aged.retention.plan()).toMatchObject({
      plan: { kind: 'prune', from: 1, to: 5, stoppedBy: 'age' },
      days: 90,
      hasLeftovers: false,
    });
    expect(await aged.numbers()).toHaveLength(8);
  });

  test('goes on from the anchor, and every checkpoint ever signed stays checkable', async () => {
    const aged = await Aged.open(await fresh(), 7, 4);
    await aged.record.sign();
    await aged.retention.run();
    for (let i = 0; i < 3; i += 1) {
      aged.clock.jump(95 * DAY);
      await aged.write(3 + i);
      await aged.record.sign();
      expect((await aged.retention.run()).failure).toBeNull();
    }
    const verdict = await aged.verify();
    expect(verdict.verdict).toBe('intact-from');
    expect(verdict.notes.join()).not.toMatch(/could not be compared/);
    const proofs = await aged.record.store.read.all(`SELECT "from" FROM "LedgerConsistency"`);
    expect(proofs.length).toBeGreaterThan(4);
  });

  test('has nothing to do where nothing has expired, and says that it ran', async () => {
    const aged = await Aged.open(await fresh(), 0, 4);
    expect(await aged.retention.run()).toMatchObject({ outcome: 'success', removed: 0 });
    expect((await aged.record.repository.findByAction('RETENTION_RUN')).items).toHaveLength(1);
    expect(await aged.retention.lastRun()).toMatchObject({ outcome: 'success', detail: { removed: 0 } });
  });

  test('stops before what is held, also where the hold comes while it is at work', async () => {
    const aged = await Aged.open(await fresh(), 20, 5);
    aged.heldSeq = 11;
    expect(await aged.retention.run()).toMatchObject({ outcome: 'success', removed: 10 });
    aged.heldSeq = null;
    const late = aged.over({
      onMilestone: (milestone) => {
        if (milestone === 'vouched') aged.heldSeq = 15;
      },
    });
    const run = await late.run();
    expect(run.failure?.code).toBe('RETENTION_HELD_MEANWHILE');
    expect((await aged.numbers())[0]).toBe(11);
    expect((await aged.verify()).isValid).toBe(true);
    expect((await aged.retention.run()).removed).toBe(4);
    expect((await aged.numbers())[0]).toBe(15);
  });

  test('deletes nothing by a clock that does not fit the ledger, and tells the owners once', async () => {
    const aged = await Aged.open(await fresh(), 5, 5);
    aged.clock.jump(4000 * DAY);
    for (let i = 0; i < 2; i += 1) {
      expect((await aged.retention.run()).failure?.code).toBe('RETENTION_NEWEST_EXPIRED');
    }
    expect(aged.told).toHaveLength(1);
    expect(aged.told[0]).toMatch(/clock/);
    aged.clock.jump(-5000 * DAY);
    expect((await aged.retention.run()).failure?.code).toBe('RETENTION_CLOCK_BEHIND');
    expect(await aged.numbers()).toHaveLength(13);
    expect(aged.told).toHaveLength(2);
    const failed = await aged.record.repository.findByAction('RETENTION_RUN');
    expect(failed.items.map(({ outcome }) => outcome)).toEqual(['failure', 'failure', 'failure']);
  });

  test.each(['among others', 'alone'])(
    'what is written by itself, %s, does not vouch for a clock that was put on',
    async (how) => {
      const aged = await Aged.open(await fresh(), 0, 0);
      const { logger } = aged.record;
      const heartbeat = () => logger.transact((_tx, log) => log('HEARTBEAT', { every: 'day' }));
      if (how === 'among others') await aged.write(2);
      for (let day = 0; day < 3; day += 1) {
        await heartbeat();
        aged.clock.jump(DAY);
      }
      aged.clock.jump(4000 * DAY);
      await heartbeat();
      await logger.record('SESSION_CHANGE', { gateway: 'whatsapp', change: 'linked' });
      await aged.record.flush();
      expect((await aged.retention.run()).failure?.code).toBe('RETENTION_NEWEST_EXPIRED');
      expect((await aged.numbers())[0]).toBe(1);
    },
  );

  test('deletes nothing that was changed, and tells the owners', async () => {
    const aged = await Aged.open(await fresh(), 8, 3);
    await aged.record.sign();
    const { store } = aged.record;
    await store.transaction(async (tx) => {
      const on = store.dialect === 'sqlite' ? '' : ' ON "AuditLog"';
      await tx.run(`DROP TRIGGER "AuditLog_update_guard"${on}`);
      await tx.run(`UPDATE "AuditLog" SET "actorName" = 'Mallory' WHERE "seq" = 3`);
    });
    const run = await aged.retention.run();
    expect(run.failure).toMatchObject({ code: 'RETENTION_NOT_VERIFIED' });
    expect(run.failure?.message).toMatch(/altered/);
    expect((await aged.numbers())[0]).toBe(1);
    expect(aged.told[0]).toMatch(/do not verify/);
  });

  test('of a run that was cut short, nobody sees the rows that are left, and the next run clears them', async () => {
    const aged = await Aged.open(await fresh(), 25, 6);
    const stopped = aged.over({
      onMilestone: (milestone) => {
        if (milestone === 'moved') throw new Error('cut short');
      },
    });
    expect((await stopped.run()).outcome).toBe('failure');
    expect((await aged.numbers())[0]).toBe(1);
    const { repository } = aged.record;
    const everything = async () => ({
      count: await repository.count(emptyFilter()),
      statistics: (await repository.getStatistics()).total,
      oldest: (await repository.query(emptyFilter(), { limit: 100 })).items.at(-1)?.seq,
      byPhone: (await repository.findByPhoneNumber('+12025550100')).items.at(-1)?.seq,
      first: await repository.getBySeq(3),
      plan: (await aged.retention.plan()).hasLeftovers,
    });
    expect(await everything()).toEqual({
      count: 8,
      statistics: 8,
      oldest: 26,
      byPhone: 26,
      first: null,
      plan: true,
    });
    expect(await aged.verify()).toMatchObject({ verdict: 'intact-from', from: 26 });
    expect((await aged.retention.run()).removed).toBe(25);
    expect((await aged.numbers())[0]).toBe(26);
    expect(await everything()).toMatchObject({ count: 9, plan: false });
  });

  test('of a run that was cut short, an index that has not noticed yet shows nothing', async () => {
    const aged = await Aged.open(await fresh(), 25, 6);
    const { store } = aged.record;
    const index = new AuditIndex(
      { database: aged.database, dataDir: tempFolder(), tenant: 'acme' },
      store.read,
    );
    try {
      await index.catchUp();
      const indexed = new AuditRepository({ reads: store.read, tenant: 'acme', index, clock: aged.clock });
      const plain = new AuditRepository({ reads: store.read, tenant: 'acme', clock: aged.clock });
      const stopped = aged.over({
        onMilestone: (milestone) => {
          if (milestone === 'moved') throw new Error('cut short');
        },
      });
      await stopped.run();
      const since = aged.clock.now() - 150 * DAY;
      const answers = async (repository: AuditRepository) => ({
        count: await repository.count({ ...emptyFilter(), since }),
        total: (await repository.getStatistics({ since })).total,
        words: (await repository.query({ terms: [], text: ['added'] }, { limit: 100 })).items.map(
          ({ seq }) => seq,
        ),
        day: (await repository.findByDateRange({ since }, { limit: 100 })).items.map(({ seq }) => seq),
      });
      const truth = await answers(plain);
      expect(truth.count).toBe(8);
      expect(await answers(indexed)).toEqual(truth);
      await index.catchUp();
      expect(await answers(indexed)).toEqual(truth);
      expect((await aged.retention.run()).removed).toBe(25);
      const left = await answers(plain);
      expect(await answers(indexed)).toEqual(left);
    } finally {
      await index.close();
    }
  });

  test('archives again what was erased while it was at work, and waits for an erasure under way', async () => {
    const aged = await Aged.open(await fresh(), 12, 5, { archived: true });
    const { record } = aged;
    const statements = { store: record.store, dataDir: dataDirFor(aged.database), ledger: record.ledger };
    const erase = async (): Promise<void> => {
      const ranges: [number, number][] = [[2, 2]];
      const fate = await record.logger.record('SUBJECT_ERASED', { actor: ranges, rest: [], count: 1 });
      await record.sign();
      await vouchErased(statements, (fate as { seq: number }).seq);
      await record.store.transaction(async (tx) => {
        await tx.run(`INSERT INTO "AuditGate" ("tenant","purpose","closedBy") VALUES ('acme','erasure',1)`);
        await tx.run(
          `UPDATE "AuditLog" SET "actorId"=NULL,"actorPhone"=NULL,"actorName"=NULL,"actorRole"=NULL,"ip"=NULL,
             "userAgent"=NULL,"scopes"=NULL,"actorSalt"=NULL,"erasedAt"=1 WHERE "seq" = 2`,
        );
        await tx.run(`DELETE FROM "AuditGate"`);
      });
    };
    const pending = (sql: string) => record.store.transaction((tx) => tx.run(sql));
    await pending(
      `INSERT INTO "PendingErasure" ("tenant","id","subject","ranges","startedAt") VALUES ('acme','1','{}','',0)`,
    );
    expect((await aged.retention.run()).failure?.code).toBe('RETENTION_ERASURE_UNDER_WAY');
    expect((await aged.numbers())[0]).toBe(1);
    await pending(`DELETE FROM "PendingErasure"`);
    let isErased = false;
    const run = await aged
      .over({
        archive: aged.archive,
        onMilestone: async (milestone) => {
          if (milestone !== 'vouched' || isErased) return;
          isErased = true;
          await erase();
        },
      })
      .run();
    expect(run).toMatchObject({ removed: 12, failure: null });
    const [segment] = await aged.archive.segments();
    const entries = [];
    for await (const entry of segmentEntries(aged.archive.read(segment!.file))) entries.push(entry);
    expect(entries.map(({ actorSalt }) => actorSalt === null).indexOf(true)).toBe(1);
  });

  test('tells the owners once that runs have stayed away', async () => {
    const aged = await Aged.open(await fresh(), 1, 2);
    await aged.retention.run();
    aged.clock.jump(1.9 * DAY);
    await aged.retention.tellOverdue(TIMES);
    expect(aged.told).toEqual([]);
    aged.clock.jump(3.1 * DAY);
    for (let i = 0; i < 2; i += 1) await aged.retention.tellOverdue(TIMES);
    expect(aged.told).toEqual([expect.stringMatching(/has not run for 5 days/)]);
    await aged.retention.run();
    aged.clock.jump(3 * DAY);
    await aged.retention.tellOverdue(TIMES);
    expect(aged.told).toHaveLength(2);
  });

  test('is not overdue while it runs, nor because the last run was killed', async () => {
    const aged = await Aged.open(await fresh(), 5, 2);
    const during: boolean[] = [];
    const look = async () => {
      during.push((await aged.retention.standing(TIMES)).isOverdue);
      await aged.retention.tellOverdue(TIMES);
    };
    await aged.retention.run();
    aged.clock.jump(95 * DAY);
    await aged.write(1);
    await aged.retention.run();
    // The ledger is older than two intervals by far; the last run has only just been.
    await new JobRuns(aged.record.store, 'acme').began('retention', aged.clock.now() + 1);
    await look();
    const slow = aged.over({
      onMilestone: async (milestone) => {
        if (milestone === 'signed') await look();
      },
    });
    aged.clock.jump(1.5 * DAY);
    await aged.write(1);
    expect((await slow.run({ days: 1 })).removed).toBeGreaterThan(0);
    expect([during, aged.told]).toEqual([[false, false], []]);
  });

  test('what the owners could not be told is told when they can be, and then once', async () => {
    const aged = await Aged.open(await fresh(), 3, 1);
    let isLinked = false;
    const retention = aged.over({
      notifyOwners: async (text) => {
        if (!isLinked) throw new Error('nobody is there');
        aged.told.push(text);
      },
    });
    aged.clock.jump(4000 * DAY);
    expect((await retention.run()).failure?.code).toBe('RETENTION_NEWEST_EXPIRED');
    await expect(retention.tellFailure()).rejects.toThrow('nobody is there');
    aged.clock.jump(3 * DAY);
    await expect(retention.tellOverdue(TIMES)).rejects.toThrow('nobody is there');
    isLinked = true;
    for (let i = 0; i < 2; i += 1) {
      await retention.tellFailure();
      await retention.tellOverdue(TIMES);
    }
    expect(aged.told).toEqual([
      expect.stringMatching(/^Retention deleted nothing: even the newest .*\nLook at the clock/s),
      expect.stringMatching(/^Retention has not run for 3 days/),
    ]);
  });

  test('a run that cannot even begin has failed: an event, remembered, told, and done by a later one', async () => {
    const aged = await Aged.open(await fresh(), 5, 3);
    await without(aged, ['Lease'], async () => {
      const run = await aged.retention.run();
      expect(run).toMatchObject({ outcome: 'failure', removed: 0, failure: { code: 'RETENTION_FAILED' } });
    });
    const [event] = (await aged.record.repository.findByAction('RETENTION_RUN')).items;
    expect(event).toMatchObject({ outcome: 'failure' });
    expect(await aged.retention.lastRun()).toMatchObject({
      outcome: 'failure',
      detail: { code: 'RETENTION_FAILED' },
    });
    expect(aged.told).toEqual([expect.stringMatching(/^Retention could not go on/)]);
    expect(await aged.retention.run()).toMatchObject({ outcome: 'success', removed: 5 });
  });

  test('where nothing can be written down, the owners are told even so, and once', async () => {
    const aged = await Aged.open(await fresh(), 5, 3);
    await without(aged, ['Lease', 'JobRun'], async () => {
      for (let i = 0; i < 2; i += 1)
        expect((await aged.retention.run()).failure?.code).toBe('RETENTION_FAILED');
    });
    expect(aged.told).toEqual([expect.stringMatching(/^Retention could not go on/)]);
    expect((await aged.record.repository.findByAction('RETENTION_RUN')).items).toHaveLength(2);
  });

  test('runs in one process at a time', async () => {
    const aged = await Aged.open(await fresh(), 5, 3);
    let second: unknown;
    const first = aged.over({
      onMilestone: async (milestone) => {
        if (milestone === 'signed') second = await failureOf(aged.over().run());
      },
    });
    expect((await first.run()).removed).toBe(5);
    expect(second).toMatchObject({ code: 'RETENTION_BUSY' });
    expect((await aged.retention.run()).outcome).toBe('success');
  });

  test('refuses days that are none, and everything where all is kept', async () => {
    const aged = await Aged.open(await fresh(), 5, 3);
    for (const days of [0, -1, 1.5, Number.NaN]) {
      expect((await failureOf(aged.retention.run({ days }))).code).toBe('RETENTION_DAYS');
    }
    const off = aged.over({ settings: { days: 90, keepForever: true, archiveDays: 1 } });
    expect((await failureOf(off.run({ days: 1 }))).code).toBe('RETENTION_OFF');
    expect(await aged.numbers()).toHaveLength(8);
  });
});

test('a run that finds SQLite locked by somebody else has failed: the event waits in the spool, and comes', async () => {
  const database = await freshSqlite();
  if (database.kind !== 'sqlite') throw new Error('only SQLite has such a lock');
  const aged = await Aged.open(database, 5, 3, { overrides: { blockMaxMs: 400 } });
  const shell = new Sqlite(database.path);
  try {
    shell.exec('BEGIN IMMEDIATE');
    const running = aged.retention.run();
    await until('the event waits', () => aged.record.status().spooled > 0);
    shell.exec('ROLLBACK');
    expect((await running).failure).toMatchObject({ code: 'RETENTION_FAILED' });
  } finally {
    shell.close();
  }
  const runs = async () => (await aged.record.repository.findByAction('RETENTION_RUN')).items;
  await until('it is recorded', async () => {
    await aged.clock.advance(1000);
    return (await runs()).length > 0;
  });
  expect(await runs()).toMatchObject([{ outcome: 'failure' }]);
  expect(aged.told).toEqual([expect.stringMatching(/^Retention could not go on/)]);
  expect(await aged.retention.run()).toMatchObject({ outcome: 'success', removed: 5 });
});
