/** Reading a stretch of the ledger row by row, in order, never for long at a time. */
import { quoted, type SqlValue } from '../../store/sql.js';
import type { AuditFilter } from '../query/filter.js';
import { conditionOf, drivenBy } from './condition.js';
import { type Drive, driveOf } from './drive.js';
import { nextTurn, type Order, type Source, type Stretch } from './source.js';

/** A statement may look at so many numbers at first; then at more or fewer, by how long it took. */
const FIRST_WINDOW = 4000;
const LEAST_WINDOW = 500;
const QUICK_MS = 4;
const SLOW_MS = 16;

export interface RangeRead {
  filter: AuditFilter;
  columns: readonly string[];
  order: Order;
  /** Rows a statement is to return at most. */
  batch: number;
}

interface Prepared {
  where: string;
  /** After the tenant and both ends of the stretch. */
  params: SqlValue[];
  /** Every row that is looked at is a hit, so that nothing has to be bounded but the number of rows. */
  isDense: boolean;
}

function prepare({ reads }: Source, filter: AuditFilter): Prepared {
  const drive = driveOf(filter);
  const how = drivenBy(drive?.column, reads.dialect);
  const condition = conditionOf(filter, how);
  // An id is looked up by its own index, which is not in the order of the numbers.
  const place = (column: string) => (drive?.column === 'id' ? how.name(column) : `"${column}"`);
  return {
    where: `${place('tenant')} = ? AND ${place('seq')} BETWEEN ? AND ?${condition.sql}`,
    params: condition.params,
    isDense: isDense(filter, drive),
  };
}

function isDense(filter: AuditFilter, drive: Drive | null): boolean {
  if (drive !== null) return drive.isAll;
  const { terms, since, until } = filter;
  return terms.length === 0 && since === undefined && until === undefined;
}

/** The rows of a stretch that the filter's terms and times let through; free text is not looked at. */
export async function* readRange(
  source: Source,
  stretch: Stretch,
  read: RangeRead,
): AsyncGenerator<SqlValue[][]> {
  const { columns, order, batch } = read;
  const { where, params, isDense } = prepare(source, read.filter);
  const select = `SELECT ${quoted(columns)}, "seq" FROM "AuditLog" WHERE ${where} ORDER BY "seq" ${order} LIMIT ?`;
  const windows = new Windows(stretch, order, isDense);
  for (let window = windows.next(); window !== null; window = windows.next()) {
    for (let { from, to } = window; from <= to; ) {
      const begun = performance.now();
      const rows = await source.reads.rows(select, [source.tenant, from, to, ...params, batch]);
      windows.took(performance.now() - begun);
      const last = rows.at(-1)?.[columns.length] as number | undefined;
      for (const row of rows) row.length = columns.length;
      if (rows.length > 0) yield rows;
      if (last === undefined || rows.length < batch) break;
      if (order === 'desc') to = last - 1;
      else from = last + 1;
      await nextTurn();
    }
    if (!windows.isDone) await nextTurn();
  }
}

/** How many rows of a stretch the filter's terms and times let through. */
export async function countRange(source: Source, stretch: Stretch, filter: AuditFilter): Promise<number> {
  const { where, params } = prepare(source, filter);
  const windows = new Windows(stretch, 'asc', false);
  let count = 0;
  for (let window = windows.next(); window !== null; window = windows.next()) {
    const begun = performance.now();
    const rows = await source.reads.rows(`SELECT COUNT(*) FROM "AuditLog" WHERE ${where}`, [
      source.tenant,
      window.from,
      window.to,
      ...params,
    ]);
    windows.took(performance.now() - begun);
    count += rows[0]![0] as number;
    if (!windows.isDone) await nextTurn();
  }
  return count;
}

/** A stretch in pieces that each take a few milliseconds; or in one, where that is no matter. */
class Windows {
  readonly #order: Order;
  #from: number;
  #to: number;
  #length: number;

  constructor({ from, to }: Stretch, order: Order, isWhole: boolean) {
    this.#order = order;
    this.#from = from;
    this.#to = to;
    this.#length = isWhole ? Number.MAX_SAFE_INTEGER : FIRST_WINDOW;
  }

  get isDone(): boolean {
    return this.#from > this.#to;
  }

  next(): Stretch | null {
    if (this.isDone) return null;
    const from = this.#order === 'desc' ? Math.max(this.#from, this.#to - this.#length + 1) : this.#from;
    const to = this.#order === 'desc' ? this.#to : Math.min(this.#to, this.#from + this.#length - 1);
    if (this.#order === 'desc') this.#to = from - 1;
    else this.#from = to + 1;
    return { from, to };
  }

  /** The next piece is longer or shorter by how long this one took. */
  took(ms: number): void {
    if (ms < QUICK_MS) this.#length *= 4;
    else if (ms > SLOW_MS) this.#length = Math.max(LEAST_WINDOW, Math.floor(this.#length / 2));
  }
}
