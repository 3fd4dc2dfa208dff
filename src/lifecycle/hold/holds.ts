import type { Reads } from '../../store/sql.js';

/**
 * What must stay, whatever retention and erasure say. Whoever is about to take something away asks before, and once
 * more in the transaction that does it, with that transaction's reads: the ledger's head is locked there, and a hold
 * is an event, so none can be laid in between.
 */
export interface Holds {
  /** The number of the first entry from `from` to `to` that is under a hold, or null. */
  firstHeld(from: number, to: number, reads?: Reads): Promise<number | null>;
}
