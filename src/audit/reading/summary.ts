import type { AuditFilter } from '../query/filter.js';
import { type PeriodLength, Periods } from './periods.js';
import type { Source } from './source.js';
import { addRows, boundedFilter } from './statistics.js';
import { type Counts, type Moment, type PeriodTotal, Tally } from './tally.js';

/** What became of one entity, in numbers. */
export interface EntitySummary {
  total: number;
  first: Moment | null;
  last: Moment | null;
  /** How many different people acted on it, as far as they are known. */
  uniqueActors: number;
  /** By entity type; '' for entries without one. */
  byType: Counts;
  byAction: Counts;
  byOutcome: Counts;
}

export async function summaryOf(source: Source, filter: AuditFilter): Promise<EntitySummary> {
  const tally = new Tally(null);
  await addRows(source, filter, tally);
  const { total, first, last, uniqueActors, byType } = tally;
  return {
    total,
    first,
    last,
    uniqueActors,
    byType,
    byAction: tally.by('action'),
    byOutcome: tally.by('outcome'),
  };
}

export interface ActivityOptions {
  since?: number;
  until?: number;
  /** Days by default. */
  period?: PeriodLength;
  /** The time zone of days; UTC by default. */
  timeZone?: string;
}

/** What one person did, and when. */
export interface ActorActivity {
  total: number;
  first: Moment | null;
  last: Moment | null;
  byCategory: Counts;
  byAction: Counts;
  byOutcome: Counts;
  period: PeriodLength;
  /** Periods in which the person did something, in order. */
  periods: PeriodTotal[];
}

export async function activityOf(
  source: Source,
  filter: AuditFilter,
  options: ActivityOptions,
): Promise<ActorActivity> {
  const { period = 'day', timeZone = 'UTC' } = options;
  const tally = new Tally(new Periods(period, timeZone));
  await addRows(source, boundedFilter(filter, options), tally);
  const { total, first, last, periods } = tally;
  return {
    total,
    first,
    last,
    byCategory: tally.by('category'),
    byAction: tally.by('action'),
    byOutcome: tally.by('outcome'),
    period,
    periods,
  };
}
