import type { Clock, TimerOptions } from './clock.js';

/** What a wait came to that was given up. */
export const LATE: unique symbol = Symbol('late');

/**
 * Waits for something, but no longer than so long by the clock: then it is `LATE`, and whatever the work comes to
 * afterwards concerns nobody any more.
 */
export async function waitAtMost<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  options?: TimerOptions,
): Promise<T | typeof LATE> {
  let stop = (): void => {};
  const late = new Promise<typeof LATE>((resolve) => {
    stop = clock.setTimeout(() => resolve(LATE), ms, options);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop();
  }
}
