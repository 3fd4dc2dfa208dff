import { randomUUID } from 'node:crypto';
import type { Clock } from '../config/clock.js';
import { UserError } from '../config/userError.js';
import type { Store } from '../store/store.js';

/** Without a word from its holder a lease runs out after this: they have died. */
const LEASE_MS = 60_000;

export interface LeaseParts {
  readonly store: Pick<Store, 'transaction'>;
  readonly clock: Clock;
}

/** What takes something away takes it alone: retention and erasure of one tenant share this one. */
export const takingAwayLease = (tenant: string): string => `retention/${tenant}`;

/**
 * Work that only one process may do at a time. Whoever holds the lease keeps it by asking for it between its steps;
 * of whoever dies it can be taken over a minute later.
 */
export class Lease {
  readonly #parts: LeaseParts;
  readonly #name: string;
  readonly #holder: string;
  #until: number;

  private constructor(parts: LeaseParts, name: string, holder: string, until: number) {
    this.#parts = parts;
    this.#name = name;
    this.#holder = holder;
    this.#until = until;
  }

  /** The lease, or null while somebody else holds it. */
  static async take(parts: LeaseParts, name: string): Promise<Lease | null> {
    const holder = randomUUID();
    const now = parts.clock.now();
    const until = now + LEASE_MS;
    const taken = await parts.store.transaction((tx) =>
      tx.run(
        `INSERT INTO "Lease" ("name", "holder", "until") VALUES (?, ?, ?)
           ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "until" = excluded."until"
           WHERE "Lease"."holder" = '' OR "Lease"."until" <= ? OR "Lease"."until" > ?`,
        // Further ahead than a lease can be: the clock was put back.
        [name, holder, until, now, until],
      ),
    );
    return taken === 1 ? new Lease(parts, name, holder, until) : null;
  }

  /** Keeps it for as long again. Throws where it has run out and somebody else has taken it. */
  async keep(): Promise<void> {
    const now = this.#parts.clock.now();
    if (this.#until - now > LEASE_MS / 2) return;
    const until = now + LEASE_MS;
    const kept = await this.#parts.store.transaction((tx) =>
      tx.run(`UPDATE "Lease" SET "until" = ? WHERE "name" = ? AND "holder" = ?`, [
        until,
        this.#name,
        this.#holder,
      ]),
    );
    if (kept === 0) throw new UserError(LOST);
    this.#until = until;
  }

  async release(): Promise<void> {
    await this.#parts.store.transaction((tx) =>
      tx.run(`UPDATE "Lease" SET "holder" = '', "until" = 0 WHERE "name" = ? AND "holder" = ?`, [
        this.#name,
        this.#holder,
      ]),
    );
  }
}

const LOST = {
  code: 'LEASE_LOST',
  message: 'Another process has taken this work over, so this one left it.',
  hint: 'Look whether it is done, and ask again if not.',
};
