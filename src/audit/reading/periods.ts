import { HOUR_MS, hourOf } from '../index/rollup.js';
import { instantOf, wallTime } from '../query/zone.js';

export type PeriodLength = 'hour' | 'day';

const DAY_MS = 24 * HOUR_MS;

/** Which hour, or which day of a time zone, an instant belongs to: told by the instant at which that begins. */
export class Periods {
  readonly #length: PeriodLength;
  readonly #timeZone: string;
  /** The day that was found last. What is asked about one after the other lies mostly in one day. */
  #start = 0;
  #end = 0;

  constructor(length: PeriodLength, timeZone: string) {
    this.#length = length;
    this.#timeZone = timeZone;
  }

  get areDaysOfUtc(): boolean {
    return this.#length === 'day' && this.#timeZone === 'UTC';
  }

  startOf(at: number): number {
    if (this.#length === 'hour') return hourOf(at) * HOUR_MS;
    if (at >= this.#start && at < this.#end) return this.#start;
    if (this.#timeZone === 'UTC') {
      this.#start = Math.floor(at / DAY_MS) * DAY_MS;
      this.#end = this.#start + DAY_MS;
      return this.#start;
    }
    const midnight = Math.floor(wallTime(at, this.#timeZone) / DAY_MS) * DAY_MS;
    this.#start = instantOf(midnight, this.#timeZone);
    this.#end = instantOf(midnight + DAY_MS, this.#timeZone);
    return this.#start;
  }

  /** The period that a whole hour belongs to; null where a period ends within it. */
  ofHour(hour: number): number | null {
    const start = this.startOf(hour * HOUR_MS);
    return this.startOf((hour + 1) * HOUR_MS - 1) === start ? start : null;
  }
}
