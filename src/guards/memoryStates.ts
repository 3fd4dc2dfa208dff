import { judge } from './gcra.js';
import type { LimitStates, Refused, Wish } from './limitStates.js';

/** So many keys are kept before those that hold nothing any more are looked for. */
const MANY = 10_000;

interface State {
  emptyAt: number;
  /** Nobody is told again before. */
  quietUntil: number;
}

/** Limits of one process, in its memory. */
export class MemoryStates implements LimitStates {
  readonly #states = new Map<string, State>();
  #sweepAt = MANY;

  /** How many keys are kept. */
  get size(): number {
    return this.#states.size;
  }

  async take(wishes: readonly Wish[], now: number): Promise<Refused | null> {
    const granted: { key: string; emptyAt: number }[] = [];
    for (const [index, { key, pace }] of wishes.entries()) {
      const verdict = judge(this.#states.get(key)?.emptyAt, now, pace);
      if (!verdict.allowed) return { index, retryAfterMs: verdict.retryAfterMs };
      granted.push({ key, emptyAt: verdict.emptyAt });
    }
    for (const { key, emptyAt } of granted) this.#at(key, now).emptyAt = emptyAt;
    return null;
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const key of keys) {
      const state = this.#states.get(key);
      if (state !== undefined) found.set(key, state.emptyAt);
    }
    return found;
  }

  async tell(key: string, windowMs: number, now: number): Promise<boolean> {
    const state = this.#at(key, now);
    // Further ahead than a window can be: the clock was put back.
    if (now < state.quietUntil && state.quietUntil <= now + windowMs) return false;
    state.quietUntil = now + windowMs;
    return true;
  }

  async forgetIn(): Promise<void> {
    // What is in memory goes when the transaction has held.
  }

  forgotten(key: string): void {
    this.#states.delete(key);
  }

  async countWhere(isOfIt: (key: string) => boolean): Promise<number> {
    return [...this.#states.keys()].filter(isOfIt).length;
  }

  async forgetWhere(isOfIt: (key: string) => boolean): Promise<number> {
    const keys = [...this.#states.keys()].filter(isOfIt);
    for (const key of keys) this.#states.delete(key);
    return keys.length;
  }

  #at(key: string, now: number): State {
    let state = this.#states.get(key);
    if (state === undefined) {
      this.#sweep(now);
      state = { emptyAt: now, quietUntil: now };
      this.#states.set(key, state);
    }
    return state;
  }

  #sweep(now: number): void {
    if (this.#states.size < this.#sweepAt) return;
    for (const [key, { emptyAt, quietUntil }] of this.#states)
      if (emptyAt <= now && quietUntil <= now) this.#states.delete(key);
    this.#sweepAt = Math.max(MANY, this.#states.size * 2);
  }
}
