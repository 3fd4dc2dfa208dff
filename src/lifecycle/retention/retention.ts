import { rm } from 'node:fs/promises';
import { setImmediate as breath } from 'node:timers/promises';
import type { EventContext, Person } from '../../audit/catalogue/action.js';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import type { Database } from '../../config/database.js';
import type { Log } from '../../config/log.js';
import { UserError } from '../../config/userError.js';
import { LedgerMismatch } from '../../signing/signer.js';
import type { Archive } from '../archive/archive.js';
import type { Holds } from '../hold/holds.js';
import { type JobRun, JobRuns } from '../jobRuns.js';
import { Lease } from '../lease.js';
import type { Times } from '../timetable.js';
import { expireArchive } from './archiveExpiry.js';
import { readFacts } from './facts.js';
import { Hands } from './hands.js';
import { COULD_NOT_GO_ON, RetentionRefusal, type RetentionRun } from './outcome.js';
import { type Plan, planRetention } from './plan.js';
import { announcedUpTo, isErasing, type Milestone, prune } from './pruning.js';
import { segmentsInTheMaking, sweepArchive } from './segments.js';
import { lastRunOrBeginning, type Standing, standingOf } from './standing.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** As many entries as one archived segment holds. */
const SEGMENT_ENTRIES = 50_000;

/** How long the thread clears at a time before it looks up. */
const CLEAR_MS = 500;

/** The same refusal is not told again within this time. */
const TELL_AGAIN_MS = 7 * DAY_MS;

const JOB = 'retention';

export interface RetentionSettings {
  days: number;
  /** Switches deletion off, whatever the days say. */
  keepForever: boolean;
  /** How long archived entries are kept. */
  archiveDays: number;
}

export interface RetentionParts {
  record: AuditRecord;
  database: Database;
  dataDir: string;
  clock: Clock;
  log: Log;
  settings: RetentionSettings;
  holds: Holds;
  /** Null where nothing is archived. */
  archive: Archive | null;
  /** Tells the owners something that nobody asked for. Rejects where nobody could be told. */
  notifyOwners(text: string): Promise<void>;
  /** How many entries go at a time, where they are archived. */
  segmentEntries?: number;
  /** Told of each milestone of a step. */
  onMilestone?: (milestone: Milestone) => void | Promise<void>;
}

export interface RunOptions {
  /** Default: what is configured. */
  days?: number | undefined;
  performedBy?: Person | undefined;
  channel?: EventContext['channel'];
}

type Done = Pick<RetentionRun, 'removed' | 'archived' | 'expired'>;

/** What would be done now, and what is there. */
export interface RetentionPlan {
  plan: Plan;
  days: number;
  cutoff: number;
  /** Rows below the anchor that a killed run has left. */
  hasLeftovers: boolean;
}

/**
 * How long entries are kept. A run takes a beginning of the ledger away, in steps that each can be finished after a
 * kill; of several processes one does it.
 *
 * @example
 * const { removed, failure } = await retention.run();
 */
export class Retention {
  readonly #parts: RetentionParts;
  readonly #runs: JobRuns;
  #running: Promise<RetentionRun> | null = null;
  #isClosing = false;
  #since: number | null = null;
  /** What this process has told the owners while that could not be written down, and when. */
  readonly #toldUnwritten = new Map<string, number>();
  /** What it has said in its log, which is all there is where nobody can be told. */
  readonly #logged = new Map<string, number>();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#runs = new JobRuns(parts.record.store, parts.record.ledger.tenant);
  }

  get settings(): RetentionSettings {
    return this.#parts.settings;
  }

  /** What a run would take away. Changes nothing. */
  async plan(days?: number): Promise<RetentionPlan> {
    const { record, holds } = this.#parts;
    const kept = this.#daysOf(days);
    const reads = record.store.read;
    const { tenant } = record.ledger;
    const { cutoff, now } = this.#cutoff(kept);
    const plan = planRetention(await readFacts({ reads, tenant, now, cutoff, holds }));
    const left = await reads.get(
      `SELECT 1 AS "one" FROM "AuditLog" a JOIN "Ledger" l ON l."tenant" = a."tenant"
         WHERE a."tenant" = ? AND a."seq" <= l."anchorSize" LIMIT 1`,
      [tenant],
    );
    return { plan, days: kept, cutoff, hasLeftovers: left !== undefined };
  }

  /** The last run of any process, or null. */
  lastRun(): Promise<JobRun | null> {
    return this.#runs.last(JOB);
  }

  /** When a run ended last, by what was read or done last; null where nothing was read yet. Asks no database. */
  get lastKnownEnd(): number | null {
    return this.#since;
  }

  /** Whether runs have stayed away, as far as the database remembers them. */
  async standing(times: Times): Promise<Standing> {
    const { record, clock } = this.#parts;
    const since = await lastRunOrBeginning(record.store.read, record.ledger.tenant);
    this.#since = since;
    return standingOf(times, since, clock.now());
  }

  /** Tells the owners that runs have stayed away: once, until there is one again. */
  async tellOverdue(times: Times): Promise<void> {
    const { since, isOverdue } = await this.standing(times);
    // What is at work here is late, not away.
    if (!isOverdue || this.#running !== null) return;
    const ms = this.#parts.clock.now() - since;
    const long = ms < 2 * DAY_MS ? `${Math.floor(ms / HOUR_MS)} hours` : `${Math.floor(ms / DAY_MS)} days`;
    await this.#tellOnce(
      'overdue',
      since,
      `Retention has not run for ${long}, though it should have. Entries are kept longer than they ought to be. The log of the bot says why, or try: reeve retention run`,
    );
  }

  /** Tells the owners why the last run failed, whichever process it was, unless they have been told already. */
  async tellFailure(): Promise<void> {
    const last = await this.lastRun();
    if (last?.outcome !== 'failure') return;
    const { code, why, hint } = last.detail;
    await this.#tellWhy({ code: String(code), message: String(why), hint });
  }

  /** Throws where entries cannot be kept for so many days. */
  demandDays(days?: number): void {
    this.#daysOf(days);
  }

  /**
   * Takes away what has expired. Never throws because it must not: then `failure` says why. Throws where the request is
   * wrong, or another process is at it.
   */
  run(options: RunOptions = {}): Promise<RetentionRun> {
    if (this.#running !== null) return Promise.reject(new UserError(BUSY));
    const run = this.#run(options).finally(() => {
      this.#running = null;
    });
    this.#running = run;
    return run;
  }

  /** Ends after the piece of work in hand. What is left is the next run's. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running?.catch(() => {});
  }

  async #run(options: RunOptions): Promise<RetentionRun> {
    const days = this.#daysOf(options.days);
    const startedAt = this.#parts.clock.now();
    const begun = performance.now();
    const done: Done = { removed: 0, archived: 0, expired: 0 };
    let failure: UserError | null = null;
    try {
      await this.#alone((lease) => this.#work(days, lease, done), startedAt);
    } catch (error) {
      failure = failureOf(error);
      if (failure.code === BUSY.code) throw failure;
      this.#parts.log.error({ code: failure.code, err: error }, 'retention');
    }
    const ms = Math.round(performance.now() - begun);
    const run: RetentionRun = {
      outcome: failure === null ? 'success' : 'failure',
      days,
      startedAt,
      ms,
      ...done,
      failure,
    };
    await this.#told(run, options);
    return run;
  }

  async #alone(work: (lease: Lease) => Promise<void>, startedAt: number): Promise<void> {
    const { record, clock, dataDir } = this.#parts;
    const { tenant } = record.ledger;
    const lease = await Lease.take(record.store, clock, `retention/${tenant}`);
    if (lease === null) throw new UserError(BUSY);
    try {
      await this.#runs.began(JOB, startedAt);
      await rm(segmentsInTheMaking(dataDir, tenant), { recursive: true, force: true });
      await work(lease);
    } finally {
      // The database may be what failed.
      await lease.release().catch(() => {});
    }
  }

  async #work(days: number, lease: Lease, done: Done): Promise<void> {
    const {
      record,
      database,
      dataDir,
      clock,
      holds,
      archive,
      settings,
      onMilestone = () => {},
    } = this.#parts;
    const { tenant } = record.ledger;
    const { now } = this.#cutoff(days);
    const { plan, cutoff, hasLeftovers } = await this.plan(days);
    if (plan.kind === 'prune' || hasLeftovers) {
      const clearing = new Hands({ database, tenant, isGentle: false });
      const examining = new Hands({ database, tenant, isGentle: true });
      try {
        // Those of a run that was killed are gone already, whatever is decided about others.
        done.removed += await this.#clear(clearing, hasLeftovers);
        if (plan.kind === 'prune') {
          if (await isErasing(record.store.read, tenant)) throw new RetentionRefusal('ERASURE_UNDER_WAY');
          if (archive !== null) await sweepArchive(archive, plan.from - 1);
          const parts = { record, dataDir, clock, holds, archive, lease, hands: examining, onMilestone };
          for (let from = plan.from; from <= plan.to && !this.#isClosing; await breath()) {
            const to = await this.#endOfStep(from, plan.to);
            if (await prune(parts, { from, to, cutoff })) done.archived += 1;
            done.removed += await this.#clear(clearing, true);
            await onMilestone('cleared');
            from = to + 1;
          }
        }
        await this.#giveBack(clearing);
      } finally {
        await Promise.all([clearing.close(), examining.close()]);
      }
    }
    if (plan.kind === 'refused') throw new RetentionRefusal(plan.code);
    if (archive !== null)
      done.expired = await expireArchive({
        archive,
        record,
        now,
        days: settings.archiveDays,
      });
  }

  /** A step that was announced by a run which was killed is done as it was announced. */
  async #endOfStep(from: number, last: number): Promise<number> {
    const { record, archive, segmentEntries = SEGMENT_ENTRIES } = this.#parts;
    const announced = await announcedUpTo(record, from - 1);
    if (announced !== null && announced >= from && announced <= last) return announced;
    return archive === null ? last : Math.min(last, from + segmentEntries - 1);
  }

  async #clear(hands: Hands, isNeeded: boolean): Promise<number> {
    let count = 0;
    for (let isDone = !isNeeded; !isDone && !this.#isClosing; ) {
      const cleared = await hands.ask({ kind: 'deleteRows', ms: CLEAR_MS });
      count += cleared.count;
      isDone = cleared.isDone;
    }
    return count;
  }

  /** What was deleted is gone, whether or not the file gets smaller. */
  async #giveBack(hands: Hands): Promise<void> {
    try {
      for (let isDone = false; !isDone && !this.#isClosing; ) {
        ({ isDone } = await hands.ask({ kind: 'giveBack', ms: CLEAR_MS }));
      }
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the space of deleted entries was not given back');
    }
  }

  /** The run as an event, for whoever asks later, and to the owners where something must be seen to. */
  async #told(run: RetentionRun, { performedBy, channel = 'scheduler' }: RunOptions): Promise<void> {
    const { record, clock, log } = this.#parts;
    const { days, removed, archived, expired, ms, failure, outcome, startedAt } = run;
    const why = failure === null ? undefined : { code: failure.code, why: failure.message };
    await record.logger.record(
      'RETENTION_RUN',
      {
        days,
        removed,
        archived,
        expired,
        ms,
        ...(performedBy !== undefined && { performedBy }),
        ...(why && { failure: why }),
      },
      { channel },
    );
    const endedAt = clock.now();
    const detail = { days, removed, archived, expired, ms, code: null, why: null, ...why };
    try {
      const hint = failure?.hint ?? null;
      await this.#runs.ended(JOB, { startedAt, endedAt, outcome, detail: { ...detail, hint } });
      this.#since = endedAt;
    } catch (error) {
      log.warn({ err: error }, 'that retention ran could not be written down');
    }
    if (failure === null) return;
    try {
      await this.#tellWhy(failure);
    } catch (error) {
      log.debug({ err: error }, 'the owners were not told why retention failed');
    }
  }

  #tellWhy({ code, message, hint }: { code: string; message: string; hint?: unknown }): Promise<void> {
    const words = typeof hint === 'string' ? `${message}\n${hint}` : message;
    return this.#tellOnce(code, this.#parts.clock.now() - TELL_AGAIN_MS, words);
  }

  /** Throws where nobody could be told: then it counts as not told, and is to be tried again. */
  async #tellOnce(what: string, unlessSince: number, words: string): Promise<void> {
    const { clock, log, notifyOwners } = this.#parts;
    const job = `${JOB}/${what}`;
    const now = clock.now();
    const isSaid = (where: ReadonlyMap<string, number>) =>
      (where.get(job) ?? Number.NEGATIVE_INFINITY) > unlessSince;
    let isTelling = false;
    const tell = (): Promise<void> => {
      isTelling = true;
      if (!isSaid(this.#logged)) {
        log.warn(words);
        this.#logged.set(job, now);
      }
      return notifyOwners(words);
    };
    try {
      await this.#runs.tellOnce(job, now, unlessSince, tell);
    } catch (error) {
      if (isTelling) throw error;
      // A database that takes nothing may be the very thing the owners have to hear of.
      if (isSaid(this.#toldUnwritten)) return;
      await tell();
      this.#toldUnwritten.set(job, now);
    }
  }

  #cutoff(days: number): { now: number; cutoff: number } {
    const now = this.#parts.clock.now();
    return { now, cutoff: now - days * DAY_MS };
  }

  #daysOf(days = this.#parts.settings.days): number {
    if (this.#parts.settings.keepForever) throw new UserError(KEPT_FOREVER);
    if (!Number.isSafeInteger(days) || days < 1 || days > 36_500) throw new UserError(badDays(days));
    return days;
  }
}

/** Whatever went wrong, as something that can be told; a stack is for the log. */
function failureOf(error: unknown): UserError {
  if (error instanceof LedgerMismatch)
    return new RetentionRefusal('NOT_VERIFIED', error.message.replace(/\.$/, ''));
  if (error instanceof UserError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  return new UserError({
    code: COULD_NOT_GO_ON,
    message: `Retention could not go on${typeof code === 'string' ? ` (${code})` : ''}.`,
    hint: 'The next run goes on where this one stopped. The log says more.',
  });
}

const BUSY = {
  code: 'RETENTION_BUSY',
  message:
    'Retention or an erasure is at work already, here or in another process, and only one may be at a time.',
  hint: 'Try again in a minute. What is due meanwhile says: reeve retention plan',
};

const KEPT_FOREVER = {
  code: 'RETENTION_OFF',
  message: 'AUDIT_LOG_RETENTION_KEEP_FOREVER is set, so nothing is ever deleted.',
  hint: 'Unset it to let entries expire.',
  example: 'AUDIT_LOG_RETENTION_KEEP_FOREVER=false',
};

const badDays = (days: number) => ({
  code: 'RETENTION_DAYS',
  message: `${String(days).slice(0, 20)} is no number of days that entries can be kept.`,
  hint: 'Give a whole number from 1 to 36500. To keep everything, set AUDIT_LOG_RETENTION_KEEP_FOREVER=true.',
  example: 'reeve retention plan --days 90',
});
