import type { Clock } from '../config/clock.js';

const AGAIN_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** What is said once a minute and no more: answers that take nothing from a limit would else be given without end. */
export class Seldom {
  readonly #clock: Clock;
  readonly #said = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether it is time to say it, which counts as having said it. */
  isDue(key: string): boolean {
    const now = this.#clock.now();
    const since = now - (this.#said.get(key) ?? Number.NEGATIVE_INFINITY);
    // Before it was said: the clock was put back, by nobody knows how much.
    if (since >= 0 && since < AGAIN_MS) return false;
    this.#said.delete(key);
    // Who was answered is nobody's concern once it makes no difference any more.
    for (const [old, at] of this.#said) {
      if (now - at < AGAIN_MS && now >= at) break;
      this.#said.delete(old);
    }
    if (this.#said.size >= MOST_REMEMBERED) this.#said.delete(this.#said.keys().next().value!);
    this.#said.set(key, now);
    return true;
  }
}
