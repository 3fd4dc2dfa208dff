import type { Clock } from '../config/clock.js';
import { failureKind } from '../store/failure.js';
import type { Prisma } from '../store/store.js';
import type { LimitStates, Refused, Wish } from './limitStates.js';
import { MemoryStates } from './memoryStates.js';

/** So long nobody waits for a database that was away. */
const LEAVE_ALONE_MS = 5000;

/** Shared limits that go on when their database is away: meanwhile this process counts for itself. */
export class SteadyStates implements LimitStates {
  readonly #shared: LimitStates;
  readonly #alone = new MemoryStates();
  readonly #clock: Clock;
  #awaySince: number | null = null;

  constructor(shared: LimitStates, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  take(wishes: readonly Wish[], now: number): Promise<Refused | null> {
    return this.#ask((states) => states.take(wishes, now));
  }

  read(keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#ask((states) => states.read(keys));
  }

  tell(key: string, windowMs: number, now: number): Promise<boolean> {
    return this.#ask((states) => states.tell(key, windowMs, now));
  }

  forgetIn(tx: Prisma.TransactionClient, key: string): Promise<void> {
    return this.#shared.forgetIn(tx, key);
  }

  forgotten(key: string): void {
    this.#shared.forgotten(key);
    this.#alone.forgotten(key);
  }

  async countWhere(isOfIt: (key: string) => boolean): Promise<number> {
    return (await this.#shared.countWhere(isOfIt)) + (await this.#alone.countWhere(isOfIt));
  }

  async forgetWhere(isOfIt: (key: string) => boolean): Promise<number> {
    return (await this.#shared.forgetWhere(isOfIt)) + (await this.#alone.forgetWhere(isOfIt));
  }

  async #ask<T>(question: (states: LimitStates) => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    if (this.#awaySince !== null && Math.abs(now - this.#awaySince) < LEAVE_ALONE_MS)
      return question(this.#alone);
    try {
      const answer = await question(this.#shared);
      this.#awaySince = null;
      return answer;
    } catch (error) {
      if (failureKind(error) !== 'away') throw error;
      this.#awaySince = this.#clock.now();
      return question(this.#alone);
    }
  }
}
