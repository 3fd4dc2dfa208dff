import { UserError } from '../../config/userError.js';
import { type AuditFilter, emptyFilter } from '../query/filter.js';
import { type AuditItem, EXPORT_FIELDS, toItem } from './item.js';
import type { Order, Source } from './source.js';
import { fetchRows, walk } from './walk.js';

export interface PageOptions {
  /** Entries before this number only: the `next` of the page before. */
  before?: number;
  /** 50 by default. */
  limit?: number;
}

export interface Page {
  items: AuditItem[];
  /** What to ask for next; null on the last page. */
  next: number | null;
}

const DEFAULT_LIMIT = 50;
const MOST = 10_000;

/**
 * One page. The numbers are found first, from narrow columns; what is wide is read only of the entries that are shown.
 * A page far down costs what the first one costs, because it begins at a number and skips nothing.
 */
export async function readPage(
  source: Source,
  filter: AuditFilter,
  order: Order,
  limit: number,
): Promise<Page> {
  const seqs: number[] = [];
  for await (const rows of walk(source, { filter, columns: ['seq'], order, batch: limit + 1 })) {
    for (const row of rows) seqs.push(row[0] as number);
    if (seqs.length > limit) break;
  }
  const hasMore = seqs.length > limit;
  const shown = seqs.slice(0, limit);
  const rows = await fetchRows(source, shown, { filter: emptyFilter(), columns: EXPORT_FIELDS, order });
  return { items: rows.map(toItem), next: hasMore ? shown.at(-1)! : null };
}

/** The page size that was asked for, or the default. */
export function pageLimit(limit: number = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new UserError({
    code: 'BAD_LIMIT',
    message: `A page has 1 to ${MOST} entries.`,
    hint: 'More than that is what an export is for.',
    example: `limit: ${DEFAULT_LIMIT}`,
  });
}
