import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openReeve, type Reeve } from '../../../src/compose.js';
import { loadConfig } from '../../../src/config/config.js';
import {
  cleanupExpiredAuditLogs,
  isSchedulerRunning,
  startAuditLogCleanupScheduler,
  stopAuditLogCleanupScheduler,
} from '../../../src/index.js';
import { failureOf } from '../../support/failureOf.js';
import { tempFolder } from '../../support/tempFolder.js';
import { until } from '../../system/until.js';
import { BEGIN, DAY, JumpingClock } from './aged.js';

const reeves: Reeve[] = [];
afterEach(async () => {
  for (const reeve of reeves.splice(0)) await reeve.close();
});

async function open(env: Record<string, string> = {}): Promise<{ reeve: Reeve; clock: JumpingClock }> {
  const clock = new JumpingClock(BEGIN);
  const config = loadConfig({
    env: { REEVE_TENANT: 'acme', REEVE_TIMEZONE: 'UTC', ...env },
    cwd: tempFolder(),
  });
  const reeve = await openReeve({ config, clock, log: pino({ level: 'silent' }) });
  reeves.push(reeve);
  return { reeve, clock };
}

async function write(reeve: Reeve, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1)
    await reeve.record.logger.record('CONFIG_CHANGE', { key: `k${i}`, oldValue: 1, newValue: 2 });
}

const runsOf = async (reeve: Reeve) => (await reeve.record.repository.findByAction('RETENTION_RUN')).items;

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
    const { nextRun, isOverdue } = reeve.status().retention;
    expect([new Date(nextRun ?? 0).getUTCHours(), isOverdue]).toEqual([4, false]);
    stopAuditLogCleanupScheduler();
    expect(isSchedulerRunning()).toBe(false);
    // The run that has begun goes on: whoever asks for another one meanwhile is told to wait.
    await reeve.close();
    expect(reeve.status().retention).toEqual({ isRunning: false, nextRun: null, isOverdue: false });
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
    await reeve.retention.run();
    clock.jump(1.9 * DAY);
    expect(await reeve.retention.standing(times)).toMatchObject({ isOverdue: false });
    clock.jump(0.2 * DAY);
    expect(await reeve.retention.standing(times)).toMatchObject({ isOverdue: true });
    await reeve.retention.run();
    expect(await reeve.retention.standing(times)).toMatchObject({ isOverdue: false });
  });
});
