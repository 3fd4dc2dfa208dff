import type { Clock } from '../config/clock.js';
import { UserError } from '../config/userError.js';
import { causeOf } from './cause.js';
import { type BreakerRules, type BreakerState, Circuit, type Transition } from './circuit.js';

/** The breaker is open: the service was not asked. */
export class BreakerOpen extends UserError {
  override readonly name = 'BreakerOpen';
  readonly breaker: string;
  /** When it is tried again; null where that is up to somebody. */
  readonly nextProbeAt: number | null;

  constructor(breaker: string, nextProbeAt: number | null) {
    super({
      code: 'BREAKER_OPEN',
      message: `${breaker} is not asked at the moment: it failed too often, or somebody switched it off.`,
      hint: 'It is tried again by itself, or when an admin resets its breaker.',
      example: `breaker reset ${breaker}`,
    });
    this.breaker = breaker;
    this.nextProbeAt = nextProbeAt;
  }
}

/** There was no answer in time. */
export class CallTimedOut extends UserError {
  override readonly name = 'CallTimedOut';

  constructor(breaker: string, ms: number) {
    super({
      code: 'CALL_TIMED_OUT',
      message: `${breaker} did not answer within ${ms} ms.`,
      hint: 'Try again.',
    });
  }
}

export interface CallRules extends BreakerRules {
  /** So long a call may take. */
  readonly timeoutMs: number;
}

export interface BreakerStatus {
  readonly name: string;
  readonly state: BreakerState;
  /** In a row. */
  readonly failures: number;
  readonly cause: string | null;
  /** A time that is over means: with the next call. Null where nothing will be tried by itself, or nothing need be. */
  readonly nextProbeAt: number | null;
  /** Opened by hand. */
  readonly isHeld: boolean;
}

interface Parts {
  readonly name: string;
  readonly clock: Clock;
  /** Asked each time, so that a changed setting counts at once. */
  readonly rules: () => CallRules;
  readonly onTransition: (transition: Transition) => void;
}

/**
 * Stands before one service outside. Whatever is thrown counts as a failure of the service; an answer that is the
 * caller's own fault is to be returned, not thrown.
 *
 * @example await breakers.get('webhook').run((signal) => fetch(url, { signal }));
 */
export class Breaker {
  readonly name: string;
  readonly #clock: Clock;
  readonly #rules: () => CallRules;
  readonly circuit: Circuit;
  readonly #calls = new Set<(error: Error) => void>();
  #isClosing = false;

  constructor({ name, clock, rules, onTransition }: Parts) {
    this.name = name;
    this.#clock = clock;
    this.#rules = rules;
    this.circuit = new Circuit(onTransition);
  }

  /** Asks the service, where it may be asked, and for as long as it may take. Give `signal` to what can be aborted. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#isClosing) throw shuttingDown(this.name);
    const ticket = this.circuit.admit(this.#clock.now(), this.#rules());
    if (ticket === null) throw new BreakerOpen(this.name, this.status().nextProbeAt);
    const { timeoutMs } = this.#rules();
    const abort = new AbortController();
    let end = (_: Error): void => {};
    const ended = new Promise<never>((_, reject) => {
      end = (error) => {
        reject(error);
        abort.abort(error);
      };
    });
    this.#calls.add(end);
    const cancel = this.#clock.setTimeout(() => end(new CallTimedOut(this.name, timeoutMs)), timeoutMs);
    try {
      const answer = await Promise.race([work(abort.signal), ended]);
      this.circuit.succeeded(ticket);
      return answer;
    } catch (error) {
      // What was broken off here says nothing about the service.
      if (!this.#isClosing) this.circuit.failed(ticket, this.#clock.now(), causeOf(error), this.#rules());
      throw error;
    } finally {
      cancel();
      this.#calls.delete(end);
    }
  }

  status(): BreakerStatus {
    const { state, failures, cause, isHeld } = this.circuit;
    return {
      name: this.name,
      state,
      failures,
      cause,
      isHeld,
      nextProbeAt: this.circuit.nextProbeAt(this.#rules()),
    };
  }

  /** Breaks off the calls that are under way; there are no others after it. */
  close(): void {
    this.#isClosing = true;
    for (const end of [...this.#calls]) end(shuttingDown(this.name));
  }
}

const shuttingDown = (name: string): UserError =>
  new UserError({
    code: 'SHUTTING_DOWN',
    message: `${name} is not asked any more: the bot is shutting down.`,
  });
