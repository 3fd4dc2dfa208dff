import type { AuditFilter, Term } from '../query/filter.js';

/** Columns with an index of their own in the ledger, in the order of their numbers; the most selective first. */
const DRIVING: readonly string[] = ['entityId', 'actorPhone', 'action', 'category'];

/** The column by whose index the ledger is read. */
export interface Drive {
  column: string;
  /** Nothing is asked for besides, but a stretch of the ledger: every row that is looked at is a hit. */
  isAll: boolean;
}

/** The best of the columns in which a filter demands one value, or which it demands an id of. */
export function driveOf(filter: AuditFilter): Drive | null {
  const isAll = isAlone(filter);
  if (filter.terms.some(isIds)) return { column: 'id', isAll };
  const columns = filter.terms.flatMap(demanded);
  const column = DRIVING.find((name) => columns.includes(name));
  return column === undefined ? null : { column, isAll };
}

/** Ids are unique, so that any number of them are few rows. */
function isIds({ not, anyOf }: Term): boolean {
  if (not || anyOf.length === 0) return false;
  return anyOf.every(([test]) => test?.column === 'id' && !('startsWith' in test && test.startsWith === ''));
}

function demanded({ not, anyOf }: Term): string[] {
  if (not || anyOf.length !== 1) return [];
  return anyOf[0]!.flatMap((test) => ('is' in test ? [test.column] : []));
}

function isAlone({ terms, text, since, until }: AuditFilter): boolean {
  if (terms.length !== 1 || text.length > 0 || since !== undefined || until !== undefined) return false;
  return terms[0]!.anyOf.every((alternative) => alternative.length === 1);
}
