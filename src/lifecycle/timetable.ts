import { createTask } from 'node-cron';

/** Calls something at the times that a cron expression names, until it is stopped. */
export interface Timetable {
  /** The next time, in milliseconds since 1970, or null. */
  next(): number | null;
  stop(): void;
}

export interface Times {
  cron: string;
  timeZone: string;
}

/** Starts calling. Nothing is kept alive by it. */
export function onTimes({ cron, timeZone }: Times, work: () => void): Timetable {
  const task = createTask(cron, () => work(), {
    timezone: timeZone,
    unref: true,
    suppressMissedWarning: true,
    // Left unsaid, a machine that sleeps at that time, or has its hands full for a second, would miss a whole day.
    // Of several times that went by, one is made up for.
    missedExecutionTolerance: Number.MAX_SAFE_INTEGER,
  });
  void task.start();
  return { next: () => task.getNextRun()?.getTime() ?? null, stop: () => void task.destroy() };
}

/** Runs that are looked at to tell how far two of them lie apart at most: so many, or more that fill a week. */
const AHEAD = 8;
const MOST_AHEAD = 250;
const WHOLE_WEEK_MS = 8 * 86_400_000;

/** The longest time between two of the next runs, and the next one. */
export function intervalOf({ cron, timeZone }: Times): { next: number | null; longestMs: number } {
  const task = createTask(cron, () => {}, { timezone: timeZone });
  const ahead = (count: number) => task.getNextRuns(count).map((date) => date.getTime());
  try {
    const first = ahead(AHEAD);
    const span = first.at(-1)! - first[0]!;
    // Where there are several a day, the next few may all be of today, and tomorrow may be a Sunday without any.
    const count = Math.min(MOST_AHEAD, Math.ceil((AHEAD * WHOLE_WEEK_MS) / span));
    const times = count <= AHEAD ? first : ahead(count);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    return { next: times[0] ?? null, longestMs: Math.max(0, ...gaps) };
  } finally {
    void task.destroy();
  }
}
