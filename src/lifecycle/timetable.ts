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
  });
  void task.start();
  return { next: () => task.getNextRun()?.getTime() ?? null, stop: () => void task.destroy() };
}

/** How many runs ahead are looked at to tell how far two of them lie apart at most. */
const AHEAD = 8;

/** The longest time between two of the next runs, and the next one. */
export function intervalOf({ cron, timeZone }: Times): { next: number | null; longestMs: number } {
  const task = createTask(cron, () => {}, { timezone: timeZone });
  try {
    const times = task.getNextRuns(AHEAD).map((date) => date.getTime());
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    return { next: times[0] ?? null, longestMs: Math.max(0, ...gaps) };
  } finally {
    void task.destroy();
  }
}
