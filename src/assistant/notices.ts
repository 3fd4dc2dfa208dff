import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Writes } from '../store/sql.js';

/**
 * What is said once and not again, whichever process comes first: that there is no assistant, that a budget is
 * nearly used up.
 */
export class Notices {
  readonly #record: AuditRecord;
  readonly #clock: Clock;

  constructor({ record, clock }: { readonly record: AuditRecord; readonly clock: Clock }) {
    this.#record = record;
    this.#clock = clock;
  }

  /** Whether it is to be said now, which counts as having said it. */
  once(what: string, address = ''): Promise<boolean> {
    return this.#record.store.transaction((tx) => this.onceIn(tx, what, address));
  }

  /** The same in a transaction of somebody else's. */
  async onceIn(tx: Writes, what: string, address = ''): Promise<boolean> {
    const claimed = await tx.run(
      `INSERT INTO "AssistantNotice" ("tenant", "what", "address", "at") VALUES (?, ?, ?, ?)
         ON CONFLICT ("tenant", "what", "address") DO NOTHING`,
      [this.#record.ledger.tenant, what, address, this.#clock.now()],
    );
    return claimed > 0;
  }
}
