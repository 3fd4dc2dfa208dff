import { canonicalJson } from '../ledger/json.js';
import type { Reads } from '../store/sql.js';
import type { Store } from '../store/store.js';

/**
 * What is told as of later than this from now was told by a clock that was wrong, and counts no more; clocks of several
 * machines differ by less.
 */
const AHEAD_MS = 24 * 3_600_000;

/** The last run of a job, as the database remembers it: what has ended stays known while the next one runs. */
export interface JobRun {
  job: string;
  /** When the last one began. */
  startedAt: number;
  /** When the last one that came to an end did so, or null; earlier than `startedAt` while another one runs. */
  endedAt: number | null;
  /** Of the one that ended. */
  outcome: 'success' | 'failure' | null;
  /** What that one did, or why it did not. */
  detail: Readonly<Record<string, unknown>>;
  /** When the owners were last told of something about it. */
  toldAt: number | null;
}

/** Whether the last run that began is still at work, or was killed. */
export const hasNotEnded = ({ startedAt, endedAt }: Pick<JobRun, 'startedAt' | 'endedAt'>): boolean =>
  endedAt === null || endedAt < startedAt;

export async function readJobRun(reads: Reads, tenant: string, job: string): Promise<JobRun | null> {
  const row = await reads.get<Omit<JobRun, 'detail'> & { detail: string }>(
    `SELECT "job", "startedAt", "endedAt", "outcome", "detail", "toldAt" FROM "JobRun"
       WHERE "tenant" = ? AND "job" = ?`,
    [tenant, job],
  );
  return row === undefined ? null : { ...row, detail: JSON.parse(row.detail) as JobRun['detail'] };
}

/** That this process is the one to tell something, and what stood there before. */
interface Claim {
  at: number;
  before: number | null;
}

/** What the jobs of one tenant that the clock starts did last. */
export class JobRuns {
  readonly #store: Pick<Store, 'read' | 'transaction'>;
  readonly #tenant: string;

  constructor(store: Pick<Store, 'read' | 'transaction'>, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  last(job: string): Promise<JobRun | null> {
    return readJobRun(this.#store.read, this.#tenant, job);
  }

  async began(job: string, at: number): Promise<void> {
    await this.#store.transaction((tx) =>
      tx.run(
        `INSERT INTO "JobRun" ("tenant", "job", "startedAt", "detail") VALUES (?, ?, ?, '{}')
           ON CONFLICT ("tenant", "job") DO UPDATE SET "startedAt" = excluded."startedAt"`,
        [this.#tenant, job, at],
      ),
    );
  }

  /** Also of a run of which nobody could write down that it began. */
  async ended(
    job: string,
    run: Pick<JobRun, 'startedAt' | 'outcome' | 'detail'> & { endedAt: number },
  ): Promise<void> {
    // A clock that was put back meanwhile must not make it look as if it still ran.
    const endedAt = Math.max(run.startedAt, run.endedAt);
    await this.#store.transaction((tx) =>
      tx.run(
        `INSERT INTO "JobRun" ("tenant", "job", "startedAt", "endedAt", "outcome", "detail") VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT ("tenant", "job") DO UPDATE SET "startedAt" = excluded."startedAt",
             "endedAt" = excluded."endedAt", "outcome" = excluded."outcome", "detail" = excluded."detail"`,
        [this.#tenant, job, run.startedAt, endedAt, run.outcome, canonicalJson(run.detail)],
      ),
    );
  }

  /**
   * Whether the owners are to be told now: of several processes one is answered with yes, and not again before
   * `unlessSince`.
   */
  async mayTell(job: string, now: number, unlessSince: number): Promise<boolean> {
    return (await this.#claim(job, now, unlessSince)) !== null;
  }

  /**
   * The same where it can be told at once. Where `tell` fails, nobody was told: then it throws, and whoever asks next
   * may try. Returns whether it was told just now.
   */
  async tellOnce(job: string, now: number, unlessSince: number, tell: () => Promise<void>): Promise<boolean> {
    const claim = await this.#claim(job, now, unlessSince);
    if (claim === null) return false;
    try {
      await tell();
    } catch (error) {
      // What could not be told matters more than that this could not be written down either.
      await this.#giveBack(job, claim).catch(() => {});
      throw error;
    }
    return true;
  }

  #claim(job: string, now: number, unlessSince: number): Promise<Claim | null> {
    return this.#store.transaction(async (tx) => {
      const known = await tx.get<{ toldAt: number | null }>(
        `SELECT "toldAt" FROM "JobRun" WHERE "tenant" = ? AND "job" = ?`,
        [this.#tenant, job],
      );
      const changed = await tx.run(
        `INSERT INTO "JobRun" ("tenant", "job", "startedAt", "detail", "toldAt") VALUES (?, ?, ?, '{}', ?)
           ON CONFLICT ("tenant", "job") DO UPDATE SET "toldAt" = excluded."toldAt"
           WHERE "JobRun"."toldAt" IS NULL OR "JobRun"."toldAt" <= ? OR "JobRun"."toldAt" > ?`,
        [this.#tenant, job, now, now, unlessSince, now + AHEAD_MS],
      );
      return changed === 1 ? { at: now, before: known?.toldAt ?? null } : null;
    });
  }

  async #giveBack(job: string, { at, before }: Claim): Promise<void> {
    await this.#store.transaction((tx) =>
      tx.run(`UPDATE "JobRun" SET "toldAt" = ? WHERE "tenant" = ? AND "job" = ? AND "toldAt" = ?`, [
        before,
        this.#tenant,
        job,
        at,
      ]),
    );
  }
}
