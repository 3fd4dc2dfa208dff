import type { Subject } from './subject.js';

/** Somebody who is to be erased, as every room that keeps something is told of them. */
export interface Whom extends Subject {
  /** Whether a text speaks of them. */
  isIn(text: string): boolean;
}

/** What came of it in one room. */
export interface Reached {
  /** How many things were taken away. */
  readonly count: number;
  /** What is left there, and why; it stands in the certificate, so it names nobody. */
  readonly left?: readonly Left[];
}

export interface Left {
  readonly what: string;
  readonly why: string;
}

/**
 * A room, or a part of one, that keeps something about people. It registers where the rooms are wired, and so takes
 * part in every erasure. Both are asked again after a kill, and `erase` also until nothing new has come.
 */
export interface Holder {
  /** What it keeps, in words as the certificate has them: `saved searches`. */
  readonly name: string;
  /** How much of it is about somebody. */
  find(whom: Whom): Promise<number>;
  erase(whom: Whom): Promise<Reached>;
}
