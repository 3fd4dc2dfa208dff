import type { Clock } from '../../config/clock.js';
import type { Growing } from './grower.js';

/** After something new, the next look comes this soon. */
const SOON_MS = 1000;
/** What other processes write is noticed within this time. */
const IDLE_MS = 15_000;
/** After a failure. */
const LATER_MS = 60_000;

/**
 * Lets the index follow the ledger in the background. Tell it by `nudge` that something was committed; what other
 * processes commit it notices by itself. `stop` ends it and everything it started.
 */
export class IndexFollower {
  readonly #index: Growing;
  readonly #clock: Clock;
  readonly #onTrouble: (error: unknown) => void;
  #cancel: (() => void) | undefined;
  #due = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  #stopping: AbortController | undefined;
  #isNudged = false;

  constructor(index: Growing, clock: Clock, onTrouble: (error: unknown) => void = () => {}) {
    this.#index = index;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  start(): void {
    if (this.#stopping !== undefined) return;
    this.#stopping = new AbortController();
    this.#lookIn(0);
  }

  /** Something was committed. Cheap enough to be called for every commit. */
  nudge(): void {
    this.#isNudged = true;
    if (this.#running === undefined) this.#lookIn(SOON_MS);
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    this.#cancel?.();
    this.#due = Number.POSITIVE_INFINITY;
    await this.#running;
  }

  #lookIn(ms: number): void {
    const due = this.#clock.now() + ms;
    if (this.#stopping === undefined || due >= this.#due) return;
    this.#cancel?.();
    this.#due = due;
    this.#cancel = this.#clock.setTimeout(
      () => {
        this.#due = Number.POSITIVE_INFINITY;
        this.#running = this.#follow().finally(() => {
          this.#running = undefined;
        });
      },
      ms,
      { background: true },
    );
  }

  async #follow(): Promise<void> {
    const stopping = this.#stopping;
    if (stopping === undefined) return;
    this.#isNudged = false;
    let isNew = false;
    let next = LATER_MS;
    try {
      await this.#index.catchUp({
        isBackground: true,
        signal: stopping.signal,
        onProgress: () => {
          isNew = true;
        },
      });
      next = isNew || this.#isNudged ? SOON_MS : IDLE_MS;
    } catch (error) {
      this.#onTrouble(error);
    }
    this.#lookIn(next);
  }
}
