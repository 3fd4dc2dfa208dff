export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerRules {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** So long it stays open before one call is let through to probe. */
  readonly pauseMs: number;
}

/** From which state to which, and why. */
export interface Transition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly cause: string;
}

/** A call that was let through. What came of it counts only while nothing has changed since. */
export type Ticket = number;

/**
 * A circuit breaker without clock or timer: the times are handed in, so every order of events can be tried. Closed,
 * it lets everything through and counts failures in a row; open, nothing until the pause is over; then half-open, it
 * lets one call through, on which all depends.
 */
export class Circuit {
  #state: BreakerState = 'closed';
  #failures = 0;
  #cause: string | null = null;
  #openedAt = 0;
  /** By hand: it stays open until somebody resets it. */
  #isHeld = false;
  /** Changes with the state, so that a late answer to an earlier one is told from an answer to this. */
  #age = 0;
  readonly #onTransition: (transition: Transition) => void;

  constructor(onTransition: (transition: Transition) => void) {
    this.#onTransition = onTransition;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** In a row, up to now or up to when it opened. */
  get failures(): number {
    return this.#failures;
  }

  /** Of the last failure, until it closes again. */
  get cause(): string | null {
    return this.#cause;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** From when on a call is let through to probe; null while none will be, or while all are. */
  nextProbeAt({ pauseMs }: BreakerRules): number | null {
    return this.#state === 'open' && !this.#isHeld ? this.#openedAt + pauseMs : null;
  }

  /** Whether a call may be made; null where it may not. */
  admit(now: number, rules: BreakerRules): Ticket | null {
    if (this.#state === 'half-open') return null;
    if (this.#state === 'open') {
      if (this.#isHeld) return null;
      // Before it opened: the clock was put back, by nobody knows how much.
      if (now >= this.#openedAt && now < this.#openedAt + rules.pauseMs) return null;
      this.#become('half-open', 'the pause is over');
    }
    return this.#age;
  }

  succeeded(ticket: Ticket): void {
    if (ticket !== this.#age) return;
    this.#failures = 0;
    if (this.#state === 'half-open') this.#become('closed', 'the probe succeeded');
    this.#cause = null;
  }

  failed(ticket: Ticket, now: number, cause: string, { failures }: BreakerRules): void {
    if (ticket !== this.#age) return;
    this.#failures += 1;
    this.#cause = cause;
    if (this.#state === 'half-open' || this.#failures >= failures) {
      this.#openedAt = now;
      this.#become('open', cause);
    }
  }

  /** Opens it by hand. Who did it records it, so nobody else is told. */
  hold(now: number, cause: string): void {
    this.#openedAt = now;
    this.#isHeld = true;
    this.#cause = cause;
    this.#state = 'open';
    this.#age += 1;
  }

  /** Closes it by hand, and forgets. */
  reset(): void {
    this.#isHeld = false;
    this.#failures = 0;
    this.#cause = null;
    this.#state = 'closed';
    this.#age += 1;
  }

  #become(to: BreakerState, cause: string): void {
    const from = this.#state;
    this.#state = to;
    this.#age += 1;
    this.#onTransition({ from, to, cause });
  }
}
