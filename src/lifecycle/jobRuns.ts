import { canonicalJson } from '../ledger/json.js';
import type { Reads } from '../store/sql.js';
import type { Store } from '../store/store.js';

/** The last run of a job, as the database remembers it. */
export interface JobRun {
  job: string;
  startedAt: number;
  /** Null while it runs, or where it was killed. */
  endedAt: number | null;
  outcome: 'success' | 'failure' | null;
  /** What it did, or why it did not. */
  detail: Readonly<Record<string, unknown>>;
  /** When the owners were last told of something about it. */
  toldAt: number | null;
}

export async function readJobRun(reads: Reads, tenant: string, job: string): Promise<JobRun | null> {
  const row = await reads.get<Omit<JobRun, 'detail'> & { detail: string }>(
    `SELECT "job", "startedAt", "endedAt", "outcome", "detail", "toldAt" FROM "JobRun"
       WHERE "tenant" = ? AND "job" = ?`,
    [tenant, job],
  );
  return row === undefined ? null : { ...row, detail: JSON.parse(row.detail) as JobRun['detail'] };
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
           ON CONFLICT ("tenant", "job") DO UPDATE
           SET "startedAt" = excluded."startedAt", "endedAt" = NULL, "outcome" = NULL, "detail" = '{}'`,
        [this.#tenant, job, at],
      ),
    );
  }

  async ended(job: string, run: Pick<JobRun, 'endedAt' | 'outcome' | 'detail'>): Promise<void> {
    await this.#store.transaction((tx) =>
      tx.run(
        `UPDATE "JobRun" SET "endedAt" = ?, "outcome" = ?, "detail" = ? WHERE "tenant" = ? AND "job" = ?`,
        [run.endedAt, run.outcome, canonicalJson(run.detail), this.#tenant, job],
      ),
    );
  }

  /**
   * Whether the owners are to be told now: of several processes one is answered with yes, and not again before
   * `unlessSince`.
   */
  async mayTell(job: string, now: number, unlessSince: number): Promise<boolean> {
    const changed = await this.#store.transaction((tx) =>
      tx.run(
        `INSERT INTO "JobRun" ("tenant", "job", "startedAt", "detail", "toldAt") VALUES (?, ?, ?, '{}', ?)
           ON CONFLICT ("tenant", "job") DO UPDATE SET "toldAt" = excluded."toldAt"
           WHERE "JobRun"."toldAt" IS NULL OR "JobRun"."toldAt" <= ?`,
        [this.#tenant, job, now, now, unlessSince],
      ),
    );
    return changed === 1;
  }
}
