import type { AnyAction, BuiltInPayloads, PayloadsOf } from './audit/catalogue/catalogue.js';
import { AuditRecord } from './audit/record.js';
import { type Clock, systemClock } from './config/clock.js';
import { type Config, loadConfig } from './config/config.js';
import { createLog, type Log } from './config/log.js';

/** What a host may bring of its own. */
export interface ReeveOptions<Actions extends readonly AnyAction[] = readonly []> {
  /** Default: the environment and `.env` of the working directory. */
  config?: Config;
  /** Actions of the host's own, made with `defineAction`. */
  actions?: Actions;
  /** More names of members whose values are secret. */
  secretKeys?: readonly string[];
  clock?: Clock;
  log?: Log;
}

/** All rooms, wired. */
export interface Reeve<Payloads extends BuiltInPayloads = BuiltInPayloads> {
  config: Config;
  log: Log;
  record: AuditRecord<Payloads>;
  /** Writes what is pending, signs, and lets everything go. */
  close(): Promise<void>;
}

/**
 * Opens Reeve: the one call a bot needs.
 *
 * @example
 * const reeve = await openReeve({ actions: [orderRefunded] });
 * await reeve.record.logger.record('ORDER_REFUNDED', { order: 'A-17', cents: 1250 });
 */
export async function openReeve<const Actions extends readonly AnyAction[] = readonly []>(
  options: ReeveOptions<Actions> = {},
): Promise<Reeve<BuiltInPayloads & PayloadsOf<Actions>>> {
  const config = options.config ?? loadConfig({ env: process.env, cwd: process.cwd() });
  const log = options.log ?? createLog(config.logLevel);
  const record = await AuditRecord.open<BuiltInPayloads & PayloadsOf<Actions>>(
    {
      ...config,
      secretKeys: options.secretKeys ?? [],
      actions: options.actions ?? [],
    },
    options.clock ?? systemClock,
    log,
  );
  return { config, log, record, close: () => record.close() };
}
