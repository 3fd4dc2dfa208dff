import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from '../config/clock.js';
import type { Writes } from '../store/sql.js';
import type { Store } from '../store/store.js';

/** A holder that says nothing for so long is taken for dead. */
const EXPIRES_MS = 60_000;
const RENEW_MS = 15_000;

/** By this a process is told from an earlier one of the same number: in a container every start has the same. */
const STARTED = performance.timeOrigin.toFixed(3);

/**
 * The right to do what only one process may do at a time. It lies in the database, runs out by itself, and is renewed
 * as long as its holder lives; one whose holder has died on this machine is free at once.
 *
 * @example
 * const lease = await Lease.take(store, clock, 'retention/acme');
 * if (lease === null) return 'somebody else is at it';
 * try { … await store.transaction(async (tx) => { await lease.demand(tx); … }); } finally { await lease.release(); }
 */
export class Lease {
  readonly #store: Pick<Store, 'transaction'>;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #holder: string;
  #cancel: (() => void) | null = null;
  #renewing: Promise<unknown> = Promise.resolve();
  #released = false;

  private constructor(store: Pick<Store, 'transaction'>, clock: Clock, name: string) {
    this.#store = store;
    this.#clock = clock;
    this.#name = name;
    this.#holder = `${hostname()} ${process.pid} ${STARTED} ${randomUUID()}`;
  }

  /** Null where another holds it. */
  static async take(store: Pick<Store, 'transaction'>, clock: Clock, name: string): Promise<Lease | null> {
    const lease = new Lease(store, clock, name);
    const isTaken = await store.transaction(async (tx) => {
      const now = clock.now();
      const held = await tx.get<{ holder: string; until: number }>(
        `SELECT "holder", "until" FROM "Lease" WHERE "name" = ?`,
        [name],
      );
      if (held !== undefined && held.until > now && !isDead(held.holder)) return false;
      // Two processes may have come this far: the one that finds the row as it read it has it.
      const changed = await tx.run(
        `INSERT INTO "Lease" ("name", "holder", "until") VALUES (?, ?, ?)
           ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "until" = excluded."until"
           WHERE "Lease"."holder" = ? AND "Lease"."until" = ?`,
        [name, lease.#holder, now + EXPIRES_MS, held?.holder ?? '', held?.until ?? 0],
      );
      return changed === 1;
    });
    if (!isTaken) return null;
    lease.#renewLater();
    return lease;
  }

  /** Throws, and so ends the transaction, where another has it by now. */
  async demand(tx: Writes): Promise<void> {
    const kept = await tx.run(`UPDATE "Lease" SET "until" = ? WHERE "name" = ? AND "holder" = ?`, [
      this.#clock.now() + EXPIRES_MS,
      this.#name,
      this.#holder,
    ]);
    if (kept === 0) throw new LeaseLost(this.#name);
  }

  async release(): Promise<void> {
    this.#released = true;
    this.#cancel?.();
    await this.#renewing;
    await this.#store.transaction((tx) =>
      tx.run(`UPDATE "Lease" SET "until" = 0 WHERE "name" = ? AND "holder" = ?`, [this.#name, this.#holder]),
    );
  }

  #renewLater(): void {
    this.#cancel = this.#clock.setTimeout(
      () => {
        // Where it cannot be renewed, the next `demand` says so.
        this.#renewing = this.#store.transaction((tx) => this.demand(tx)).catch(() => {});
        if (!this.#released) this.#renewLater();
      },
      RENEW_MS,
      { background: true },
    );
  }
}

export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor(lease: string) {
    super(`the lease ${lease} is another process's by now`);
  }
}

/** Of another machine's processes nothing is known. */
function isDead(holder: string): boolean {
  const [host, pid, started] = holder.split(' ');
  if (host !== hostname() || pid === undefined) return false;
  if (Number(pid) === process.pid) return started !== STARTED;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
