import type { Clock } from '../../config/clock.js';
import { CHECKPOINT_EVERY, type KeptCheckpoint } from '../../signing/signer.js';
import type { Turns } from '../../store/turns.js';
import { type FailureMessage, failureMessage } from './protocol.js';

export interface SigningParts {
  clock: Clock;
  turns: Turns;
  /** The longest time an entry may stay unsigned. */
  withinMs: number;
  /** Has the thread sign. */
  ask(): Promise<KeptCheckpoint>;
  onFailure(failure: FailureMessage): void;
}

/** When a checkpoint is due: after so many entries, and some time after the first that no checkpoint covers. */
export class SigningSchedule {
  readonly #parts: SigningParts;
  #unsigned = 0;
  #cancel: (() => void) | null = null;
  #isSigning = false;
  #closed = false;

  constructor(parts: SigningParts) {
    this.#parts = parts;
  }

  /** How many entries no checkpoint covers yet, as far as this process knows. */
  get unsigned(): number {
    return this.#unsigned;
  }

  /** So many more entries are committed. */
  committed(count: number): void {
    this.#unsigned += count;
    this.#later();
    this.#signIfDue();
  }

  /** A checkpoint over all that is committed. Rejects where it cannot be signed; `onFailure` was told, too. */
  sign(): Promise<KeptCheckpoint> {
    return this.#parts.turns.share(() => this.#sign());
  }

  async #sign(): Promise<KeptCheckpoint> {
    const covered = this.#unsigned;
    try {
      const checkpoint = await this.#parts.ask();
      this.#unsigned -= covered;
      if (this.#unsigned === 0) this.#stop();
      return checkpoint;
    } catch (error) {
      const failure = failureMessage(error);
      // What the key refuses it will refuse again.
      if (failure.kind !== 'mismatch') this.#later();
      this.#parts.onFailure(failure);
      throw error;
    }
  }

  #later(): void {
    if (this.#closed) return;
    this.#cancel ??= this.#parts.clock.setTimeout(
      () => {
        this.#cancel = null;
        void this.#signQuietly();
      },
      this.#parts.withinMs,
      // The next start would do it as well.
      { background: true },
    );
  }

  /** From here on nothing is signed after a while: only what is due, and the last one. */
  close(): void {
    this.#closed = true;
  }

  /** The last signature. */
  async end(): Promise<void> {
    if (this.#unsigned > 0) await this.#signQuietly();
    this.#stop();
  }

  /** As a matter of routine: what goes wrong is told by the status. */
  async #signQuietly(): Promise<void> {
    await this.sign().catch(() => {});
  }

  /** The thread does one thing after another, so nobody has to wait here: what is written next comes after it. */
  #signIfDue(): void {
    if (this.#isSigning || this.#unsigned < CHECKPOINT_EVERY) return;
    this.#isSigning = true;
    void this.#signQuietly().finally(() => {
      this.#isSigning = false;
    });
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
