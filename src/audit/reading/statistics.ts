/**
 * Statistics: sums of the index's hourly counts, and the entries themselves only where those do not reach: in the
 * hours that a stretch of time cuts, after the index's last entry, and for filters that are about more than category,
 * action and outcome. They are exact either way.
 */
import type { Reads } from '../../store/sql.js';
import {
  type Hours,
  readDays,
  readHours,
  readSums,
  readTopActors,
  wholeHours,
} from '../index/indexQueries.js';
import { HOUR_MS } from '../index/rollup.js';
import { readHead } from '../ledgerRows.js';
import { type AuditFilter, emptyFilter } from '../query/filter.js';
import { type Condition, plainly, termsCondition } from './condition.js';
import { isCounted } from './outline.js';
import { type PeriodLength, Periods } from './periods.js';
import type { Source } from './source.js';
import { type ActorTotal, type Combination, type Counts, type PeriodTotal, TALLIED, Tally } from './tally.js';
import { walk } from './walk.js';

export interface StatisticsQuery {
  /** Which entries are counted; its times are bounded further by `since` and `until`. */
  filter?: AuditFilter;
  /** Milliseconds since 1970, included. */
  since?: number;
  /** Milliseconds since 1970, not included. */
  until?: number;
  /** The length of a period; days by default. */
  period?: PeriodLength;
  /** The time zone of days; UTC by default. */
  timeZone?: string;
  /** How many of the busiest actors; 10 by default. Without any, filters by category, action and outcome go faster. */
  topActors?: number;
}

export interface Statistics {
  total: number;
  byCategory: Counts;
  byAction: Counts;
  byOutcome: Counts;
  combinations: Combination[];
  topActors: ActorTotal[];
  period: PeriodLength;
  /** Periods in which something occurred, in order. */
  periods: PeriodTotal[];
}

export async function statisticsOf(source: Source, query: StatisticsQuery): Promise<Statistics> {
  const { period = 'day', timeZone = 'UTC', topActors = 10 } = query;
  const periods = new Periods(period, timeZone);
  const filter = boundedFilter(query.filter ?? emptyFilter(), query);
  const tally = new Tally(periods);
  const isSummed =
    isSummable(filter, topActors > 0) && (await addSums(source, filter, tally, periods, topActors));
  if (!isSummed) await addRows(source, filter, tally);
  return {
    total: tally.total,
    byCategory: tally.by('category'),
    byAction: tally.by('action'),
    byOutcome: tally.by('outcome'),
    combinations: tally.combinations,
    topActors: tally.topActors(topActors),
    period,
    periods: tally.periods,
  };
}

/** How many entries a filter lets through, from the counts; null where those cannot tell. */
export async function countFromSums(source: Source, filter: AuditFilter): Promise<number | null> {
  if (!isSummable(filter, false)) return null;
  const tally = new Tally(null);
  return (await addSums(source, filter, tally, null, 0)) ? tally.total : null;
}

/** The filter, within a stretch of time as well. */
export function boundedFilter(
  filter: AuditFilter,
  { since, until }: { since?: number; until?: number },
): AuditFilter {
  const bounded = { ...filter };
  if (since !== undefined) bounded.since = Math.max(since, filter.since ?? since);
  if (until !== undefined) bounded.until = Math.min(until, filter.until ?? until);
  return bounded;
}

function isSummable({ terms, text, seqFrom, seqTo }: AuditFilter, withActors: boolean): boolean {
  if (text.length > 0 || seqFrom !== undefined || seqTo !== undefined) return false;
  return withActors ? terms.length === 0 : terms.every(isCounted);
}

/** False where there is no index to sum up. */
async function addSums(
  source: Source,
  filter: AuditFilter,
  tally: Tally,
  periods: Periods | null,
  topActors: number,
): Promise<boolean> {
  const { reads, tenant, index } = source;
  const { since, until, terms } = filter;
  const hours = wholeHours(since, until);
  const edges = edgesOf(filter, hours);
  const condition = termsCondition(terms, plainly(reads.dialect));
  const summed = await index?.look(async (tx, { seq }) => {
    const size = (await readHead(reads, tenant))?.size ?? 0;
    const isAllThere = size <= seq && since === undefined && until === undefined;
    return {
      seq,
      size,
      acts: await readSums(tx, tenant, 'acts', ['category', 'action', 'outcome'], hours, condition),
      actors: topActors > 0 ? await readActors(tx, tenant, hours, isAllThere ? topActors : null) : [],
      counts: periods === null ? [] : await readPeriods(tx, tenant, hours, condition, periods),
    };
  });
  if (summed === undefined || summed === null) return false;
  for (const { category, action, outcome, count } of summed.acts) {
    tally.total += count;
    tally.addCombination(category, action, outcome, count);
  }
  for (const { actor, count } of summed.actors) tally.addActor(actor, count);
  const indexed = { ...filter, seqTo: summed.seq };
  for (const [hour, count] of summed.counts) {
    const start = periods!.ofHour(hour);
    const within = { since: hour * HOUR_MS, until: (hour + 1) * HOUR_MS };
    if (start !== null) tally.addPeriod(start, count);
    else await addPeriods(source, { ...indexed, ...within }, tally, periods!);
  }
  for (const edge of edges) await addRows(source, { ...indexed, ...edge }, tally);
  // What has come since is left out: the sums were read as if it were never to come.
  await addRows(source, { ...filter, seqFrom: summed.seq + 1, seqTo: summed.size }, tally);
  return true;
}

/**
 * Everybody's sums, because what is counted besides may make anybody one of the busiest; or, where nothing is, those of
 * the busiest alone.
 */
function readActors(tx: Reads, tenant: string, hours: Hours, most: number | null) {
  return most === null ? readSums(tx, tenant, 'actors', ['actor'], hours) : readTopActors(tx, tenant, most);
}

/** Days are counted as such where they are days of UTC; other periods are made of hours. */
function readPeriods(
  tx: Reads,
  tenant: string,
  hours: Hours,
  condition: Condition,
  periods: Periods,
): Promise<[number, number][]> {
  return periods.areDaysOfUtc
    ? readDays(tx, tenant, hours, condition)
    : readHours(tx, tenant, hours, condition);
}

/** What a stretch of time has besides whole hours. */
function edgesOf({ since, until }: AuditFilter, { from, to }: Hours): { since?: number; until?: number }[] {
  if (since !== undefined && until !== undefined && from! > to!) return [{ since, until }];
  const edges = [];
  if (since !== undefined && since < from! * HOUR_MS) edges.push({ since, until: from! * HOUR_MS });
  if (until !== undefined && until > to! * HOUR_MS) edges.push({ since: to! * HOUR_MS, until });
  return edges;
}

/** Entries of an hour in which one period ends and another begins. */
async function addPeriods(
  source: Source,
  filter: AuditFilter,
  tally: Tally,
  periods: Periods,
): Promise<void> {
  for await (const rows of walk(source, { filter, columns: ['at'], order: 'asc', batch: 1000 })) {
    for (const [at] of rows) tally.addPeriod(periods.startOf(at as number), 1);
  }
}

/** Counts entry by entry. */
export async function addRows(source: Source, filter: AuditFilter, tally: Tally): Promise<void> {
  for await (const rows of walk(source, { filter, columns: TALLIED, order: 'asc', batch: 1000 })) {
    tally.addRows(rows);
  }
}
