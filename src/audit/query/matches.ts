/**
 * Whether a filter lets a row through, decided in memory: for watching live events, and as the reference
 * that what the database answers is tested against.
 */
import type { Alternative, AuditFilter, Test } from './filter.js';

/** An entry as one flat object with the ledger format's field names; absent and null are the same. */
export interface AuditRow {
  readonly [field: string]: string | number | null | undefined;
}

/** The columns that free text is looked for in. Any search index has to cover exactly these. */
export const TEXT_COLUMNS = [
  'description',
  'reason',
  'error',
  'metadata',
  'before',
  'after',
  'actorName',
  'entityId',
] as const;

export function matches(filter: AuditFilter, row: AuditRow): boolean {
  const { since, until, seqFrom, seqTo } = filter;
  const at = Number(row.at);
  const seq = Number(row.seq);
  if (since !== undefined && !(at >= since)) return false;
  if (until !== undefined && !(at < until)) return false;
  if (seqFrom !== undefined && !(seq >= seqFrom)) return false;
  if (seqTo !== undefined && !(seq <= seqTo)) return false;
  for (const { anyOf, not } of filter.terms) {
    if (anyOf.some((alternative) => holds(alternative, row)) === not) return false;
  }
  return filter.text.every((phrase) => occurs(phrase, row));
}

function holds(alternative: Alternative, row: AuditRow): boolean {
  return alternative.every((test) => passes(test, row[test.column]));
}

function passes(test: Test, value: string | number | null | undefined): boolean {
  if (value === null || value === undefined) return false;
  if ('is' in test) return value === test.is;
  if ('startsWith' in test) return String(value).startsWith(test.startsWith);
  return typeof value === 'number' && value >= test.from && value <= test.to;
}

/** A phrase occurs where its words stand one after the other within one column. */
function occurs(phrase: string, row: AuditRow): boolean {
  const wanted = ` ${wordsOf(phrase).join(' ')} `;
  return TEXT_COLUMNS.some((column) => {
    const text = row[column];
    return typeof text === 'string' && ` ${wordsOf(text).join(' ')} `.includes(wanted);
  });
}

/** The words of a text: runs of letters and digits with their accents, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu) ?? [];
}
