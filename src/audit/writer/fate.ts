import type { Receipt } from './commit.js';
import type { Draft } from './draft.js';

/** What became of an event. */
export type Fate =
  | { status: 'committed'; seq: number; id: string }
  /**
   * Kept on the disk until the database is back; `committed` resolves when it is in the ledger, and rejects when
   * it never will be, or not by this process.
   */
  | { status: 'spooled'; id: string; committed: Promise<Receipt> }
  /** Not kept. Counted, and told in an AUDIT_LOSS entry. */
  | { status: 'shed'; id: string; reason: string };

/** An event on its way, and whoever waits to hear what becomes of it. */
export interface Queued {
  draft: Draft;
  since: number;
  settle(fate: Fate): void;
}
