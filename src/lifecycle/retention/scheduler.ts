import type { Clock } from '../../config/clock.js';
import type { Log } from '../../config/log.js';
import { UserError } from '../../config/userError.js';
import { intervalOf, onTimes, type Times, type Timetable } from '../timetable.js';
import { COULD_NOT_GO_ON, type RetentionRun } from './outcome.js';
import type { Retention } from './retention.js';
import { isTooLong } from './standing.js';

/** How often it is asked whether runs have stayed away. */
const LOOK_MS = 3_600_000;
/** Another process was at it, or had been killed: a little longer than its lease lasts. */
const AGAIN_MS = 90_000;
/** Where a run could not go on, the pauses before it is tried again grow up to this. */
const LONGEST_PAUSE_MS = 3_600_000;

export interface SchedulerParts {
  retention: Retention;
  times: Times;
  clock: Clock;
  log: Log;
}

/** What of retention can be told from memory. */
export interface SchedulerStatus {
  isRunning: boolean;
  /** The next run, or null where none is to come. */
  nextRun: number | null;
  /** No run has happened for twice the time that should lie between two, by any process. */
  isOverdue: boolean;
}

/** Runs retention at start and by the clock, and says so when it stays away. */
export class CleanupScheduler {
  readonly #parts: SchedulerParts;
  #timetable: Timetable | null = null;
  /** What it was started with; undefined for what is configured. */
  #days: number | undefined;
  /** From the first start on it is for this one to tell the owners, also where it was stopped since. */
  #isResponsible = false;
  #cancelLook: () => void = () => {};
  #cancelNext: () => void = () => {};
  #pauseMs = AGAIN_MS;
  #longestMs: number | null = null;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Learns when the last run was, and from now on looks now and then, whether or not it is started. */
  async open(): Promise<void> {
    const { retention, times, log } = this.#parts;
    if (retention.settings.keepForever) return;
    try {
      await retention.standing(times);
    } catch (error) {
      log.warn({ err: error }, 'when retention ran last is not known yet');
    }
    this.#lookLater();
  }

  /**
   * Runs now, in the background, and then by the clock; where it does so already, from now on with these days. Where
   * everything is kept for ever, it says so and runs never.
   */
  start(days?: number): void {
    const { retention, times, log } = this.#parts;
    if (retention.settings.keepForever) {
      log.warn('AUDIT_LOG_RETENTION_KEEP_FOREVER is set: nothing is ever deleted');
      return;
    }
    retention.demandDays(days);
    if (this.#timetable !== null) {
      if (days === undefined || days === this.#days) return;
      this.stop();
    }
    this.#days = days;
    this.#isResponsible = true;
    this.#timetable = onTimes(times, () => this.#begin(days));
    this.#begin(days);
  }

  /** No further run begins. One that is under way goes on; closing the record waits for it. */
  stop(): void {
    this.#timetable?.stop();
    this.#timetable = null;
    this.#cancelNext();
  }

  isRunning(): boolean {
    return this.#timetable !== null;
  }

  status(): SchedulerStatus {
    const { clock, times, retention } = this.#parts;
    const nextRun = this.#timetable?.next() ?? null;
    const since = retention.settings.keepForever ? null : retention.lastKnownEnd;
    this.#longestMs ??= intervalOf(times).longestMs;
    const isOverdue = since !== null && isTooLong(clock.now() - since, this.#longestMs);
    return { isRunning: this.isRunning(), nextRun, isOverdue };
  }

  /** Stops, and waits for what is under way. */
  async close(): Promise<void> {
    this.stop();
    this.#cancelLook();
    await this.#parts.retention.close();
    await Promise.all(this.#underWay);
  }

  #begin(days: number | undefined): void {
    this.#cancelNext();
    this.#do('retention could not be run', async () => {
      try {
        const run = await this.#parts.retention.run({ days });
        this.#tell(run);
        if (run.failure?.code !== COULD_NOT_GO_ON) {
          this.#pauseMs = AGAIN_MS;
          return;
        }
        this.#beginLater(days, this.#pauseMs);
        this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      } catch (error) {
        if (!(error instanceof UserError && error.code === 'RETENTION_BUSY')) throw error;
        this.#beginLater(days, AGAIN_MS);
      }
    });
  }

  #beginLater(days: number | undefined, ms: number): void {
    if (!this.isRunning()) return;
    this.#cancelNext();
    this.#cancelNext = this.#parts.clock.setTimeout(() => this.#begin(days), ms, { background: true });
  }

  #tell({ removed, archived, ms, failure }: RetentionRun): void {
    const { log } = this.#parts;
    if (failure !== null) log.warn({ code: failure.code }, 'retention did not do all it should');
    else if (removed > 0) log.info({ removed, archived, ms }, 'retention removed what had expired');
  }

  #lookLater(): void {
    const look = (): void => {
      this.#do('whether retention has stayed away is not known', () => this.#look());
      this.#lookLater();
    };
    this.#cancelLook = this.#parts.clock.setTimeout(look, LOOK_MS, { background: true });
  }

  async #look(): Promise<void> {
    const { retention, times, log } = this.#parts;
    // The hours of a zone and the days of a month move.
    this.#longestMs = null;
    await retention.standing(times);
    if (!this.#isResponsible) return;
    for (const tell of [() => retention.tellFailure(), () => retention.tellOverdue(times)])
      await tell().catch((error: unknown) => {
        log.debug({ err: error }, 'the owners could not be told of retention; it is tried again');
      });
  }

  /** Nobody waits for it, so nothing it throws may be left to nobody. */
  #do(otherwise: string, work: () => Promise<void>): void {
    const done: Promise<unknown> = work()
      .catch((error: unknown) => this.#parts.log.error({ err: error }, otherwise))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }
}
