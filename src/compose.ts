import type { Model } from './assistant/model.js';
import type { AnyAction, BuiltInPayloads, PayloadsOf } from './audit/catalogue/catalogue.js';
import { AuditRecord, type RecordStatus } from './audit/record.js';
import { ABOUT_RETENTION, Bot } from './chat/bot.js';
import type { Command } from './chat/command.js';
import { wireErasure } from './chat/forgetting.js';
import type { Gateway } from './chat/gateway.js';
import { ConsoleGateway } from './chat/gateways/console/consoleGateway.js';
import { tieConsole } from './chat/gateways/console/tie.js';
import type { OnOther } from './chat/router.js';
import { type Clock, systemClock } from './config/clock.js';
import { type Config, loadConfig } from './config/config.js';
import { createLog, type Log } from './config/log.js';
import { UserError } from './config/userError.js';
import { archiveFolder, DirectoryArchive } from './lifecycle/archive/directoryArchive.js';
import { deleteByUser } from './lifecycle/erasure/deleteByUser.js';
import type { Erasure } from './lifecycle/erasure/erasure.js';
import { BUSY, SPOOL_WAITS } from './lifecycle/erasure/refusals.js';
import { LegalHolds } from './lifecycle/hold/legalHolds.js';
import { announceCleanup, type Cleanup } from './lifecycle/retention/publicNames.js';
import type { Retention } from './lifecycle/retention/retention.js';
import type { SchedulerStatus } from './lifecycle/retention/scheduler.js';
import { wireRetention } from './lifecycle/retention/wire.js';
import { Heartbeat } from './lifecycle/watch/heartbeat.js';
import type { Setting } from './settings/setting.js';

/** What a host may bring of its own. */
export interface ReeveOptions<Actions extends readonly AnyAction[] = readonly []> {
  /** Default: the environment and `.env` of the working directory. */
  config?: Config;
  /** Actions of the host's own, made with `defineAction`. */
  actions?: Actions;
  /** More names of members whose values are secret. */
  secretKeys?: readonly string[];
  /** The way messages come and go. Without one there is the record alone. */
  gateway?: Gateway;
  /**
   * Commands of the host's own, made with `defineCommand`. As a function it is given the record, which knows the
   * host's actions.
   */
  commands?: readonly Command[] | ((record: RecordOf<Actions>) => readonly Command[]);
  /** Settings of the host's own, made with `defineSetting`: `!config` shows and sets them. */
  settings?: readonly Setting[];
  /** Handed every message that is no command, instead of the assistant. What it returns is sent as the answer. */
  onOther?: OnOther;
  /** Answers in the place of the endpoint that is configured. */
  model?: Model;
  clock?: Clock;
  log?: Log;
}

type RecordOf<Actions extends readonly AnyAction[]> = AuditRecord<BuiltInPayloads & PayloadsOf<Actions>>;

/** What only a chat can use would be given for nothing. */
function demandNothingForChat(options: ReeveOptions<readonly AnyAction[]>): void {
  const given = (['commands', 'settings', 'onOther', 'model'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given === undefined) return;
  throw new UserError({
    code: 'NO_GATEWAY',
    message: `openReeve was given ${given}, but no gateway, so nobody could ever use it.`,
    hint: 'Give it the way messages come and go as well.',
    example: 'await openReeve({ gateway: new ConsoleGateway(), commands: [refund] })',
  });
}

/**
 * What a kill has left is finished before anybody is answered. Where somebody else is at work, or events wait for the
 * database, it is tried again after a while; else at the next start. Returns what ends the trying.
 */
async function finishErasures(erasure: Erasure, clock: Clock, log: Log): Promise<() => void> {
  let isOver = false;
  let stop = (): void => {};
  const look = async (): Promise<void> => {
    try {
      const count = await erasure.resume();
      if (count > 0) log.info({ count }, 'erasures that were under way are finished');
    } catch (error) {
      const code = error instanceof UserError ? error.code : undefined;
      log.warn(
        { code, ...(code === undefined && { err: error }) },
        'an erasure that is under way could not be finished',
      );
      if (!isOver && (code === BUSY.code || code === SPOOL_WAITS.code))
        stop = clock.setTimeout(() => void look(), ERASURE_AGAIN_MS, { background: true });
    }
  };
  await look();
  return () => {
    isOver = true;
    stop();
  };
}

const ERASURE_AGAIN_MS = 90_000;

/** All rooms, wired. */
export interface Reeve<Payloads extends BuiltInPayloads = BuiltInPayloads> extends Cleanup {
  config: Config;
  log: Log;
  record: AuditRecord<Payloads>;
  /** Who answers on the gateway; null where there is none. */
  bot: Bot | null;
  /** What must stay, whatever retention and erasure say. */
  holds: LegalHolds;
  /** Takes somebody out of everything that is kept. */
  erasure: Erasure;
  /** How long entries are kept. */
  retention: Retention;
  /** How it is, from memory: asks no database, so it answers when there is none. */
  status(): RecordStatus & { retention: SchedulerStatus };
  /**
   * Begins to take messages from the gateway, runs retention now and by the clock, and records a heartbeat a day. Called
   * also where there is no gateway.
   */
  start(): Promise<void>;
  /** Answers what has come in, writes what is pending, signs, and lets everything go. */
  close(): Promise<void>;
}

/**
 * Opens Reeve: the one call a bot needs. With a gateway, `start` begins to answer on it.
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
  // Whoever hands a configuration over has its warnings; of this one nobody else knows.
  if (options.config === undefined) for (const warning of config.warnings) log.warn(warning);
  const clock = options.clock ?? systemClock;
  const { gateway, secretKeys = [], actions = [], commands = [], settings = [], onOther, model } = options;
  if (gateway === undefined) demandNothingForChat(options);
  const record: RecordOf<Actions> = await AuditRecord.open({ ...config, secretKeys, actions }, clock, log);
  // The rooms record what they know of; actions of the host's do not concern them.
  const ofChat = record as unknown as AuditRecord;
  const { country, timeZone } = config;
  const holds = new LegalHolds({
    record: ofChat,
    clock,
    country: () => country,
    timeZone: () => timeZone,
  });
  const archive =
    config.archive.dir === undefined
      ? null
      : new DirectoryArchive(archiveFolder(config.archive.dir, config.tenant), record.ledger.origin);
  let bot: Bot | null = null;
  const notifyOwners = async (words: string): Promise<void> => {
    // Another process may have somebody to tell.
    if (bot === null) throw new Error('there is no gateway to tell the owners by');
    await bot.services.owners.tellWords(words, ABOUT_RETENTION);
  };
  const retaining = wireRetention({ config, record: ofChat, clock, log, holds, archive, notifyOwners });
  const { retention, scheduler, cleanup } = retaining;
  const heartbeat = new Heartbeat({ record: ofChat, clock, log });
  let erasure: Erasure;
  let stopFinishing: () => void;
  try {
    if (gateway !== undefined) {
      const own = typeof commands === 'function' ? commands(record) : commands;
      const parts = {
        config,
        record: ofChat,
        gateway,
        clock,
        log,
        commands: own,
        settings,
        holds,
        archive,
        retaining,
      };
      bot = await Bot.open({
        ...parts,
        ...(onOther !== undefined && { onOther }),
        ...(model !== undefined && { model }),
      });
      if (gateway instanceof ConsoleGateway) tieConsole(gateway, bot);
    }
    erasure = bot?.services.erasure ?? wireErasure({ config, record: ofChat, clock, holds, archive });
    record.repository.attach({
      deleteByUser: (person) => deleteByUser(erasure, person),
      deleteExpired: (days) => cleanup.cleanupExpiredAuditLogs(days),
    });
    stopFinishing = await finishErasures(erasure, clock, log);
  } catch (error) {
    await record.close();
    throw error;
  }
  await scheduler.open();
  const takeBack = announceCleanup(cleanup);
  return {
    ...cleanup,
    config,
    log,
    record,
    bot,
    retention,
    status: () => ({ ...record.status(), retention: scheduler.status() }),
    holds,
    erasure,
    start: async () => {
      await bot?.start();
      heartbeat.start();
      scheduler.start();
    },
    close: async () => {
      takeBack();
      stopFinishing();
      await bot?.close();
      await erasure.close();
      await scheduler.close();
      await heartbeat.stop();
      await record.close();
    },
  };
}
