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

interface Waiting {
  readonly work: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Lane {
  readonly waiting: Waiting[];
  /** When the next message may go. */
  from: number;
  isRunning: boolean;
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
  #closed: NotSent | null = null;

  constructor({ clock, random }: SendQueueParts) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Resolves or rejects as `work` does, once it was its turn. */
  push(chatId: string, isUnasked: boolean, work: () => Promise<void>): Promise<void> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (this.#count >= MOST_WAITING || (isUnasked && this.#unasked.length >= MOST_UNASKED_WAITING))
      return Promise.reject(new NotSent('TOO_MANY_WAITING', 'too many messages wait to be sent'));
    this.#count += 1;
    const sent = new Promise<void>((resolve, reject) => {
      const waiting = { work, resolve, reject };
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
      lane = { waiting: [], from: 0, isRunning: false, stopWaiting: null };
      this.#lanes.set(chatId, lane);
    }
    lane.waiting.push(waiting);
    this.#next(chatId, lane);
  }

  #next(chatId: string, lane: Lane): void {
    if (lane.isRunning || lane.stopWaiting !== null || this.#closed !== null) return;
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

  async #run(chatId: string, lane: Lane, { work, resolve, reject }: Waiting): Promise<void> {
    lane.isRunning = true;
    try {
      await work();
      resolve();
    } catch (error) {
      reject(error as Error);
    }
    const gap = SHORTEST_GAP_MS + this.#random() * (LONGEST_GAP_MS - SHORTEST_GAP_MS);
    lane.from = this.#clock.now() + Math.round(gap);
    lane.isRunning = false;
    this.#next(chatId, lane);
  }

  #done(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
