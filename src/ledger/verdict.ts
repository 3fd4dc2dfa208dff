/** What a verification says, in the shape that `reeve verify --json` prints. */
import type { Finding } from './inspect.js';

/** In order of precedence: the verdict is the first that holds. */
export const VERDICTS = [
  'altered',
  'missing',
  'forked',
  'truncated',
  'unverifiable',
  'intact-from',
  'intact',
] as const;

export type VerdictName = (typeof VERDICTS)[number];

export interface Gap {
  from: number;
  to: number;
  count: number;
}

export interface Verdict {
  verdict: VerdictName;
  isValid: boolean;
  /** The first number that the verdict is about. */
  from: number;
  /** The last one; one less than `from` when there is none. */
  to: number;
  /** The size of the newest checkpoint that agrees; 0 when none does. */
  covered: number;
  /** Entries that were there and were read. */
  totalRecords: number;
  /** Entries without one or both private parts, as a statement vouches. */
  erased: number;
  gaps: Gap[];
  /** At most a thousand; `notes` tells when there are more. */
  altered: Finding[];
  checkpoints: { verified: number; absent: number };
  /** Root over the entries, in hex; null when numbers are missing, since then no leaf has a sure place. */
  root: string | null;
  verifiedAt: number;
  notes: string[];
}

export function isValid(verdict: VerdictName): boolean {
  return verdict === 'intact' || verdict === 'intact-from';
}

/** A file that is nothing Reeve has written, or too damaged at its head to say what it is. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile';
  readonly code = 'UNREADABLE_FILE';
  readonly rule =
    'a bundle or segment begins with a line {"type":"ledger","format":"reeve-bundle/1",…}, a proof is one object with "format":"reeve-proof/1"';
  readonly example = 'reeve export --format bundle --out ledger.ndjson';

  constructor(why: string) {
    super(
      `${why}; a bundle begins with a "ledger" line of format reeve-bundle/1, a proof is of format reeve-proof/1`,
    );
  }
}
