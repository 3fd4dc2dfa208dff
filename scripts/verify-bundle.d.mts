/** The verdict of docs/ledger-format.md, section 8, and the first bad number. */
export interface SecondVerdict {
  verdict: string;
  isValid: boolean;
  from: number;
  to: number;
  covered: number;
  totalRecords: number;
  erased: number;
  gaps: { from: number; to: number; count: number }[];
  altered: { seq: number; why: string }[];
  checkpoints: { verified: number; absent: number };
  root: string | null;
  firstBad: number | null;
  notes: string[];
  verifiedAt: number;
}

/** What keeps it from judging at all: exit status 2. */
export class CannotJudge extends Error {}

/** Judges bundles and segments as one history, or one proof. */
export function judge(
  paths: readonly string[],
  options?: { vkeys?: readonly string[]; checkpoints?: readonly string[] },
): Promise<{ status: number; verdict: SecondVerdict }>;
