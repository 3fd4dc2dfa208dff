/** What a verdict means, in words: the same on the command line and in a chat. */
import type { Verdict, VerdictName } from '../../ledger/verify.js';

const count = (number: number): string => number.toLocaleString('en-US');

const MEANING: Record<VerdictName, (v: Verdict) => string> = {
  intact: (v) =>
    isProof(v) ? `Intact: entry ${v.from} is as it was signed.` : `Intact: ${asSigned(v, 'all ')}`,
  'intact-from': (v) =>
    `Intact from entry ${v.from} on: ${asSigned(v, '')} Those before are gone by retention, or were not read again; see below.`,
  altered: (v) =>
    v.altered.length === 0
      ? 'Altered: the file was cut or changed after it was written.'
      : `Altered: entry ${v.altered[0]!.seq} is not as it was written${v.altered.length > 1 ? `, and ${v.altered.length - 1} more` : ''}.`,
  missing: (v) =>
    v.gaps.length === 0
      ? 'Missing: entries at the beginning are gone, and no signed statement says why.'
      : `Missing: ${v.gaps.map((gap) => (gap.from === gap.to ? `entry ${gap.from}` : `entries ${gap.from} to ${gap.to}`)).join(', ')}.`,
  forked: () => 'Forked: this is another history than the one that was signed.',
  truncated: (v) => `Truncated: entries from ${v.to + 1} on were signed and are gone.`,
  unverifiable: () =>
    'Unverifiable: there is no trusted key, or no signed checkpoint that covers the last entry.',
};

/** What a checkpoint covers was signed; what came after it only fits so far. */
function asSigned({ totalRecords, covered, from, to }: Verdict, all: string): string {
  if (totalRecords === 0) return 'there are no entries yet.';
  const unsigned = Math.min(to - covered, totalRecords);
  const entries = totalRecords === 1 ? 'the one entry' : `${all}${count(totalRecords)} entries`;
  const are = totalRecords === 1 ? 'is as it was' : 'are as they were';
  if (unsigned <= 0) return `${entries} ${are} signed.`;
  if (covered < from)
    return `${entries} ${are} written; no checkpoint covers ${totalRecords === 1 ? 'it' : 'them'} yet.`;
  return `${entries} ${are} written, and up to entry ${covered} as signed.`;
}

/** A proof is about one entry of a ledger that goes on after it. */
const isProof = (v: Verdict): boolean => v.from === v.to && v.covered > v.to;

const WHY_SHOWN = 10;

/** A sentence somebody can act on. */
export const verdictSentence = (verdict: Verdict): string =>
  `${verdict.isValid ? '✓' : '✗'} ${MEANING[verdict.verdict](verdict)}`;

/** What the sentence rests on, a line each. */
export function verdictDetails(verdict: Verdict): string[] {
  const lines = verdict.altered.slice(0, WHY_SHOWN).map(({ seq, why }) => `#${seq}: ${why}`);
  if (verdict.altered.length > WHY_SHOWN)
    lines.push(
      `… and ${verdict.altered.length - WHY_SHOWN} more (reeve verify --json lists up to a thousand)`,
    );
  const { verified, absent } = verdict.checkpoints;
  lines.push(
    `${isProof(verdict) ? `Under a checkpoint over ${count(verdict.covered)} entries` : `Signed up to entry ${count(verdict.covered)} of ${count(verdict.to)}`} · ${count(verified)} ${verified === 1 ? 'checkpoint agrees' : 'checkpoints agree'}${absent > 0 ? ` · ${absent} could not be used` : ''}${verdict.erased > 0 ? ` · ${count(verdict.erased)} entries erased by statement` : ''}`,
  );
  if (verdict.root !== null) lines.push(`Root ${verdict.root}`);
  for (const note of verdict.notes) lines.push(`– ${note}`);
  return lines;
}
