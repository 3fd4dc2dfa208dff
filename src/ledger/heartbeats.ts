/** Days without a heartbeat: on those nothing was recorded because nothing could be, or because nobody tried. */

const DAY_MS = 86_400_000;

/** How many stretches of days are named before the rest is only counted. */
const NAMED_MAX = 20;

export class Heartbeats {
  readonly #days = new Set<number>();

  /** The time of one, in ms since 1970. */
  take(at: number): void {
    this.#days.add(Math.floor(at / DAY_MS));
  }

  /**
   * One sentence, or none. Days are those of UTC, from the first heartbeat on. A ledger that lives is asked about
   * all days before the one on which it is looked at; of a file only those between two heartbeats are known.
   */
  remarks(until: number | null): string[] {
    const days = [...this.#days].sort((a, b) => a - b);
    if (days.length === 0) return [];
    if (until !== null) days.push(Math.max(days.at(-1)!, Math.floor(until / DAY_MS)));
    const missing = days.slice(1).flatMap((day, i): [number, number][] => {
      const before = days[i]!;
      return day - before > 1 ? [[before + 1, day - 1]] : [];
    });
    if (missing.length === 0) return [];
    const count = missing.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    const named = missing.slice(0, NAMED_MAX).map(([from, to]) => span(from, to));
    const more = missing.length > NAMED_MAX ? ' …' : '';
    return [
      `There is no heartbeat of ${count === 1 ? 'one day' : `${count} days`} (${named.join(', ')}${more}): ` +
        'whoever records was stopped, could not write, or had a clock that was wrong.',
    ];
  }
}

const span = (from: number, to: number): string =>
  from === to ? dayText(from) : `${dayText(from)} to ${dayText(to)}`;

/** Somebody may have written a time that no calendar has. */
function dayText(day: number): string {
  const date = new Date(day * DAY_MS);
  return Number.isNaN(date.getTime()) ? `day ${day}` : date.toISOString().slice(0, 10);
}
