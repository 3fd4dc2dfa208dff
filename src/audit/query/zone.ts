/**
 * Clock times of a time zone, with nothing but `Intl`. A "wall time" here is what a clock on the wall shows,
 * written as the milliseconds that the same reading would have in UTC; so calendar arithmetic on wall times
 * is plain UTC arithmetic, and only the way back to an instant has to know about clocks that jump.
 */

const HOUR = 3_600_000;

// A formatter costs far more to make than to use. Zones come from configuration, so there are few; the bound
// is for hosts that serve many.
const MOST_ZONES = 64;
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= MOST_ZONES) formatters.clear();
  formatters.set(timeZone, formatter);
  return formatter;
}

/** What the clock shows at an instant. Throws a RangeError for a time zone that does not exist. */
export function wallTime(instant: number, timeZone: string): number {
  const read = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  for (const part of formatterFor(timeZone).formatToParts(instant)) {
    if (part.type in read) read[part.type as keyof typeof read] = Number(part.value);
  }
  const whole = Date.UTC(read.year, read.month - 1, read.day, read.hour, read.minute, read.second);
  return whole + (((instant % 1000) + 1000) % 1000);
}

/**
 * The instant at which the clock shows a wall time. Where it shows it twice (clocks go back) `which` decides;
 * where it never does (clocks go forward) it is the first instant that shows something later.
 */
export function instantOf(wall: number, timeZone: string, which: 'first' | 'second' = 'first'): number {
  // No zone is further than 14 hours from UTC, so the offset before and after any jump near `wall` is seen
  // from a day and a half on either side.
  const early = wall - 36 * HOUR;
  const late = wall + 36 * HOUR;
  const offsets = [wallTime(early, timeZone) - early, wallTime(late, timeZone) - late];
  const instants = offsets.map((offset) => wall - offset).filter((t) => wallTime(t, timeZone) === wall);
  if (instants.length > 0) return which === 'first' ? Math.min(...instants) : Math.max(...instants);
  return firstInstantAfter(wall, early, late, timeZone);
}

/** For a wall time in a gap: the instant of the jump, found by halving. */
function firstInstantAfter(wall: number, early: number, late: number, timeZone: string): number {
  let before = early;
  let after = late;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallTime(middle, timeZone) < wall) before = middle;
    else after = middle;
  }
  return after;
}
