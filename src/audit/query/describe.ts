/**
 * A filter in words and as a query. People see how their query was understood, above all which stretch of
 * time it covers, in their own time zone.
 */
import type { AuditFilter, Term } from './filter.js';
import type { TimeContext } from './time.js';
import { written, writtenBounds } from './values.js';
import { wallTime } from './zone.js';

/**
 * The stretch that a filter covers, for example
 * `since 2026-11-14 00:00 (Europe/Berlin) until now` or `until the end of 2026-11-01 (Europe/Berlin)`;
 * `everything` where it is not bounded.
 */
export function describeRange(filter: AuditFilter, { now, timeZone }: TimeContext): string {
  const { since, until, seqFrom, seqTo } = filter;
  const parts: string[] = [];
  if (seqFrom !== undefined || seqTo !== undefined) parts.push(describeSeq(seqFrom, seqTo));
  const zone = ` (${timeZone})`;
  if (since !== undefined) parts.push(`since ${describeInstant(since, timeZone)}${zone}`);
  const untilNow = until === undefined ? since !== undefined : until === now + 1;
  if (untilNow) parts.push('until now');
  else if (until !== undefined) {
    parts.push(`until ${describeEnd(until, timeZone)}${since === undefined ? zone : ''}`);
  }
  return parts.length === 0 ? 'everything' : parts.join(' ');
}

function describeSeq(from: number | undefined, to: number | undefined): string {
  if (from === undefined) return `up to #${to}`;
  if (to === undefined) return `from #${from} on`;
  return from === to ? `#${from}` : `#${from} to #${to}`;
}

/** Day and time of an instant; seconds only where there are any. */
export function describeInstant(instant: number, timeZone: string): string {
  const wall = new Date(wallTime(instant, timeZone)).toISOString();
  const seconds = wall.slice(17, 19);
  return `${wall.slice(0, 10)} ${wall.slice(11, 16)}${seconds === '00' ? '' : `:${seconds}`}`;
}

/** An excluded end as people say it: by what is the last to be included. */
function describeEnd(until: number, timeZone: string): string {
  const last = until - 1;
  const day = describeInstant(last, timeZone).slice(0, 10);
  if (describeInstant(until, timeZone).slice(0, 10) !== day) return `the end of ${day}`;
  const wall = new Date(wallTime(last, timeZone)).toISOString();
  // The last instant of a whole minute is shown as that minute, which is how it was written.
  return wall.slice(17, 23) === '59.999' ? `${day} ${wall.slice(11, 16)}` : describeInstant(last, timeZone);
}

/** All of a filter in words: `actor is +12025550100; outcome is not success; since … until now`. */
export function describeFilter(filter: AuditFilter, context: TimeContext): string {
  const parts = filter.terms.map(describeTerm);
  for (const text of filter.text) parts.push(`text has "${text}"`);
  const range = describeRange(filter, context);
  if (parts.length === 0 || range !== 'everything') parts.push(range);
  return parts.join('; ');
}

function describeTerm({ field, not, values }: Term): string {
  const many = values.length > 1 ? (not ? 'none of ' : 'one of ') : '';
  return `${field} is ${many === '' && not ? 'not ' : ''}${many}${values.join(', ')}`;
}

/** The query that reads back as exactly this filter, with times made absolute: for saving and for links. */
export function writeQuery(filter: AuditFilter): string {
  const parts = filter.terms.map(({ field, not, values }) => `${not ? '-' : ''}${field}:${values.join(',')}`);
  const { since, until, seqFrom, seqTo } = filter;
  if (seqFrom !== undefined || seqTo !== undefined) {
    parts.push(`seq:${writtenBounds(seqFrom ?? 0, seqTo ?? Number.MAX_SAFE_INTEGER)}`);
  }
  if (since !== undefined) parts.push(`since:${new Date(since).toISOString()}`);
  if (until !== undefined) parts.push(`until:${new Date(until - 1).toISOString()}`);
  // Always in quotation marks: a bare word after `since:` might be read as part of the time.
  for (const text of filter.text) parts.push(quoted(text));
  return parts.join(' ');
}

function quoted(text: string): string {
  const value = written(text);
  return value.startsWith('"') ? value : `"${value}"`;
}
