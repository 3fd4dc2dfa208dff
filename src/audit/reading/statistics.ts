/**
 * Statistics: sums of the index's hourly counts, and the entries themselves only where those do not reach: in the
 * hours that a stretch of time cuts, after the index's last entry, and for filters that are about more than category,
 * action and outcome. They are exact either way.
 */
import { type Hours, readHours, readSums, wholeHours } from '../index/indexQueries.js';
import { HOUR_MS } from '../index/rollup.js';
import { type AuditFilter, emptyFilter } from '../query/filter.js';
import { plainly, termsCondition } from './condition.js';
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
    isSummable(filter, topActors > 0) && (await addSums(source, filter, tally, periods, topActors > 0));
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
  return (await addSums(source, filter, tally, null, false)) ? tally.total : null;
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
  { reads, tenant, index }: Source,
  filter: AuditFilter,
  tally: Tally,
  periods: Periods | null,
  withActors: boolean,
): Promise<boolean> {
  const { since, until, terms } = filter;
  const hours = wholeHours(since, until);
  const condition = termsCondition(terms, plainly(reads.dialect));
  const summed = await index?.look(async (tx, { seq }) => ({
    seq,
    acts: await readSums(tx, tenant, 'acts', ['category', 'action', 'outcome'], hours, condition),
    actors: withActors ? await readSums(tx, tenant, 'actors', ['actor'], hours) : [],
    hours: periods === null ? [] : await readHours(tx, tenant, hours, condition),
  }));
  if (summed === undefined || summed === null) return false;
  for (const { category, action, outcome, count } of summed.acts) {
    tally.total += count;
    tally.addCombination(category, action, outcome, count);
  }
  for (const { actor, count } of summed.actors) tally.addActor(actor, count);
  const source = { reads, tenant, index: index! };
  const indexed = { ...filter, seqTo: summed.seq };
  for (const { hour, count } of periods === null ? [] : summed.hours) {
    const start = periods!.ofHour(hour);
    if (start !== null) tally.addPeriod(start, count);
    else
      await addPeriods(
        source,
        { ...indexed, since: hour * HOUR_MS, until: (hour + 1) * HOUR_MS },
        tally,
        periods!,
      );
  }
  for (const edge of edgesOf(filter, hours)) await addRows(source, { ...indexed, ...edge }, tally);
  await addRows(source, { ...filter, seqFrom: summed.seq + 1 }, tally);
  return true;
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
