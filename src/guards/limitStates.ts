import type { Prisma } from '../store/store.js';
import type { Pace } from './gcra.js';

/** One limit that has to let somebody through. */
export interface Wish {
  readonly key: string;
  readonly pace: Pace;
}

/** Which wish was not granted, by its place, and when it would be. */
export interface Refused {
  readonly index: number;
  readonly retryAfterMs: number;
}

/** Where it is kept how much of each limit is used. All of them agree, whoever asks them in whatever order. */
export interface LimitStates {
  /** Takes one of each, or of none: a refusal uses nothing up. Null when all were granted. */
  take(wishes: readonly Wish[], now: number): Promise<Refused | null>;
  /** The time kept under each key; none where nothing is. */
  read(keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** True once in a window: who is answered now, and not again until it is over. */
  tell(key: string, windowMs: number, now: number): Promise<boolean>;
  /** Forgets a key in a transaction, with the event that tells of it. */
  forgetIn(tx: Prisma.TransactionClient, key: string): Promise<void>;
  /** That transaction was committed. */
  forgotten(key: string): void;
  /** How many keys there are of a kind. */
  countWhere(isOfIt: (key: string) => boolean): Promise<number>;
  /** Forgets every key of a kind. Returns how many. */
  forgetWhere(isOfIt: (key: string) => boolean): Promise<number>;
}
