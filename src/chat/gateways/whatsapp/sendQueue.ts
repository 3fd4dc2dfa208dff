import type { Clock } from '../../../config/clock.js';

export interface SendQueueParts {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Between two messages to one chat, as somebody who types quickly. */
const SHORTEST_GAP_MS = 250;
const LONGEST_GAP_MS = 750;

/** Messages that nobody asked for are what accounts are banned for. */
const MOST_UNASKED = 20;
const MINUTE_MS = 60_000;

/** So many of them wait for a place, which is a minute: what is older is no news, and answers need the room. */
const MOST_UNASKED_WAITING = 20;

/** More than this waits for nothing: whatever sends so much is broken. */
const MOST_WAITING = 1_000;

/** It was not handed over, and will not be. */
export class NotSent extends Error {
  override readonly name: string = 'NotSent';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether a message speaks of somebody. */
type Speaks = (isAbout: (text: string) => boolean) => boolean;

interface Waiting {
  readonly work: (isWanted: () => boolean) => Promise<void>;
  readonly speaksOf: Speaks;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Lane {
  readonly waiting: Waiting[];
  /** What is under way. It may still wait for a connection. */
  running: Waiting | null;
  /** When the next message may go. */
  from: number;
  stopWaiting: (() => void) | null;
}

/**
 * One queue a chat: messages keep their order there, with a pause of changing length between two of them. Those that
 * nobody asked for (watches, alarms) first wait for one of the places that each minute has; answers never do.
 * Nothing is ever tried a second time.
 */
export class SendQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lanes = new Map<string, Lane>();
  readonly #unasked: { readonly chatId: string; readonly waiting: Waiting }[] = [];
  /** When the last unasked ones were let through. */
  #places: number[] = [];
  #stopPlaces: (() => void) | null = null;
  #count = 0;
  #idle: (() => void)[] = [];
  readonly #forgotten = new WeakSet<Waiting>();
  /** Nothing calls these back. */
  readonly #gone = new WeakSet<Waiting>();
  #closed: NotSent | null = null;

  constructor({ clock, random }: SendQueueParts) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Resolves or rejects as `work` does, once it was its turn. Work that has to wait for something asks, at the moment
   * of handing over and not before, whether it is still wanted.
   */
  push(
    chatId: string,
    isUnasked: boolean,
    work: (isWanted: () => boolean) => Promise<void>,
    speaksOf: Speaks = () => false,
  ): Promise<void> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (this.#count >= MOST_WAITING || (isUnasked && this.#unasked.length >= MOST_UNASKED_WAITING))
      return Promise.reject(new NotSent('TOO_MANY_WAITING', 'too many messages wait to be sent'));
    this.#count += 1;
    const sent = new Promise<void>((resolve, reject) => {
      const waiting = { work, speaksOf, resolve, reject };
      if (isUnasked) {
        this.#unasked.push({ chatId, waiting });
        this.#letThrough();
      } else this.#enqueue(chatId, waiting);
    });
    return sent.finally(() => this.#done());
  }

  /** Resolves when nothing waits and nothing is under way. */
  drained(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /**
   * Drops what was to be sent to somebody, or speaks of them, and returns how much that was. To whoever else it was to
   * be sent, it has failed. What was for them is dropped without a word: that it did not arrive would be one more thing
   * that is known of them.
   */
  forget(isAbout: (text: string) => boolean): number {
    let count = 0;
    const drop = (chatId: string, waiting: Waiting): boolean => {
      const isTheirs = isAbout(chatId);
      if (this.#forgotten.has(waiting) || this.#gone.has(waiting)) return false;
      if (!isTheirs && !waiting.speaksOf(isAbout)) return false;
      this.#forgotten.add(waiting);
      count += 1;
      if (isTheirs) waiting.resolve();
      else waiting.reject(new NotSent('ERASED', 'it spoke of somebody who was erased'));
      return true;
    };
    const unasked = this.#unasked.splice(0);
    this.#unasked.push(...unasked.filter(({ chatId, waiting }) => !drop(chatId, waiting)));
    for (const [chatId, lane] of this.#lanes) {
      const waiting = lane.waiting.splice(0);
      lane.waiting.push(...waiting.filter((one) => !drop(chatId, one)));
      if (lane.running !== null) drop(chatId, lane.running);
    }
    if (count > 0) this.#letThrough();
    return count;
  }

  /** What has not begun is not sent. What has begun ends as it ends. */
  close(why: NotSent): void {
    if (this.#closed !== null) return;
    this.#closed = why;
    this.#stopPlaces?.();
    for (const { waiting } of this.#unasked.splice(0)) waiting.reject(why);
    for (const lane of this.#lanes.values()) {
      lane.stopWaiting?.();
      for (const { reject } of lane.waiting.splice(0)) reject(why);
    }
  }

  #letThrough(): void {
    this.#stopPlaces?.();
    this.#stopPlaces = null;
    const now = this.#clock.now();
    this.#places = this.#places.filter((at) => at > now - MINUTE_MS);
    while (this.#unasked.length > 0 && this.#places.length < MOST_UNASKED) {
      const { chatId, waiting } = this.#unasked.shift()!;
      this.#places.push(now);
      this.#enqueue(chatId, waiting);
    }
    if (this.#unasked.length === 0) return;
    this.#stopPlaces = this.#clock.setTimeout(() => this.#letThrough(), this.#places[0]! + MINUTE_MS - now);
  }

  #enqueue(chatId: string, waiting: Waiting): void {
    let lane = this.#lanes.get(chatId);
    if (lane === undefined) {
      lane = { waiting: [], running: null, from: 0, stopWaiting: null };
      this.#lanes.set(chatId, lane);
    }
    lane.waiting.push(waiting);
    this.#next(chatId, lane);
  }

  #next(chatId: string, lane: Lane): void {
    if (lane.running !== null || lane.stopWaiting !== null || this.#closed !== null) return;
    const pause = lane.from - this.#clock.now();
    if (pause > 0) {
      // The lane outlives its last message by the pause, so that the one after it keeps its distance as well.
      lane.stopWaiting = this.#clock.setTimeout(
        () => {
          lane.stopWaiting = null;
          this.#next(chatId, lane);
        },
        pause,
        { background: true },
      );
      return;
    }
    const first = lane.waiting.shift();
    if (first === undefined) this.#lanes.delete(chatId);
    else void this.#run(chatId, lane, first);
  }

  async #run(chatId: string, lane: Lane, waiting: Waiting): Promise<void> {
    const { work, resolve, reject } = waiting;
    lane.running = waiting;
    try {
      await work(() => this.#goes(waiting));
      resolve();
    } catch (error) {
      reject(error as Error);
    }
    const gap = SHORTEST_GAP_MS + this.#random() * (LONGEST_GAP_MS - SHORTEST_GAP_MS);
    lane.from = this.#clock.now() + Math.round(gap);
    lane.running = null;
    this.#next(chatId, lane);
  }

  #goes(waiting: Waiting): boolean {
    if (this.#forgotten.has(waiting)) return false;
    this.#gone.add(waiting);
    return true;
  }

  #done(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
