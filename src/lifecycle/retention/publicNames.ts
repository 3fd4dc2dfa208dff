/**
 * Retention by the names that bot builders know it by. They are about the Reeve that this process has open; where
 * there are several, each has them as its own.
 */
import { UserError } from '../../config/userError.js';

export interface Cleanup {
  /** Removes what has expired now, and from then on by the clock. Default: what is configured. */
  startAuditLogCleanupScheduler(retentionDays?: number): void;
  /** No further run begins by the clock. */
  stopAuditLogCleanupScheduler(): void;
  /** Removes entries older than so many days, as far as nothing speaks against it. Resolves to how many went. */
  cleanupExpiredAuditLogs(retentionDays: number): Promise<number>;
  isSchedulerRunning(): boolean;
}

const open = new Set<Cleanup>();

/** Returns how to take it back. */
export function announceCleanup(cleanup: Cleanup): () => void {
  open.add(cleanup);
  return () => void open.delete(cleanup);
}

function theOne(): Cleanup {
  const [one, ...others] = open;
  if (one !== undefined && others.length === 0) return one;
  throw new UserError({
    code: one === undefined ? 'NOTHING_OPEN' : 'SEVERAL_OPEN',
    message:
      one === undefined
        ? 'No Reeve is open in this process, so there is no record to clean up.'
        : 'Several Reeves are open in this process, so it is not clear which is meant.',
    hint: one === undefined ? 'Open it first.' : 'Ask the one that is meant.',
    example:
      one === undefined ? 'const reeve = await openReeve();' : 'await reeve.cleanupExpiredAuditLogs(90);',
  });
}

export const startAuditLogCleanupScheduler: Cleanup['startAuditLogCleanupScheduler'] = (days) =>
  theOne().startAuditLogCleanupScheduler(days);
export const stopAuditLogCleanupScheduler: Cleanup['stopAuditLogCleanupScheduler'] = () =>
  theOne().stopAuditLogCleanupScheduler();
export const cleanupExpiredAuditLogs: Cleanup['cleanupExpiredAuditLogs'] = async (days) =>
  theOne().cleanupExpiredAuditLogs(days);
export const isSchedulerRunning: Cleanup['isSchedulerRunning'] = () =>
  [...open].some((one) => one.isSchedulerRunning());
