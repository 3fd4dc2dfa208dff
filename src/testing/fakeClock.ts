import type { Clock } from '../config/clock.js';

interface Timer {
  due: number;
  /** Two that are due at once go in the order in which they were set. */
  order: number;
  fn: () => void;
}

/**
 * A clock that stands still until it is told to go on. `advance` fires what falls due, in order, and lets
 * promises settle after each, so a timer that is set by the work of another is met as well.
 *
 * @example const clock = new FakeClock(); … ; await clock.advance(60_000);
 */
export class FakeClock implements Clock {
  #now: number;
  #orders = 0;
  readonly #timers = new Set<Timer>();

  /** Begins at a Wednesday noon, UTC. */
  constructor(now = Date.UTC(2031, 4, 14, 12)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): () => void {
    const timer = { due: this.#now + Math.max(0, ms), order: this.#orders++, fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait: none, once what was started has been ended. */
  get pending(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.due);
      timer.fn();
      await settle();
    }
    this.#now = Math.max(this.#now, until);
  }

  #next(until: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= until);
    return due.sort((a, b) => a.due - b.due || a.order - b.order)[0];
  }
}

/** A turn of the event loop runs every microtask that waits, however long their chain. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
