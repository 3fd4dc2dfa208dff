import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import type { Config } from '../../config/config.js';
import type { Log } from '../../config/log.js';
import type { Archive } from '../archive/archive.js';
import type { Holds } from '../hold/holds.js';
import type { Cleanup } from './publicNames.js';
import { Retention } from './retention.js';
import { CleanupScheduler } from './scheduler.js';

export interface RetentionWiring {
  config: Config;
  record: AuditRecord;
  clock: Clock;
  log: Log;
  holds: Holds;
  archive: Archive | null;
  notifyOwners(text: string): Promise<void>;
}

/** Retention as it is configured, and its clock. */
export interface Retaining {
  retention: Retention;
  scheduler: CleanupScheduler;
  cleanup: Cleanup;
}

export function wireRetention(wiring: RetentionWiring): Retaining {
  const { config, record, clock, log, holds, archive, notifyOwners } = wiring;
  const { days, keepForever, cron } = config.retention;
  const retention = new Retention({
    record,
    database: config.database,
    dataDir: config.dataDir,
    clock,
    log,
    settings: { days, keepForever, archiveDays: config.archive.days },
    holds,
    archive,
    notifyOwners,
  });
  const times = { cron, timeZone: config.timeZone };
  const scheduler = new CleanupScheduler({ retention, times, clock, log });
  const cleanup: Cleanup = {
    startAuditLogCleanupScheduler: (retentionDays) => scheduler.start(retentionDays),
    stopAuditLogCleanupScheduler: () => scheduler.stop(),
    isSchedulerRunning: () => scheduler.isRunning(),
    cleanupExpiredAuditLogs: async (retentionDays) => {
      if (keepForever) {
        log.warn('AUDIT_LOG_RETENTION_KEEP_FOREVER is set: nothing is ever deleted');
        return 0;
      }
      const { removed, failure } = await retention.run({ days: retentionDays, channel: 'system' });
      if (failure !== null) throw failure;
      return removed;
    },
  };
  return { retention, scheduler, cleanup };
}
