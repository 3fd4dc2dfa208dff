/** The sentences of a verdict: the first bad number, and whatever the verdict does not speak of. */
import type { Agreement } from './agreement.js';
import { type Event, FINDINGS_MAX } from './inspect.js';
import { countOf, type Ranges } from './ranges.js';
import type { VerdictName } from './verdict.js';

/** How many of one kind are named before the rest is only counted. */
const NAMED_MAX = 20;

export interface Facts {
  verdict: VerdictName;
  live: boolean;
  to: number;
  fork: { from: number; to: number } | null;
  alteredNumbers: Ranges;
  gaps: Ranges;
  covered: number | null;
  refused: readonly string[];
  anchorSize: number;
  anchorVouched: boolean;
  start: number;
  hasKeys: boolean;
  origin: string;
  agreement: Agreement;
  absentStatements: readonly string[];
  recovered: readonly Event[];
  /** Days of which nothing was heard. */
  silences: readonly string[];
}

export function remarks(facts: Facts): string[] {
  return [
    ...findings(facts),
    ...scope(facts),
    ...some(facts.recovered.map(recovery)),
    ...facts.silences,
    ...some(facts.refused.map(sentence)),
    ...absences(facts.agreement),
    ...some(
      facts.absentStatements.map(
        (what) => `A statement without a valid signature by a trusted key was left aside: ${what}.`,
      ),
    ),
    aboutLedger(facts.origin),
  ];
}

/** Which notes are of no account, and why. */
export function absences({ absent, foreign }: Agreement): string[] {
  return [
    ...some(
      absent.map((what) => `Counted as absent, for want of a valid signature by a trusted key: ${what}.`),
    ),
    ...some(foreign.map((what) => `Counted as absent, for it speaks of another ledger: ${what}.`)),
  ];
}

/** A verdict outlives the command line that asked for it; this is what tells it from another ledger's. */
export const aboutLedger = (origin: string): string => `The ledger is ${origin}.`;

/** What is wrong, the first bad number first. */
function findings(facts: Facts): string[] {
  const { alteredNumbers, gaps, fork, agreement, to } = facts;
  const notes: string[] = [];
  if (alteredNumbers.length > 0) {
    const count = countOf(alteredNumbers);
    notes.push(`The first altered entry is ${alteredNumbers[0]![0]}; ${count} in all.`);
    if (count > FINDINGS_MAX) notes.push(`Only the first ${FINDINGS_MAX} altered entries are listed.`);
  }
  if (gaps.length > 0) notes.push(`The first missing number is ${gaps[0]![0]}; ${countOf(gaps)} in all.`);
  if (!facts.anchorVouched) {
    notes.push(
      `No valid pruned statement vouches for the anchor, so entries 1 to ${facts.anchorSize} are missing.`,
    );
  }
  if (fork !== null) {
    const where =
      fork.from === fork.to ? `at entry ${fork.to}` : `between entries ${fork.from} and ${fork.to}`;
    notes.push(
      `A validly signed checkpoint of size ${fork.to} has another root: the histories part ${where}.`,
    );
  }
  if ((agreement.largest ?? 0) > to) {
    notes.push(
      `A checkpoint of size ${agreement.largest} is validly signed, but entry ${to + 1} and those after it are not here.`,
    );
  }
  if (!facts.hasKeys)
    notes.push(`No trusted key is given for ${facts.origin}, so no signature was believed.`);
  else if (facts.verdict === 'unverifiable') {
    notes.push(
      facts.live ? 'No validly signed checkpoint agrees.' : `No validly signed checkpoint is of size ${to}.`,
    );
  }
  return notes;
}

/** What the verdict speaks of and what it does not. */
function scope(facts: Facts): string[] {
  const { anchorSize, start, covered, to, live, agreement } = facts;
  const notes: string[] = [];
  if (anchorSize > 0 && facts.anchorVouched) {
    notes.push(
      `Entries 1 to ${anchorSize} were pruned, as a statement says; nothing else is said about them.`,
    );
  }
  if (start > anchorSize) notes.push(`Entries ${anchorSize + 1} to ${start} were not read again.`);
  if (agreement.skipped > 0) notes.push(`${agreement.skipped} older checkpoints were not compared again.`);
  const tail = Math.max(covered ?? 0, start) + 1;
  const isParted = facts.fork !== null || (agreement.largest ?? 0) > to;
  if (isParted) notes.push(reach(covered ?? 0, start));
  else if (live && facts.hasKeys && tail <= to) {
    notes.push(`Entries ${tail} to ${to} are the tail: no checkpoint covers them yet.`);
  }
  const unchecked = agreement.unchecked;
  if (unchecked.length > 0) {
    const sizes = unchecked.slice(0, NAMED_MAX).join(', ') + (unchecked.length > NAMED_MAX ? ' …' : '');
    notes.push(
      `Checkpoints below the anchor without a consistency proof to it could not be compared: sizes ${sizes}.`,
    );
  }
  return notes;
}

/** How far the signed history and this one are the same, where they part or this one ends too early. */
function reach(covered: number, start: number): string {
  if (covered <= start) return `No validly signed checkpoint vouches for any entry from ${start + 1} on.`;
  return `A checkpoint of size ${covered} agrees: it vouches for entries ${start + 1} to ${covered}, and nothing for those after them.`;
}

function recovery({ seq, metadata }: Event): string {
  const range = lostRange(metadata);
  const lost = range === null ? 'which entries were lost it does not say' : range;
  return `Entry ${seq} is LEDGER_RECOVERED, the ledger was restored from an older copy: ${lost}.`;
}

function lostRange(metadata: string | null): string | null {
  try {
    const { restoredSize, signedSize } = JSON.parse(metadata ?? '') as Record<string, unknown>;
    if (!Number.isSafeInteger(restoredSize) || !Number.isSafeInteger(signedSize)) return null;
    return `entries ${(restoredSize as number) + 1} to ${signedSize} that had been signed were lost`;
  } catch {
    return null;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function some(notes: string[]): string[] {
  if (notes.length <= NAMED_MAX) return notes;
  return [...notes.slice(0, NAMED_MAX), `… and ${notes.length - NAMED_MAX} more of this kind.`];
}
