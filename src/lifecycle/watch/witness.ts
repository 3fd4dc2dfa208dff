import { verifyLedger } from '../../audit/verify/verifyLedger.js';
import type { Database } from '../../config/database.js';
import { openCheckpoint } from '../../ledger/checkpoint.js';
import type { Verdict } from '../../ledger/verify.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import type { Reads } from '../../store/sql.js';

export interface WitnessParts {
  readonly reads: Reads;
  readonly database: Database;
  readonly tenant: string;
  readonly dataDir: string;
  readonly origin: string;
  readonly now: number;
}

/** What became of comparing the ledger of today with a checkpoint that somebody kept. */
export type Witnessed =
  /** No key of this ledger has signed it: it says nothing about this one. */
  | { readonly kind: 'stranger' }
  /** The ledger goes on from it. */
  | { readonly kind: 'agrees'; readonly size: number; readonly verdict: Verdict }
  /** What it covers is gone, and no proof leads from it to what is there. */
  | { readonly kind: 'uncompared'; readonly size: number; readonly verdict: Verdict }
  /** This is another history than the one that was signed, or something else is wrong with it. */
  | { readonly kind: 'contradicted'; readonly size: number; readonly verdict: Verdict };

/**
 * Whether today's ledger goes on from a checkpoint that somebody else has kept. All of it is read: that the newest
 * checkpoint goes on from an old one would not tell that the entries of then are still those.
 */
export async function checkWitness(parts: WitnessParts, note: string): Promise<Witnessed> {
  const { origin, dataDir } = parts;
  const keys = readTrustedKeys(dataDir, origin);
  const checkpoint = openCheckpoint(note, keys);
  if (checkpoint?.origin !== origin) return { kind: 'stranger' };
  let uncompared = 0;
  const verdict = await verifyLedger({
    ...parts,
    keys,
    checkpoints: [note],
    onUncompared: (count) => {
      uncompared = count;
    },
  });
  const { size } = checkpoint;
  if (!verdict.isValid) return { kind: 'contradicted', size, verdict };
  return { kind: uncompared > 0 ? 'uncompared' : 'agrees', size, verdict };
}
