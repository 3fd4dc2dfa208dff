import type { Clock } from '../config/clock.js';

/** What one flood came to: it is told in one event when its minute is over. */
export interface Flood<T> {
  /** The first suppressed event, whose actor and circumstances the summary repeats. */
  sample: T;
  suppressed: number;
  from: number;
  until: number;
}

interface Window<T> {
  flood: Flood<T> | null;
  cancel(): void;
}

const WINDOW_MS = 60_000;

/** More floods at once than this are not told apart by actor any more; memory stays bounded. */
const MOST_WINDOWS = 10_000;

/**
 * Lets the first of a flood through and counts the rest of its minute, so that somebody who hammers at a door is
 * two entries of the record and not two thousand.
 */
export class Collapser<T> {
  readonly #clock: Clock;
  readonly #tell: (flood: Flood<T>) => void;
  readonly #windows = new Map<string, Window<T>>();

  constructor(clock: Clock, tell: (flood: Flood<T>) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** True when the event is to be written now; false when it was counted instead. */
  admit(key: string, event: T): boolean {
    const now = this.#clock.now();
    const window = this.#windows.get(key);
    if (window === undefined) {
      if (this.#windows.size >= MOST_WINDOWS) return true;
      const cancel = this.#clock.setTimeout(() => this.#end(key), WINDOW_MS, { background: true });
      this.#windows.set(key, { flood: null, cancel });
      return true;
    }
    window.flood ??= { sample: event, suppressed: 0, from: now, until: now };
    window.flood.suppressed += 1;
    window.flood.until = now;
    return false;
  }

  /** Tells what was counted so far, at shutdown. */
  close(): void {
    for (const [key, window] of [...this.#windows]) {
      window.cancel();
      this.#end(key);
    }
  }

  #end(key: string): void {
    const window = this.#windows.get(key);
    this.#windows.delete(key);
    if (window !== undefined && window.flood !== null) this.#tell(window.flood);
  }
}
