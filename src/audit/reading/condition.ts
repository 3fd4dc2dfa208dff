/**
 * A filter as SQL, for both databases. The meaning is that of `query/matches.ts`, also where a column is null: a test
 * on a column without a value fails, so a term that is excluded holds there.
 */
import { isCleanText } from '../../ledger/json.js';
import { type Dialect, marks, type SqlValue } from '../../store/sql.js';
import type { Alternative, AuditFilter, Term, Test } from '../query/filter.js';

export interface Condition {
  /** Begins with AND; '' where everything is let through. */
  sql: string;
  params: SqlValue[];
}

const MOST = Number.MAX_SAFE_INTEGER;

/** The first whole number that is not less, which is what a column of whole numbers is compared with. */
export const atLeast = (number: number): number => Math.max(-MOST, Math.min(MOST, Math.ceil(number)));

/** The last whole number that is not greater. */
export const atMost = (number: number): number => Math.max(-MOST, Math.min(MOST, Math.floor(number)));

/** How columns are compared. */
export interface Comparing {
  dialect: Dialect;
  /** How a column's name is written. */
  name(column: string): string;
}

export const plainly = (dialect: Dialect): Comparing => ({ dialect, name: (column) => `"${column}"` });

/**
 * Lets the database look for rows by one column's index only, or by none but that of the numbers. SQLite, which knows
 * nothing of how often values occur, would choose by the wrong one; a plus takes a column out of its choice.
 */
export function drivenBy(column: string | undefined, dialect: Dialect): Comparing {
  if (dialect === 'postgresql') return plainly(dialect);
  return { dialect, name: (name) => (name === column ? `"${name}"` : `+"${name}"`) };
}

/** Terms and times. Numbers and free text are looked after by whoever reads the rows. */
export function conditionOf(filter: AuditFilter, how: Comparing): Condition {
  const params: SqlValue[] = [];
  let sql = '';
  if (filter.since !== undefined) {
    sql += ' AND "at" >= ?';
    params.push(atLeast(filter.since));
  }
  if (filter.until !== undefined) {
    sql += ' AND "at" < ?';
    params.push(atLeast(filter.until));
  }
  const terms = termsCondition(filter.terms, how);
  return { sql: sql + terms.sql, params: [...params, ...terms.params] };
}

export function termsCondition(terms: readonly Term[], how: Comparing): Condition {
  const params: SqlValue[] = [];
  let sql = '';
  for (const { anyOf, not } of terms) {
    const held = anyOfSql(anyOf, how, params);
    sql += not ? ` AND NOT COALESCE(${held}, FALSE)` : ` AND ${held}`;
  }
  return { sql, params };
}

const NEVER = '(1 = 0)';
const ALWAYS = '(1 = 1)';

function anyOfSql(anyOf: readonly Alternative[], how: Comparing, params: SqlValue[]): string {
  const lists = new Map<string, string[]>();
  const others: Alternative[] = [];
  for (const alternative of anyOf) {
    const [test] = alternative;
    if (alternative.length !== 1 || !('is' in test!)) others.push(alternative);
    else if (isCleanText(test.is)) lists.set(test.column, [...(lists.get(test.column) ?? []), test.is]);
  }
  const parts: string[] = [];
  for (const [column, values] of lists) parts.push(listSql(column, values, how, params));
  for (const alternative of others) {
    parts.push(
      joined(
        alternative.map((test) => testSql(test, how, params)),
        'AND',
      ) ?? ALWAYS,
    );
  }
  return joined(parts, 'OR') ?? NEVER;
}

/** Lists are filled up to a power of two with their last value, so that few statements have to be prepared. */
function listSql(column: string, values: readonly string[], how: Comparing, params: SqlValue[]): string {
  if (values.length === 1) {
    params.push(values[0]!);
    return `${how.name(column)} = ?`;
  }
  const length = 2 ** Math.ceil(Math.log2(values.length));
  for (let i = 0; i < length; i++) params.push(values[Math.min(i, values.length - 1)]!);
  return `${how.name(column)} IN (${marks(length)})`;
}

function testSql(test: Test, how: Comparing, params: SqlValue[]): string {
  const column = how.name(test.column);
  if ('from' in test) {
    params.push(atLeast(test.from), atMost(test.to));
    return `${column} BETWEEN ? AND ?`;
  }
  const text = 'is' in test ? test.is : test.startsWith;
  // The ledger holds no such text, and PostgreSQL does not even take it.
  if (!isCleanText(text)) return NEVER;
  if ('startsWith' in test && text === '') return `${column} IS NOT NULL`;
  if ('is' in test) {
    params.push(text);
    return `${column} = ?`;
  }
  const begins = `substr(${column}, 1, ${[...text].length}) = ?`;
  if (how.dialect === 'postgresql') {
    params.push(text);
    return begins;
  }
  // SQLite compares text by its bytes, so a beginning is a range that its indexes know.
  const next = afterAll(text);
  params.push(text, ...(next === null ? [] : [next]), text);
  return `(${column} >= ?${next === null ? '' : ` AND ${column} < ?`} AND ${begins})`;
}

/** The first text that comes after all that begin so, by bytes; null where there is none. */
function afterAll(beginning: string): string | null {
  const points = [...beginning].map((character) => character.codePointAt(0)!);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return null;
  // Surrogates are no characters of their own.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

/** Joined as a balanced tree: SQLite bounds the depth of an expression, and a list may have hundreds of members. */
function joined(parts: readonly string[], by: 'AND' | 'OR'): string | null {
  if (parts.length <= 1) return parts[0] ?? null;
  const middle = parts.length >> 1;
  return `(${joined(parts.slice(0, middle), by)} ${by} ${joined(parts.slice(middle), by)})`;
}
