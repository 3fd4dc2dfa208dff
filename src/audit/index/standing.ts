import type { Reads } from '../../store/sql.js';

/** How far an index is, and of which ledger. */
export interface IndexState {
  /** Another number whenever the index was begun anew. */
  generation: number;
  /** The last entry that is in it. */
  seq: number;
  /** That entry's leaf, hex; '' before there is one. */
  leaf: string;
  /** Entries up to this one were deleted by retention and are not counted. */
  anchor: number;
  /** The newest erasure that was made when it was begun; 0 for none. */
  erasure: number;
  /** The words of entries up to this one have been taken out. */
  forgotten: number;
}

/** What of the ledger an index has to agree with. */
export interface LedgerStanding {
  size: number;
  anchor: number;
  erasure: number;
  /** The leaf of the entry that was asked for, hex; null where it is not there. */
  leaf: string | null;
}

/** The ledger's standing, and the leaf of one entry. Null where there is no ledger yet. */
export async function readStanding(
  reads: Reads,
  tenant: string,
  seq: number,
): Promise<LedgerStanding | null> {
  const row = await reads.get<{ size: number; anchor: number; erasure: number | null; leaf: Buffer | null }>(
    `SELECT l."size", l."anchorSize" AS "anchor",
        (SELECT MAX(s."number") FROM "LedgerStatement" s WHERE s."tenant" = l."tenant" AND s."kind" = 'erased') AS "erasure",
        (SELECT a."leaf" FROM "AuditLog" a WHERE a."tenant" = l."tenant" AND a."seq" = ?) AS "leaf"
       FROM "Ledger" l WHERE l."tenant" = ?`,
    [seq, tenant],
  );
  if (row === undefined) return null;
  return { ...row, erasure: row.erasure ?? 0, leaf: row.leaf?.toString('hex') ?? null };
}

/**
 * What has to be done before an index may be used: nothing, taking out what retention has deleted, or beginning
 * anew, because the ledger under it is another one, lost its end, or has had a person erased.
 */
export function judge(state: IndexState, ledger: LedgerStanding): 'sound' | 'prune' | 'anew' {
  if (state.seq > ledger.size || state.anchor > ledger.anchor) return 'anew';
  if (state.erasure !== ledger.erasure) return 'anew';
  if (state.anchor < ledger.anchor) return state.seq > ledger.anchor ? 'prune' : 'anew';
  const isKnown = state.seq > state.anchor;
  return isKnown && state.leaf !== ledger.leaf ? 'anew' : 'sound';
}
