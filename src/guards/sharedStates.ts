import { LONGEST_WINDOW_MS } from '../settings/rate.js';
import { marks, type Writes } from '../store/sql.js';
import type { Prisma, Store } from '../store/store.js';
import { judge, SLACK_MS } from './gcra.js';
import type { LimitStates, Refused, Wish } from './limitStates.js';

/** How often rows that hold nothing any more are looked for. */
const SWEEP_EVERY_MS = 600_000;

/** Takes one step where there is room for it, in one statement: whoever comes second sees what the first one left. */
const TAKE = `
  INSERT INTO "LimitState" ("tenant", "key", "emptyAt", "toldAt") VALUES (?, ?, ?, 0)
  ON CONFLICT ("tenant", "key") DO UPDATE SET "emptyAt" =
    CASE WHEN "LimitState"."emptyAt" BETWEEN ? AND ? THEN "LimitState"."emptyAt" + ? ELSE excluded."emptyAt" END
  WHERE "LimitState"."emptyAt" <= ? OR "LimitState"."emptyAt" > ?`;

const GIVE_BACK = `UPDATE "LimitState" SET "emptyAt" = "emptyAt" - ? WHERE "tenant" = ? AND "key" = ?`;

const TELL = `
  INSERT INTO "LimitState" ("tenant", "key", "emptyAt", "toldAt") VALUES (?, ?, ?, ?)
  ON CONFLICT ("tenant", "key") DO UPDATE SET "toldAt" = excluded."toldAt"
  WHERE "LimitState"."toldAt" <= ? OR "LimitState"."toldAt" > ?`;

/**
 * Limits that several processes share, in their database. Each process counts by its own clock; that theirs differ
 * by milliseconds moves a limit by as much.
 */
export class SharedStates implements LimitStates {
  readonly #store: Store;
  readonly #tenant: string;
  #sweptAt: number | null = null;

  constructor(store: Store, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  take(wishes: readonly Wish[], now: number): Promise<Refused | null> {
    return this.#store.transaction(async (tx) => {
      await this.#sweep(tx, now);
      for (const [index, wish] of wishes.entries()) {
        if (await this.#step(tx, wish, now)) continue;
        for (const { key, pace } of wishes.slice(0, index))
          await tx.run(GIVE_BACK, [pace.stepMs, this.#tenant, key]);
        const [kept] = await readIn(tx, this.#tenant, [wish.key]);
        const verdict = judge(kept?.emptyAt, now, wish.pace);
        return { index, retryAfterMs: verdict.allowed ? wish.pace.stepMs : verdict.retryAfterMs };
      }
      return null;
    });
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await readIn(this.#store.read, this.#tenant, keys);
    return new Map(rows.map(({ key, emptyAt }) => [key, emptyAt]));
  }

  tell(key: string, windowMs: number, now: number): Promise<boolean> {
    const params = [this.#tenant, key, now, now, now - windowMs, now + SLACK_MS];
    return this.#store.transaction(async (tx) => (await tx.run(TELL, params)) > 0);
  }

  async forgetIn(tx: Prisma.TransactionClient, key: string): Promise<void> {
    await tx.limitState.deleteMany({ where: { tenant: this.#tenant, key } });
  }

  forgotten(): void {
    // It went with the transaction.
  }

  async countWhere(isOfIt: (key: string) => boolean): Promise<number> {
    return (await this.#keysWhere(isOfIt)).length;
  }

  async forgetWhere(isOfIt: (key: string) => boolean): Promise<number> {
    const keys = await this.#keysWhere(isOfIt);
    if (keys.length > 0)
      await this.#store.transaction(async (tx) => {
        for (const key of keys)
          await tx.run(`DELETE FROM "LimitState" WHERE "tenant" = ? AND "key" = ?`, [this.#tenant, key]);
      });
    return keys.length;
  }

  async #keysWhere(isOfIt: (key: string) => boolean): Promise<string[]> {
    const select = `SELECT "key" FROM "LimitState" WHERE "tenant" = ?`;
    const rows = await this.#store.read.all<{ key: string }>(select, [this.#tenant]);
    return rows.map(({ key }) => key).filter(isOfIt);
  }

  async #step(tx: Writes, { key, pace: { stepMs, fullMs } }: Wish, now: number): Promise<boolean> {
    const latest = now + fullMs + SLACK_MS;
    const params = [this.#tenant, key, now + stepMs, now, latest, stepMs, now + fullMs - stepMs, latest];
    return (await tx.run(TAKE, params)) > 0;
  }

  async #sweep(tx: Writes, now: number): Promise<void> {
    if (this.#sweptAt !== null && Math.abs(now - this.#sweptAt) < SWEEP_EVERY_MS) return;
    this.#sweptAt = now;
    const old = now - LONGEST_WINDOW_MS;
    await tx.run(`DELETE FROM "LimitState" WHERE "tenant" = ? AND "emptyAt" < ? AND "toldAt" < ?`, [
      this.#tenant,
      old,
      old,
    ]);
  }
}

function readIn(
  reads: Pick<Writes, 'all'>,
  tenant: string,
  keys: readonly string[],
): Promise<{ key: string; emptyAt: number }[]> {
  return reads.all(
    `SELECT "key", "emptyAt" FROM "LimitState" WHERE "tenant" = ? AND "key" IN (${marks(keys.length)})`,
    [tenant, ...keys],
  );
}
