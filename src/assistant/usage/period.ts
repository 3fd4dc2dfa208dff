import { instantOf, wallTime } from '../../audit/query/zone.js';

/** Days and months of a time zone, as texts that sort by time: `2031-04-14`, `2031-04`. */

const DAY_MS = 86_400_000;

/** A span of days, both ends included. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

export const dayOf = (at: number, timeZone: string): string => dayText(wallTime(at, timeZone));

export const monthOf = (day: string): string => day.slice(0, 7);

export const wholeMonth = (day: string): Days => ({ from: `${monthOf(day)}-01`, to: `${monthOf(day)}-31` });

/** The last days up to and with this one, so many of them. */
export const lastDays = (day: string, count: number): Days => ({
  from: dayText(Date.parse(`${day}T00:00:00Z`) - (count - 1) * DAY_MS),
  to: day,
});

/** When the day after this one begins. */
export function nextDay(day: string, timeZone: string): number {
  return instantOf(Date.parse(`${day}T00:00:00Z`) + DAY_MS, timeZone);
}

/** When the month after this day's begins. */
export function nextMonth(day: string, timeZone: string): number {
  const [year, month] = day.split('-').map(Number);
  return instantOf(Date.UTC(year!, month!, 1), timeZone);
}

const dayText = (wall: number): string => new Date(wall).toISOString().slice(0, 10);
