/** What is read of an index besides its words. */
import type { Reads, SqlValue } from '../../store/sql.js';
import { type ActCount, actorKey, HOUR_MS, hourOf, SPOKESMAN, type Span } from './rollup.js';
import { indexTable } from './tables.js';

/** Every combination of category, action and outcome there is, with its count. */
export function readCombinations(tx: Reads, tenant: string): Promise<ActCount[]> {
  return tx.all<ActCount>(
    `SELECT "category", "action", "outcome", "count", "minSeq", "maxSeq" FROM ${indexTable(tx.dialect, 'acts')}
       WHERE "tenant" = ? AND "span" = 0 AND "start" = 0`,
    [tenant],
  );
}

/** Phones of actors that begin so, at most `most` of them. */
export async function readPhones(
  tx: Reads,
  tenant: string,
  beginning: string,
  most: number,
): Promise<string[]> {
  const key = actorKey(beginning, null);
  const rows = await tx.all<{ actor: string }>(
    `SELECT "actor" FROM ${indexTable(tx.dialect, 'actors')} WHERE "tenant" = ? AND "span" = 0 AND "start" = 0
       AND substr("actor", 1, ${[...key].length}) = ? LIMIT ?`,
    [tenant, key, most],
  );
  const phones = rows.map(({ actor }) => actor.slice(1));
  // It may stand in entries that are counted for those it spoke for.
  if (SPOKESMAN.startsWith(beginning) && !phones.includes(SPOKESMAN)) phones.push(SPOKESMAN);
  return phones;
}

/** The first and last number of the hours that a stretch of time touches; null where nothing is in them. */
export async function readSeqBounds(
  tx: Reads,
  tenant: string,
  since: number | undefined,
  until: number | undefined,
): Promise<{ from: number; to: number } | null> {
  if (since === undefined && until === undefined) return { from: 1, to: Number.MAX_SAFE_INTEGER };
  const touched: Hours = {
    from: since === undefined ? undefined : hourOf(since),
    to: until === undefined ? undefined : Math.ceil(until / HOUR_MS),
  };
  const within = withinHours(touched, 'hour');
  const row = await tx.get<{ from: number | null; to: number | null }>(
    `SELECT MIN("minSeq") AS "from", MAX("maxSeq") AS "to" FROM ${indexTable(tx.dialect, 'hours')}
       WHERE "tenant" = ?${within.sql}`,
    [tenant, ...within.params],
  );
  return row === undefined || row.from === null || row.to === null ? null : { from: row.from, to: row.to };
}

/** Hours on end, the first included, the last not. Sides that are open stay open. */
export interface Hours {
  from: number | undefined;
  to: number | undefined;
}

/** The hours that lie whole within a stretch of time. */
export function wholeHours(since: number | undefined, until: number | undefined): Hours {
  return {
    from: since === undefined ? undefined : Math.ceil(since / HOUR_MS),
    to: until === undefined ? undefined : hourOf(until),
  };
}

/**
 * Some hours as the fewest stretches that are counted: all of time, where nobody wants to know when, else days, and
 * hours before and after them.
 */
function stretchesOf({ from, to }: Hours, isTimeless: boolean): (Hours & { span: Span })[] {
  if (isTimeless && from === undefined && to === undefined) return [{ span: 0, from, to }];
  const firstDay = from === undefined ? undefined : Math.ceil(from / 24) * 24;
  const lastDay = to === undefined ? undefined : Math.floor(to / 24) * 24;
  if (firstDay !== undefined && lastDay !== undefined && firstDay >= lastDay) return [{ span: 1, from, to }];
  const stretches: (Hours & { span: Span })[] = [{ span: 24, from: firstDay, to: lastDay }];
  if (firstDay !== from) stretches.push({ span: 1, from, to: firstDay });
  if (lastDay !== to) stretches.push({ span: 1, from: lastDay, to });
  return stretches;
}

interface Condition {
  sql: string;
  params: readonly SqlValue[];
}

const ANYTHING: Condition = { sql: '', params: [] };

/** Sums of counts over some hours, by the columns that are named. */
export function readSums<Column extends string>(
  tx: Reads,
  tenant: string,
  table: 'acts' | 'actors',
  by: readonly Column[],
  hours: Hours,
  condition: Condition = ANYTHING,
): Promise<(Record<Column, string> & { count: number })[]> {
  const columns = by.map((column) => `"${column}"`).join(', ');
  const { sql, params } = countsWithin(tx, tenant, table, columns, hours, condition);
  return tx.all(
    `SELECT ${columns}, CAST(SUM("count") AS BIGINT) AS "count" FROM (${sql}) AS c GROUP BY ${columns}`,
    params,
  );
}

/** The busiest actors of all time, at least `most` of them where there are so many: equals are not left out. */
export function readTopActors(
  tx: Reads,
  tenant: string,
  most: number,
): Promise<{ actor: string; count: number }[]> {
  const ofAllTime = `FROM ${indexTable(tx.dialect, 'actors')} WHERE "tenant" = ? AND "span" = 0 AND "start" = 0`;
  return tx.all(
    `SELECT "actor", "count" ${ofAllTime} AND "count" >=
       (SELECT MIN("count") FROM (SELECT "count" ${ofAllTime} ORDER BY "count" DESC LIMIT ?) AS best)`,
    [tenant, tenant, most],
  );
}

const START = '"start"';

/** Which of their hours, or days (UTC), have how many entries: told by their first hour. */
export function readDays(
  tx: Reads,
  tenant: string,
  hours: Hours,
  condition: Condition,
): Promise<[number, number][]> {
  const { sql, params } = countsWithin(tx, tenant, 'acts', START, hours, condition);
  return tx.rows(
    `SELECT ${START}, CAST(SUM("count") AS BIGINT) FROM (${sql}) AS c GROUP BY ${START}`,
    params,
  ) as Promise<[number, number][]>;
}

/** How many entries each of some hours has: hour and count, in order. */
export function readHours(
  tx: Reads,
  tenant: string,
  hours: Hours,
  condition: Condition,
): Promise<[number, number][]> {
  const isAll = condition.sql === '';
  const within = withinHours(hours, isAll ? 'hour' : 'start');
  const params = [tenant, ...within.params, ...condition.params];
  const select = isAll
    ? `SELECT "hour", "count" FROM ${indexTable(tx.dialect, 'hours')}
         WHERE "tenant" = ?${within.sql} ORDER BY "hour"`
    : `SELECT "start", CAST(SUM("count") AS BIGINT) FROM ${indexTable(tx.dialect, 'acts')}
         WHERE "tenant" = ? AND "span" = 1${within.sql}${condition.sql} GROUP BY "start" ORDER BY "start"`;
  return tx.rows(select, params) as Promise<[number, number][]>;
}

/** The counts of some hours, from the fewest rows that make them up. */
function countsWithin(
  { dialect }: Reads,
  tenant: string,
  table: 'acts' | 'actors',
  columns: string,
  hours: Hours,
  condition: Condition,
): { sql: string; params: SqlValue[] } {
  const params: SqlValue[] = [];
  const selects = stretchesOf(hours, columns !== START).map(({ span, ...stretch }) => {
    const within = withinHours(stretch, 'start');
    params.push(tenant, span, ...within.params, ...condition.params);
    return (
      `SELECT ${columns}, "count" FROM ${indexTable(dialect, table)} ` +
      `WHERE "tenant" = ? AND "span" = ?${within.sql}${condition.sql}`
    );
  });
  return { sql: selects.join(' UNION ALL '), params };
}

function withinHours({ from, to }: Hours, column: string): { sql: string; params: SqlValue[] } {
  const params: SqlValue[] = [];
  let sql = '';
  if (from !== undefined) {
    sql += ` AND "${column}" >= ?`;
    params.push(from);
  }
  if (to !== undefined) {
    sql += ` AND "${column}" < ?`;
    params.push(to);
  }
  return { sql, params };
}
