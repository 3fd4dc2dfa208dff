import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { nearest } from '../config/nearest.js';
import { UserError } from '../config/userError.js';
import { breakerFailures, breakerPause, breakerTimeout } from '../settings/builtIn.js';
import type { Settings } from '../settings/settings.js';
import { type Circumstances, contextIn, OWN_CONTEXT, strictly } from '../settings/strictly.js';
import { Breaker, type BreakerStatus, type CallRules } from './breaker.js';
import type { BreakerState } from './circuit.js';

/** Services outside that the module itself asks, so that they can be seen before the first call. */
const KNOWN = ['lid-lookup', 'llm', 'webhook'];

interface Parts {
  readonly settings: Settings;
  readonly record: AuditRecord;
  readonly clock: Clock;
}

/**
 * All breakers of this process, one a service. Each process has its own, since each finds out for itself what it can
 * reach. Every transition is one event: Reeve's own when it happens by itself, and strict when somebody makes it.
 */
export class Breakers {
  readonly #settings: Settings;
  readonly #record: AuditRecord;
  readonly #clock: Clock;
  readonly #breakers = new Map<string, Breaker>();
  #isClosed = false;

  constructor({ settings, record, clock }: Parts) {
    this.#settings = settings;
    this.#record = record;
    this.#clock = clock;
    for (const name of KNOWN) this.get(name);
  }

  /** The one before a service; the first to ask for it makes it. */
  get(name: string): Breaker {
    let breaker = this.#breakers.get(name);
    if (breaker === undefined) {
      breaker = this.#make(name);
      if (this.#isClosed) breaker.close();
      this.#breakers.set(name, breaker);
    }
    return breaker;
  }

  list(): BreakerStatus[] {
    return [...this.#breakers.values()].map((breaker) => breaker.status());
  }

  /** The one of this name, in any case, or a mistake that names the nearest. */
  named(name: string): Breaker {
    const breaker = this.#breakers.get(name.toLowerCase()) ?? this.#breakers.get(name);
    if (breaker !== undefined) return breaker;
    const names = [...this.#breakers.keys()];
    const near = nearest(name, names);
    throw new UserError({
      code: 'UNKNOWN_BREAKER',
      message: 'There is no breaker of that name.',
      hint: near === null ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`,
      example: near === null ? 'breaker list' : `breaker reset ${near}`,
    });
  }

  /** Opens it by hand: the service is left alone until somebody resets it. */
  async open(name: string, options: Circumstances = {}): Promise<{ readonly case: number }> {
    const breaker = this.named(name);
    const done = await this.#byHand(breaker, 'open', options, ({ isHeld }) => isHeld);
    breaker.circuit.hold(this.#clock.now(), options.reason ?? 'opened by hand');
    return done;
  }

  /** Closes it by hand: the service is asked again, and its failures are counted from none. */
  async reset(name: string, options: Circumstances = {}): Promise<{ readonly case: number }> {
    const breaker = this.named(name);
    const done = await this.#byHand(breaker, 'closed', options, ({ state }) => state === 'closed');
    breaker.circuit.reset();
    return done;
  }

  /** Breaks off the calls that are under way. */
  close(): void {
    this.#isClosed = true;
    for (const breaker of this.#breakers.values()) breaker.close();
  }

  #byHand(
    breaker: Breaker,
    newState: BreakerState,
    options: Circumstances,
    isSo: (status: BreakerStatus) => boolean,
  ): Promise<{ readonly case: number }> {
    return strictly(this.#record, async (tx, log) => {
      const context = await contextIn(tx, options);
      // Asked in the transaction: of two who want the same at once, the second comes too late.
      const status = breaker.status();
      if (isSo(status)) throw new UserError(alreadySo(status));
      const { seq } = await log(
        'CIRCUIT_BREAKER_CHANGE',
        {
          breaker: breaker.name,
          oldState: status.state,
          newState,
          performedBy: context.actor,
          reason: options.reason,
        },
        context,
      );
      return { case: seq };
    });
  }

  #make(name: string): Breaker {
    return new Breaker({
      name,
      clock: this.#clock,
      rules: () => this.#rules(),
      onTransition: ({ from, to, cause }) =>
        // Never rejects: when the database is away it waits in the spool.
        void this.#record.logger.logCircuitBreakerChange(
          { breaker: name, oldState: from, newState: to, reason: cause },
          OWN_CONTEXT,
        ),
    });
  }

  #rules(): CallRules {
    const settings = this.#settings;
    return {
      failures: settings.get(breakerFailures),
      pauseMs: settings.get(breakerPause),
      timeoutMs: settings.get(breakerTimeout),
    };
  }
}

const alreadySo = ({ name, state }: BreakerStatus) => ({
  code: 'ALREADY_SO',
  message: `The breaker ${name} is ${state} already.`,
  hint: 'Nothing was changed.',
});
