import type { Clock } from '../../config/clock.js';
import type { Log } from '../../config/log.js';
import { UserError } from '../../config/userError.js';
import { onTimes, type Times, type Timetable } from '../timetable.js';
import type { RetentionRun } from './outcome.js';
import type { Retention } from './retention.js';

/** How often it is asked whether runs have stayed away. */
const LOOK_MS = 3_600_000;
/** Another process was at it, or had been killed: a little longer than its lease lasts. */
const AGAIN_MS = 90_000;

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
  /** No run has happened for twice the time that should lie between two. */
  isOverdue: boolean;
}

/** Runs retention at start and by the clock, and says so when it stays away. */
export class CleanupScheduler {
  readonly #parts: SchedulerParts;
  #timetable: Timetable | null = null;
  #cancels = new Set<() => void>();
  #underWay = new Set<Promise<unknown>>();
  #isOverdue = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Runs now, in the background, and then by the clock. Where everything is kept for ever, it says so and runs never. */
  start(days?: number): void {
    const { retention, times, log } = this.#parts;
    if (retention.settings.keepForever) {
      log.warn('AUDIT_LOG_RETENTION_KEEP_FOREVER is set: nothing is ever deleted');
      return;
    }
    retention.demandDays(days);
    if (this.#timetable !== null) return;
    this.#timetable = onTimes(times, () => this.#begin(days));
    this.#begin(days);
    this.#lookLater();
  }

  /** No further run begins. One that is under way goes on; closing the record waits for it. */
  stop(): void {
    this.#timetable?.stop();
    this.#timetable = null;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  isRunning(): boolean {
    return this.#timetable !== null;
  }

  status(): SchedulerStatus {
    const nextRun = this.#timetable?.next() ?? null;
    return { isRunning: this.isRunning(), nextRun, isOverdue: this.#isOverdue };
  }

  /** Stops, and waits for what is under way. */
  async close(): Promise<void> {
    this.stop();
    await this.#parts.retention.close();
    await Promise.all(this.#underWay);
  }

  #begin(days: number | undefined): void {
    this.#do(async () => {
      try {
        const run = await this.#parts.retention.run({ days });
        this.#tell(run);
      } catch (error) {
        if (error instanceof UserError && error.code === 'RETENTION_BUSY') {
          this.#later(() => this.#begin(days), AGAIN_MS);
          return;
        }
        throw error;
      }
    });
  }

  #tell({ removed, archived, ms, failure }: RetentionRun): void {
    const { log } = this.#parts;
    this.#isOverdue = false;
    if (failure !== null) log.warn({ code: failure.code }, 'retention did not do all it should');
    else if (removed > 0) log.info({ removed, archived, ms }, 'retention removed what had expired');
  }

  #lookLater(): void {
    this.#later(() => {
      this.#do(async () => {
        const { retention, times } = this.#parts;
        this.#isOverdue = (await retention.standing(times)).isOverdue;
        if (this.#isOverdue) await retention.tellOverdue(times);
      });
      this.#lookLater();
    }, LOOK_MS);
  }

  /** Nobody waits for it, so nothing it throws may be left to nobody. */
  #do(work: () => Promise<void>): void {
    const done: Promise<unknown> = work()
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'retention could not be run'))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  #later(work: () => void, ms: number): void {
    const cancel = this.#parts.clock.setTimeout(
      () => {
        this.#cancels.delete(cancel);
        if (this.isRunning()) work();
      },
      ms,
      { background: true },
    );
    this.#cancels.add(cancel);
  }
}
