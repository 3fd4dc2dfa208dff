import type { Clock } from '../../config/clock.js';
import type { Receipt } from './commit.js';
import type { Draft } from './draft.js';
import type { Queued } from './fate.js';
import type { Losses } from './losses.js';
import { failureMessage, WriteFailure } from './protocol.js';
import type { Spool, SpoolStatus } from './spool.js';
import type { Trouble } from './trouble.js';

export interface BacklogParts {
  spool: Spool;
  clock: Clock;
  losses: Losses;
  trouble: Trouble;
  /** Puts drafts into the ledger, or fails. */
  write(drafts: Draft[]): Promise<Receipt[]>;
}

/** Somebody who waits for a spooled event to be committed. */
interface Awaiting {
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
}

/** The pause before the database is tried again, doubling up to the last. */
const PROBE_FIRST_MS = 250;
const PROBE_LAST_MS = 5000;
const DRAIN_BATCH = 500;

/** What the next start would do as well keeps no process alive. */
const BACKGROUND = { background: true };

/**
 * What waits in the spool for the database to be back. As long as this is open all events go here, so that none
 * overtakes another; the database is tried again after longer and longer pauses, and then all is written in order.
 */
export class Backlog {
  readonly #parts: BacklogParts;
  #isOpen = false;
  #closed = false;
  #probeMs = PROBE_FIRST_MS;
  #cancelProbe: (() => void) | null = null;
  #draining: Promise<boolean> | null = null;
  readonly #awaited = new Map<string, Awaiting[]>();

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** Whether events go here instead of to the ledger. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get status(): SpoolStatus {
    return this.#parts.spool.status;
  }

  /** From here on everything waits. */
  open(): void {
    this.#isOpen = true;
  }

  /** Takes over what earlier processes left; returns how many events that is. */
  adopt(): number {
    return this.#parts.spool.adopt();
  }

  /** Keeps what there is room for, and tells every caller what became of the event. */
  keep(batch: readonly Queued[]): void {
    const { spool, losses } = this.#parts;
    const { kept, why } = spool.append(batch.map((queued) => queued.draft));
    for (let i = 0; i < kept; i++) {
      const { draft, settle } = batch[i]!;
      settle({ status: 'spooled', id: draft.id, committed: this.#await(draft.id) });
    }
    for (let i = kept; i < batch.length; i++) {
      batch[i]!.settle(losses.add(batch[i]!.draft.id, why ?? 'the spool cannot be written'));
    }
    this.open();
    this.probeLater();
  }

  probeLater(): void {
    if (this.#cancelProbe !== null || this.#draining !== null) return;
    const pause = this.#probeMs;
    this.#probeMs = Math.min(this.#probeMs * 2, PROBE_LAST_MS);
    this.#cancelProbe = this.#parts.clock.setTimeout(
      () => {
        this.#cancelProbe = null;
        void this.drain();
      },
      pause,
      BACKGROUND,
    );
  }

  /** Writes the spool in order. True when nothing is left of it and events go straight to the ledger again. */
  drain(): Promise<boolean> {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = null;
    });
    return this.#draining.then((done) => {
      if (!done && !this.#closed) this.probeLater();
      return done;
    });
  }

  /** Tries the database no more but when it is asked to. */
  close(): void {
    this.#closed = true;
  }

  /** Leaves what is here to the next start. */
  end(): void {
    const { spool, losses } = this.#parts;
    // The count of what was lost must not be lost with this process.
    const telling = losses.next();
    if (telling !== null) spool.append([telling], { evenIfFull: true });
    spool.close();
    const error = new Error('the record was closed; the event is in the spool for the next start');
    for (const id of [...this.#awaited.keys()]) this.#give(id, (awaiting) => awaiting.reject(error));
  }

  /** No more probes. */
  stop(): void {
    this.#cancelProbe?.();
  }

  async #drainAll(): Promise<boolean> {
    const { spool, losses, trouble } = this.#parts;
    if (trouble.isRefusal) return false;
    try {
      // Something may be spooled, or shed, while the last of it is being written.
      while (!spool.isEmpty || losses.isPending) {
        await this.#drainSpool();
        await this.#tellLoss();
      }
    } catch (error) {
      trouble.remember(failureMessage(error));
      return false;
    }
    this.#isOpen = false;
    trouble.end();
    this.#probeMs = PROBE_FIRST_MS;
    return true;
  }

  async #drainSpool(): Promise<void> {
    const { spool, losses, write } = this.#parts;
    let most = DRAIN_BATCH;
    while (!spool.isEmpty) {
      const { drafts, lines, bytes } = spool.read(most);
      try {
        const receipts = drafts.length === 0 ? [] : await write(drafts);
        for (const receipt of receipts) this.#give(receipt.id, (awaiting) => awaiting.resolve(receipt));
        most = DRAIN_BATCH;
      } catch (error) {
        const failure = failureMessage(error);
        if (failure.kind !== 'value') throw error;
        // One event the database will never take must not keep the others out: find it, and count it lost.
        if (drafts.length > 1) {
          most = Math.ceil(drafts.length / 2);
          continue;
        }
        const reason = `the database refuses its value (${failure.code})`;
        const refused = new WriteFailure({ ...failure, message: reason });
        losses.add(drafts[0]!.id, reason);
        this.#give(drafts[0]!.id, (awaiting) => awaiting.reject(refused));
      }
      for (let lost = drafts.length; lost < lines; lost++) losses.add('', 'a line of the spool is damaged');
      spool.advance(lines, bytes);
    }
  }

  async #tellLoss(): Promise<void> {
    const { losses, write } = this.#parts;
    const telling = losses.next();
    if (telling === null) return;
    await write([telling]);
    losses.told();
  }

  /** Settles when the event is in the ledger. Nobody has to listen. */
  #await(id: string): Promise<Receipt> {
    const committed = new Promise<Receipt>((resolve, reject) => {
      this.#awaited.set(id, [...(this.#awaited.get(id) ?? []), { resolve, reject }]);
    });
    committed.catch(() => {});
    return committed;
  }

  #give(id: string, give: (awaiting: Awaiting) => void): void {
    for (const awaiting of this.#awaited.get(id) ?? []) give(awaiting);
    this.#awaited.delete(id);
  }
}
