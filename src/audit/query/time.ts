/**
 * Times as people type them. Every expression names a span: `yesterday` a day, `2026-11-01T10:30` a minute,
 * `2h` and `now` a single millisecond. `since:` takes the beginning of the span and `until:` its end, so
 * that what is named is always included: `until:yesterday` has all of yesterday, `until:2026-11-01` all of
 * that day, and `until:2026-11-01T10:30` the whole of that minute.
 *
 * - `s`, `m`, `h` count real time; `d`, `w`, `mo`, `y` go back in the calendar and keep the time of day, also
 *   across a change of clocks. They may be joined: `1d12h`.
 * - `monday` is the latest Monday that has begun, today included; `last monday` is never today.
 * - Weeks begin on Monday. `last week`, `this month`, `2026-11` and `2026` are spans too.
 * - A clock time that occurs twice is read so that the range is the wider one.
 */
import { instantOf, wallTime } from './zone.js';

export interface TimeContext {
  /** Milliseconds since 1970. */
  now: number;
  /** An IANA time zone that exists, as configuration has checked. */
  timeZone: string;
}

/** From `start`, included, to `end`, excluded, in milliseconds since 1970. */
export interface TimeSpan {
  start: number;
  end: number;
}

export type TimeReading =
  | { ok: true; span: TimeSpan }
  /** `about` says more than "not understood" where more is known. */
  | { ok: false; about: 'form' | 'calendar' | 'reach' };

/** The longest expression worth reading; anything longer is a slip. */
const LONGEST_TIME = 64;

const DAY = 86_400_000;
const FIRST_YEAR = 1900;
const LAST_YEAR = 9999;

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS_OF = { mo: 1, y: 12 };
const DAYS_OF = { d: 1, w: 7 };
const MS_OF = { s: 1000, m: 60_000, h: 3_600_000 };
type Unit = keyof typeof MONTHS_OF | keyof typeof DAYS_OF | keyof typeof MS_OF;

const UNIT_NAMES: Record<string, Unit> = {};
for (const [unit, names] of Object.entries({
  s: 's sec secs second seconds',
  m: 'm min mins minute minutes',
  h: 'h hr hrs hour hours',
  d: 'd day days',
  w: 'w wk wks week weeks',
  mo: 'mo mos month months',
  y: 'y yr yrs year years',
})) {
  for (const name of names.split(' ')) UNIT_NAMES[name] = unit as Unit;
}

const ISO =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[t ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(z|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;
const DAY_AND_CLOCK = /^(.+?) (?:at )?(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

export function readTime(text: string, context: TimeContext): TimeReading {
  if (text.length > LONGEST_TIME) return { ok: false, about: 'form' };
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (words === 'now') return moment(context.now);
  if (/^\d{12,14}$/.test(words)) return moment(Number(words));
  const iso = ISO.exec(words);
  if (iso !== null) return readIso(iso, context);
  const day = readDay(words, context);
  if (day !== null) return wallSpan(day, day + DAY, context.timeZone);
  return readClock(words, context) ?? readPeriod(words, context) ?? readAgo(words, context);
}

function moment(instant: number): TimeReading {
  const year = new Date(instant).getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return { ok: false, about: 'reach' };
  return { ok: true, span: { start: instant, end: instant + 1 } };
}

/** A span whose ends are readings of the calendar. */
function wallSpan(from: number, to: number, timeZone: string): TimeReading {
  const year = new Date(from).getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return { ok: false, about: 'reach' };
  return { ok: true, span: { start: instantOf(from, timeZone), end: instantOf(to, timeZone) } };
}

/** A minute, second or millisecond of the clock, which may occur twice. */
function clockSpan(wall: number, length: number, timeZone: string): TimeReading {
  const year = new Date(wall).getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return { ok: false, about: 'reach' };
  const end = instantOf(wall, timeZone, 'second') + length;
  return { ok: true, span: { start: instantOf(wall, timeZone), end } };
}

function readIso(match: RegExpExecArray, { timeZone }: TimeContext): TimeReading {
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const y = Number(year);
  const m = Number(month ?? 1);
  const d = Number(day ?? 1);
  if (m < 1 || m > 12 || d < 1 || d > daysIn(y, m)) return { ok: false, about: 'calendar' };
  if (y < FIRST_YEAR) return { ok: false, about: 'reach' };
  const start = Date.UTC(y, m - 1, d);
  if (month === undefined) return wallSpan(start, Date.UTC(y + 1, 0, 1), timeZone);
  if (day === undefined) return wallSpan(start, Date.UTC(y, m, 1), timeZone);
  if (hour === undefined) return wallSpan(start, start + DAY, timeZone);
  const clock = clockOf(hour, minute!, second, fraction);
  if (clock === null) return { ok: false, about: 'calendar' };
  const wall = start + clock.ms;
  if (zone === undefined) return clockSpan(wall, clock.length, timeZone);
  const offset = offsetOf(zone);
  if (offset === null) return { ok: false, about: 'calendar' };
  return { ok: true, span: { start: wall - offset, end: wall - offset + clock.length } };
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The time of day, and how long the smallest unit that was written lasts. */
function clockOf(hour: string, minute: string, second?: string, fraction?: string) {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  const ms = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  const whole = Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second ?? 0) * 1000;
  const length = second === undefined ? 60_000 : fraction === undefined ? 1000 : 1;
  return { ms: whole + ms, length };
}

function offsetOf(zone: string): number | null {
  if (zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return null;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The wall time at which the named day begins, or null where no day is named. */
function readDay(words: string, context: TimeContext): number | null {
  const today = startOfToday(context);
  if (words === 'today') return today;
  if (words === 'yesterday') return today - DAY;
  if (words === 'tomorrow') return today + DAY;
  const last = words.startsWith('last ');
  const name = last ? words.slice(5) : words;
  const weekday = name.length < 3 ? -1 : WEEKDAYS.findIndex((known) => isWeekday(name, known));
  if (weekday < 0) return null;
  const back = (new Date(today).getUTCDay() - weekday + 7) % 7;
  return today - (last && back === 0 ? 7 : back) * DAY;
}

function isWeekday(name: string, known: string): boolean {
  return name === known || (name.length <= 5 && known.startsWith(name));
}

function startOfToday({ now, timeZone }: TimeContext): number {
  return Math.floor(wallTime(now, timeZone) / DAY) * DAY;
}

/** `yesterday 14:30`, `last monday at 9:00`. */
function readClock(words: string, context: TimeContext): TimeReading | null {
  const match = DAY_AND_CLOCK.exec(words);
  if (match === null) return null;
  const [, dayWords, hour, minute, second] = match;
  const day = readDay(dayWords!, context);
  if (day === null) return null;
  const clock = clockOf(hour!, minute!, second);
  if (clock === null) return { ok: false, about: 'calendar' };
  return clockSpan(day + clock.ms, clock.length, context.timeZone);
}

/** `this week`, `last month`, … */
function readPeriod(words: string, context: TimeContext): TimeReading | null {
  const match = /^(this|last) (week|month|year)$/.exec(words);
  if (match === null) return null;
  const today = startOfToday(context);
  const back = match[1] === 'last' ? 1 : 0;
  const date = new Date(today);
  const year = date.getUTCFullYear();
  if (match[2] === 'week') {
    const monday = today - ((date.getUTCDay() + 6) % 7) * DAY - back * 7 * DAY;
    return wallSpan(monday, monday + 7 * DAY, context.timeZone);
  }
  if (match[2] === 'month') {
    const month = date.getUTCMonth() - back;
    return wallSpan(Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1), context.timeZone);
  }
  return wallSpan(Date.UTC(year - back, 0, 1), Date.UTC(year - back + 1, 0, 1), context.timeZone);
}

/** `7d`, `1h30m`, `3 days ago`, `last 2 weeks`. */
function readAgo(words: string, { now, timeZone }: TimeContext): TimeReading {
  let months = 0;
  let days = 0;
  let ms = 0;
  const body = words.replace(/^last (?=\d)/, '').replace(/ ago$/, '');
  const piece = /(\d{1,6}) ?([a-z]+) ?/y;
  let read = 0;
  while (read < body.length) {
    piece.lastIndex = read;
    const match = piece.exec(body);
    const unit = match === null || !Object.hasOwn(UNIT_NAMES, match[2]!) ? undefined : UNIT_NAMES[match[2]!];
    if (match === null || unit === undefined) return { ok: false, about: 'form' };
    const count = Number(match[1]);
    if (unit in MONTHS_OF) months += count * MONTHS_OF[unit as keyof typeof MONTHS_OF];
    else if (unit in DAYS_OF) days += count * DAYS_OF[unit as keyof typeof DAYS_OF];
    else ms += count * MS_OF[unit as keyof typeof MS_OF];
    read = piece.lastIndex;
  }
  if (read === 0) return { ok: false, about: 'form' };
  if (months === 0 && days === 0) return moment(now - ms);
  const wall = monthsBack(wallTime(now, timeZone), months) - days * DAY;
  const year = new Date(wall).getUTCFullYear();
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) return { ok: false, about: 'reach' };
  return moment(instantOf(wall, timeZone) - ms);
}

/** The same day of an earlier month, or that month's last day where it is shorter. */
function monthsBack(wall: number, months: number): number {
  if (months === 0) return wall;
  const date = new Date(wall);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1));
  const last = daysIn(first.getUTCFullYear(), first.getUTCMonth() + 1);
  const day = Math.min(date.getUTCDate(), last);
  return first.getTime() + (day - 1) * DAY + (wall - Math.floor(wall / DAY) * DAY);
}
