import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import type { Log } from '../../config/log.js';
import { PrismaWrites } from '../../store/prismaWrites.js';

const DAY_MS = 86_400_000;

/** How often it is asked whether today's is there: a clock that was put on, or a database that was away, costs minutes. */
const LOOK_MS = 10 * 60_000;

const JOB = 'heartbeat';

export interface HeartbeatParts {
  readonly record: AuditRecord;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * One entry a day (of UTC), also where nothing happens: so a day on which nothing happened can be told from one on
 * which nobody was there to record it. Of several processes one writes it.
 */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  #cancel: (() => void) | null = null;
  #beating: Promise<unknown> = Promise.resolve();

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  /** Today's now, where it is not there yet, and from then on each day's. */
  start(): void {
    if (this.#cancel !== null) return;
    this.#look();
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    await this.#beating;
  }

  /** Writes today's, unless it is there. Returns whether it did. */
  async beat(): Promise<boolean> {
    const { record, clock } = this.#parts;
    const now = clock.now();
    const today = now - (now % DAY_MS);
    if ((await this.#isThere(today, now)) === true) return false;
    const { tenant } = record.ledger;
    return record.logger.transact(async (client, log) => {
      const tx = new PrismaWrites(client, record.store.dialect);
      // One of an earlier day is followed; so is one of a day that is far from having come.
      const claimed = await tx.run(
        `INSERT INTO "JobRun" ("tenant", "job", "startedAt", "endedAt", "outcome", "detail")
           VALUES (?, ?, ?, ?, 'success', '{}')
           ON CONFLICT ("tenant", "job") DO UPDATE
           SET "startedAt" = excluded."startedAt", "endedAt" = excluded."endedAt"
           WHERE "JobRun"."startedAt" < ? OR "JobRun"."startedAt" >= ?`,
        [tenant, JOB, now, now, today, now + DAY_MS],
      );
      if (claimed === 0) return false;
      await log('HEARTBEAT', { every: 'day' });
      return true;
    });
  }

  /** Asked without a lock, since it is so nearly always. */
  async #isThere(today: number, now: number): Promise<boolean> {
    const { store, ledger } = this.#parts.record;
    const last = await store.read.get<{ startedAt: number }>(
      `SELECT "startedAt" FROM "JobRun" WHERE "tenant" = ? AND "job" = ?`,
      [ledger.tenant, JOB],
    );
    return last !== undefined && last.startedAt >= today && last.startedAt < now + DAY_MS;
  }

  #look(): void {
    const { clock, log } = this.#parts;
    this.#beating = this.beat().catch((error: unknown) => {
      const { code } = (error ?? {}) as NodeJS.ErrnoException;
      log.warn({ code }, 'no heartbeat could be recorded; it is tried again');
    });
    const now = clock.now();
    const untilTomorrow = DAY_MS - (now % DAY_MS);
    this.#cancel = clock.setTimeout(() => this.#look(), Math.min(LOOK_MS, untilTomorrow), {
      background: true,
    });
  }
}
