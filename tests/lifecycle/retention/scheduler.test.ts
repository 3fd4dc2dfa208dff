import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { openReeve, type Reeve } from '../../../src/compose.js';
import { loadConfig } from '../../../src/config/config.js';
import {
  cleanupExpiredAuditLogs,
  isSchedulerRunning,
  startAuditLogCleanupScheduler,
  stopAuditLogCleanupScheduler,
} from '../../../src/index.js';
import { JobRuns } from '../../../src/lifecycle/jobRuns.js';
import { createTestBot } from '../../../src/testing/testBot.js';
import { failureOf } from '../../support/failureOf.js';
import { tempFolder } from '../../support/tempFolder.js';
import { until } from '../../system/until.js';
import { BEGIN, DAY, JumpingClock } from './aged.js';

const HOUR = 3_600_000;

const reeves: Reeve[] = [];
afterEach(async () => {
  for (const reeve of reeves.splice(0)) await reeve.close();
  jest.useRealTimers();
});

/** The cron's own time stands still at a moment, and goes on as it is told to. All else goes by the clock given to it. */
function cronFrom(now: string): void {
  jest.useFakeTimers({
    now: Date.parse(now),
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
    ],
  });
}

async function open(
  env: Record<string, string> = {},
  { cwd = tempFolder(), clock = new JumpingClock(BEGIN) } = {},
): Promise<{ reeve: Reeve; clock: JumpingClock; cwd: string }> {
  const config = loadConfig({
    env: { REEVE_TENANT: 'acme', REEVE_TIMEZONE: 'UTC', ...env },
    cwd,
  });
  const reeve = await openReeve({ config, clock, log: pino({ level: 'silent' }) });
  reeves.push(reeve);
  return { reeve, clock, cwd };
}

async function write(reeve: Reeve, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1)
    await reeve.record.logger.record('CONFIG_CHANGE', { key: `k${i}`, oldValue: 1, newValue: 2 });
}

const runsOf = async (reeve: Reeve) => (await reeve.record.repository.findByAction('RETENTION_RUN')).items;

const isOverdue = (reeve: Reeve): boolean => reeve.status().retention.isOverdue;

describe('retention by its public names', () => {
  test('is of the Reeve that is open', async () => {
    const { reeve, clock } = await open();
    await write(reeve, 4);
    clock.jump(40 * DAY);
    await write(reeve, 2);
    expect(await cleanupExpiredAuditLogs(60)).toBe(0);
    expect(await cleanupExpiredAuditLogs(30)).toBe(4);
    expect(await reeve.record.repository.deleteExpired(30)).toBe(0);
    expect(isSchedulerRunning()).toBe(false);
  });

  test('says so where none is open, or several are', async () => {
    expect(isSchedulerRunning()).toBe(false);
    expect((await failureOf(cleanupExpiredAuditLogs(30))).code).toBe('NOTHING_OPEN');
    await open();
    await open();
    expect((await failureOf(cleanupExpiredAuditLogs(30))).code).toBe('SEVERAL_OPEN');
  });

  test('throws what speaks against a cleanup', async () => {
    const { reeve, clock } = await open();
    await write(reeve, 4);
    clock.jump(400 * DAY);
    expect((await failureOf(cleanupExpiredAuditLogs(30))).code).toBe('RETENTION_NEWEST_EXPIRED');
    expect((await failureOf(cleanupExpiredAuditLogs(0))).code).toBe('RETENTION_DAYS');
  });

  test('deletes nothing where everything is kept', async () => {
    const { reeve, clock } = await open({ AUDIT_LOG_RETENTION_KEEP_FOREVER: 'true' });
    await write(reeve, 4);
    clock.jump(400 * DAY);
    await write(reeve, 1);
    expect(await cleanupExpiredAuditLogs(30)).toBe(0);
    startAuditLogCleanupScheduler();
    expect(isSchedulerRunning()).toBe(false);
  });
});

describe('the scheduler', () => {
  test('runs at once and then by the clock, until it is stopped', async () => {
    const { reeve, clock } = await open({ AUDIT_LOG_CLEANUP_CRON: '0 4 * * *' });
    await write(reeve, 3);
    clock.jump(100 * DAY);
    await write(reeve, 3);
    startAuditLogCleanupScheduler();
    expect(isSchedulerRunning()).toBe(true);
    expect(new Date(reeve.status().retention.nextRun ?? 0).getUTCHours()).toBe(4);
    stopAuditLogCleanupScheduler();
    expect(isSchedulerRunning()).toBe(false);
    // The run that has begun goes on: whoever asks for another one meanwhile is told to wait.
    await reeve.close();
    expect(reeve.status().retention).toEqual({ isRunning: false, nextRun: null, isOverdue: false });
  });

  test('takes days of its own', async () => {
    const { reeve, clock } = await open();
    await write(reeve, 4);
    clock.jump(40 * DAY);
    await write(reeve, 2);
    startAuditLogCleanupScheduler(30);
    await until('it has run', async () => (await runsOf(reeve)).length > 0);
    const [run] = await runsOf(reeve);
    expect(JSON.parse(run!.metadata!)).toMatchObject({ days: 30, removed: 4 });
  });

  test('takes other days where it runs already', async () => {
    const { reeve, clock } = await open();
    await write(reeve, 4);
    clock.jump(40 * DAY);
    await write(reeve, 2);
    startAuditLogCleanupScheduler();
    await until('it has run', async () => (await runsOf(reeve)).length === 1);
    startAuditLogCleanupScheduler();
    startAuditLogCleanupScheduler(30);
    await until('it has run again', async () => (await runsOf(reeve)).length === 2);
    const runs = (await runsOf(reeve)).map(({ metadata }) => JSON.parse(metadata!));
    expect(runs).toMatchObject([
      { days: 30, removed: 4 },
      { days: 90, removed: 0 },
    ]);
  });

  test.each([
    ['Asia/Kolkata', '2031-05-14T22:00:00Z'],
    ['America/New_York', '2031-05-15T07:30:00Z'],
  ])('runs at half past three in the night of %s', async (REEVE_TIMEZONE, due) => {
    cronFrom('2031-05-14T12:00:00Z');
    const { reeve } = await open({ REEVE_TIMEZONE });
    const run = jest.spyOn(reeve.retention, 'run');
    startAuditLogCleanupScheduler();
    await until('it has run at start', async () => (await runsOf(reeve)).length === 1);
    expect(reeve.status().retention.nextRun).toBe(Date.parse(due));
    await jest.advanceTimersByTimeAsync(Date.parse(due) - Date.now() - 1);
    expect(run).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
    await until('it has run by the clock', async () => (await runsOf(reeve)).length === 2);
  });

  test('tries again after a while where a run could not even begin', async () => {
    const { reeve, clock } = await open();
    const { store } = reeve.record;
    const rename = (from: string, to: string) =>
      store.transaction((tx) => tx.run(`ALTER TABLE "${from}" RENAME TO "${to}"`));
    await rename('Lease', 'LeaseAway');
    startAuditLogCleanupScheduler();
    await until('it has failed', async () => (await runsOf(reeve)).length === 1);
    expect(await runsOf(reeve)).toMatchObject([{ outcome: 'failure' }]);
    await rename('LeaseAway', 'Lease');
    await until('it was tried again', async () => {
      await clock.advance(90_000);
      return (await runsOf(reeve)).length > 1;
    });
    expect(await runsOf(reeve)).toMatchObject([{ outcome: 'success' }, { outcome: 'failure' }]);
  });

  test('refuses days that are none, before anything is started', async () => {
    await open();
    expect(() => startAuditLogCleanupScheduler(0)).toThrow(/no number of days/);
    expect(isSchedulerRunning()).toBe(false);
  });

  test('starts with the bot, and each run is an event', async () => {
    const { reeve } = await open();
    await reeve.start();
    expect(reeve.isSchedulerRunning()).toBe(true);
    await until('a run was recorded', async () => (await runsOf(reeve)).length > 0);
    expect(await runsOf(reeve)).toMatchObject([{ outcome: 'success', actorType: 'system' }]);
  });

  test('says when no run has happened for twice the time between two', async () => {
    const { reeve, clock } = await open();
    const times = { cron: '30 3 * * *', timeZone: 'UTC' };
    const isIt = async () => [isOverdue(reeve), (await reeve.retention.standing(times)).isOverdue];
    await reeve.retention.run();
    clock.jump(1.9 * DAY);
    expect(await isIt()).toEqual([false, false]);
    clock.jump(0.2 * DAY);
    expect(await isIt()).toEqual([true, true]);
    await reeve.retention.run();
    expect(await isIt()).toEqual([false, false]);
  });
});

describe('that retention stays away', () => {
  test('is said from memory, where it was never started as well, until another process has run it', async () => {
    const { reeve, clock } = await open();
    expect(isOverdue(reeve)).toBe(false);
    clock.jump(2.1 * DAY);
    expect(isOverdue(reeve)).toBe(true);
    const at = { startedAt: clock.now(), endedAt: clock.now() };
    const another = new JobRuns(reeve.record.store, 'acme');
    await another.ended('retention', { ...at, outcome: 'success', detail: {} });
    await clock.advance(HOUR);
    await until('it was looked', () => !isOverdue(reeve));
  });

  test('is said where it was stopped', async () => {
    const { reeve, clock } = await open();
    startAuditLogCleanupScheduler();
    await until('it has run', async () => (await reeve.retention.lastRun())?.outcome === 'success');
    stopAuditLogCleanupScheduler();
    expect(isOverdue(reeve)).toBe(false);
    clock.jump(2.1 * DAY);
    expect(isOverdue(reeve)).toBe(true);
  });

  test('is said right after a start that comes late, and no more once it has run', async () => {
    const { reeve, clock, cwd } = await open();
    await reeve.retention.run();
    await reeve.close();
    clock.jump(5 * DAY);
    const { reeve: later } = await open({}, { cwd, clock });
    expect(isOverdue(later)).toBe(true);
    await later.retention.run();
    expect(isOverdue(later)).toBe(false);
  });

  test('never is where everything is kept', async () => {
    const { reeve, clock } = await open({ AUDIT_LOG_RETENTION_KEEP_FOREVER: 'true' });
    clock.jump(400 * DAY);
    expect(isOverdue(reeve)).toBe(false);
  });

  test('is told the owners once, and again where the gateway could not take it', async () => {
    cronFrom('2031-05-14T12:30:00Z');
    const bot = await createTestBot({ env: { AUDIT_LOG_CLEANUP_CRON: '0 * * * *' } });
    const { retention, scheduler } = bot.services.retaining;
    scheduler.start();
    await until('it has run at start', async () => (await retention.lastRun())?.outcome === 'success');
    await bot.advance(2 * HOUR);
    expect([scheduler.status().isOverdue, bot.gateway.sent]).toEqual([false, []]);
    bot.gateway.failNextSend();
    await bot.advance(HOUR);
    expect(scheduler.status().isOverdue).toBe(true);
    const jobs = new JobRuns(bot.record.store, bot.record.ledger.tenant);
    const told = async () => (await jobs.last('retention/overdue'))?.toldAt;
    await until('it could not be told', async () => {
      return (await bot.events('action:DELIVERY_FAILED')).length === 1 && (await told()) === null;
    });
    expect(bot.owner.received).toEqual([]);
    await bot.advance(HOUR);
    await until('the owner was told', () => bot.owner.received.length > 0);
    await bot.advance(5 * HOUR);
    expect(bot.owner.received).toEqual([expect.stringMatching(/^Retention has not run for 4 hours/)]);
    await bot.owner.says('!status').replies(/Overdue/);
    await bot.close();
  });

  test('and why a run has failed, is told by the next look where the gateway could not take it', async () => {
    cronFrom('2031-05-14T12:30:00Z');
    const bot = await createTestBot({ now: BEGIN });
    const { retention, scheduler } = bot.services.retaining;
    const past = { performedBy: bot.owner.address, key: 'k', oldValue: 1, newValue: 2 };
    await bot.record.logger.record('CONFIG_CHANGE', past, { at: BEGIN + 30 * DAY });
    await bot.record.flush();
    bot.gateway.failNextSend();
    scheduler.start();
    await until('it has failed', async () => (await retention.lastRun())?.outcome === 'failure');
    await until('nobody was told', async () => (await bot.events('action:DELIVERY_FAILED')).length === 1);
    expect(bot.owner.received).toEqual([]);
    await until('the owner was told', async () => {
      await bot.advance(HOUR);
      return bot.owner.received.length > 0;
    });
    await bot.advance(2 * HOUR);
    expect(bot.owner.received).toEqual([expect.stringMatching(/the newest entry is from later than it is/)]);
    await bot.close();
  });
});
