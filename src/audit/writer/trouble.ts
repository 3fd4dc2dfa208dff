import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import { AFTER_A_FAILURE, type FailureMessage } from './protocol.js';

/** What keeps the record from being written, and since when. Whatever is new about it is told once. */
export class Trouble {
  readonly #clock: Clock;
  readonly #tell: (failure: FailureMessage) => void;
  #failure: FailureMessage | null = null;
  /** The key refused to sign: this is not the ledger that was signed, so nothing more is written to it. */
  #refusal: FailureMessage | null = null;
  #since: number | null = null;

  constructor(clock: Clock, tell: (failure: FailureMessage) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get current(): FailureMessage | null {
    return this.#refusal ?? this.#failure;
  }

  get isRefusal(): boolean {
    return this.#refusal !== null;
  }

  get refusal(): FailureMessage | null {
    return this.#refusal;
  }

  /** When the database was first found away, or null. */
  get since(): number | null {
    return this.#since;
  }

  begin(): void {
    this.#since ??= this.#clock.now();
  }

  /** Remembers what is wrong, and tells it once. What follows from a failure is no news. */
  remember(failure: FailureMessage): void {
    if (failure.code === AFTER_A_FAILURE && this.#failure !== null) return;
    const isNew = this.#failure?.code !== failure.code;
    this.#failure = failure;
    if (isNew) this.#tell(failure);
  }

  /** There is no end to this: only an operator can settle it. */
  refuse(failure: FailureMessage): void {
    this.#refusal = failure;
    this.begin();
  }

  /** Throws where nothing may be written because this is not the ledger that was signed. */
  demandNoRefusal(): void {
    if (this.#refusal === null) return;
    const { code, message, hint } = this.#refusal;
    throw new UserError({ code, message, ...(hint !== undefined && { hint }) });
  }

  /** The database takes events again. */
  end(): void {
    this.#failure = null;
    this.#since = null;
  }
}
