/**
 * The one way rows are found: newest or oldest first, in batches, whatever the filter. What the index knows is looked
 * up there, what it does not know yet is read in the ledger, and in the end the filter itself has decided about every
 * row.
 */

import { quoted, type SqlValue } from '../../store/sql.js';
import { readHead } from '../ledgerRows.js';
import type { AuditFilter } from '../query/filter.js';
import { type AuditRow, matches, TEXT_COLUMNS } from '../query/matches.js';
import { atLeast, atMost, conditionOf, drivenBy } from './condition.js';
import { driveOf } from './drive.js';
import { type Outline, readOutline } from './outline.js';
import { countRange, readRange } from './range.js';
import { intersection, isEmpty, nextTurn, type Order, type Source, type Stretch } from './source.js';

/** As many candidates are looked up as rows are wanted, within these bounds; then more and more. */
const LEAST_CANDIDATES = 20;
const MOST_CANDIDATES = 20_000;
/** So many of them are fetched with one statement. */
const FETCHED = 1000;

export interface Walk {
  filter: AuditFilter;
  columns: readonly string[];
  order: Order;
  /** Rows that are wanted at once. Batches may be smaller. */
  batch: number;
}

/** What of the ledger a filter can mean: entries that retention has left, between the numbers it names. */
export async function reachOf({ reads, tenant }: Source, { seqFrom, seqTo }: AuditFilter): Promise<Stretch> {
  const head = await readHead(reads, tenant);
  if (head === null) return { from: 1, to: 0 };
  return intersection(
    { from: head.anchor.size + 1, to: head.size },
    { from: atLeast(seqFrom ?? 1), to: atMost(seqTo ?? head.size) },
  );
}

/** Rows as arrays in the order of `columns`. */
export async function* walk(source: Source, wanted: Walk): AsyncGenerator<SqlValue[][]> {
  const { filter, columns } = wanted;
  if (filter.text.length === 0) return yield* walkTerms(source, wanted);
  // Words are the only thing that SQL is not asked to decide about.
  const withText = { ...wanted, columns: [...columns, ...TEXT_COLUMNS] };
  for await (const batch of walkTerms(source, withText)) {
    const rows = batch.filter((row) => hasText(filter, row, columns.length));
    for (const row of rows) row.length = columns.length;
    if (rows.length > 0) yield rows;
  }
}

function hasText({ text }: AuditFilter, row: readonly SqlValue[], at: number): boolean {
  const texts: Record<string, string | null> = {};
  TEXT_COLUMNS.forEach((column, i) => {
    texts[column] = row[at + i] as string | null;
  });
  return matches({ terms: [], text }, texts as AuditRow);
}

async function* walkTerms(source: Source, wanted: Walk): AsyncGenerator<SqlValue[][]> {
  const { filter, order } = wanted;
  const reach = await reachOf(source, filter);
  if (isEmpty(reach)) return;
  const outline = needsOutline(filter) ? await readOutline(source, filter) : null;
  if (outline === null) return yield* readRange(source, reach, wanted);
  const tail = intersection(reach, { from: outline.seq + 1, to: reach.to });
  const body = intersection(intersection(reach, outline.stretch), { from: 1, to: outline.seq });
  if (order === 'desc' && !isEmpty(tail)) yield* readRange(source, tail, wanted);
  if (!isEmpty(body)) yield* walkBody(source, body, outline, wanted);
  if (order === 'asc' && !isEmpty(tail)) yield* readRange(source, tail, wanted);
}

/** Whether the index could help: the ledger's own indexes are enough for everything, and for one value of theirs. */
function needsOutline(filter: AuditFilter): boolean {
  const { terms, text, since, until } = filter;
  if (text.length > 0 || since !== undefined || until !== undefined) return true;
  return terms.length > 0 && driveOf(filter)?.isAll !== true;
}

async function* walkBody(
  source: Source,
  body: Stretch,
  outline: Outline,
  wanted: Walk,
): AsyncGenerator<SqlValue[][]> {
  const { filter, order } = wanted;
  const { sought, generation } = outline;
  // One value of an indexed column within a stretch of time is found faster by that column's index.
  const isDriven = filter.terms.length === 1 && filter.text.length === 0 && driveOf(filter) !== null;
  if (sought === null || isDriven) return yield* readRange(source, body, wanted);
  let { from, to } = body;
  let limit = Math.max(LEAST_CANDIDATES, Math.min(wanted.batch, FETCHED));
  for (; from <= to; limit = Math.min(limit * 4, MOST_CANDIDATES)) {
    const seqs = await source.index!.search(generation, { sought, from, to, limit, order });
    // The index is not what it was; the ledger is.
    if (seqs === null) return yield* readRange(source, { from, to }, wanted);
    for (let start = 0; start < seqs.length; start += FETCHED) {
      const rows = await fetchRows(source, seqs.slice(start, start + FETCHED), wanted);
      if (rows.length > 0) yield rows;
      await nextTurn();
    }
    if (seqs.length < limit) return;
    if (order === 'desc') to = seqs.at(-1)! - 1;
    else from = seqs.at(-1)! + 1;
  }
}

/** Rows by their numbers, those that the filter's terms and times let through. */
export function fetchRows(
  { reads, tenant }: Source,
  seqs: readonly number[],
  { filter, columns, order }: Pick<Walk, 'filter' | 'columns' | 'order'>,
): Promise<SqlValue[][]> {
  if (seqs.length === 0) return Promise.resolve([]);
  const isSqlite = reads.dialect === 'sqlite';
  const condition = conditionOf(filter, drivenBy(undefined, reads.dialect));
  const list = isSqlite ? 'IN (SELECT "value" FROM json_each(?))' : '= ANY (?::bigint[])';
  const numbers = isSqlite ? `[${seqs.join(',')}]` : `{${seqs.join(',')}}`;
  return reads.rows(
    `SELECT ${quoted(columns)} FROM "AuditLog" WHERE "tenant" = ? AND "seq" ${list}${condition.sql}
       ORDER BY "seq" ${order}`,
    [tenant, numbers, ...condition.params],
  );
}

/** How many rows a filter lets through, by looking. */
export async function countRows(source: Source, filter: AuditFilter): Promise<number> {
  const canBeAsked = filter.text.length === 0 && (!needsOutline(filter) || source.index === null);
  if (canBeAsked) {
    const reach = await reachOf(source, filter);
    return isEmpty(reach) ? 0 : countRange(source, reach, filter);
  }
  let count = 0;
  for await (const rows of walk(source, { filter, columns: ['seq'], order: 'asc', batch: 5000 })) {
    count += rows.length;
  }
  return count;
}
