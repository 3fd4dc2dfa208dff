import { setImmediate as immediate } from 'node:timers/promises';
import type { Clock } from '../../config/clock.js';
import { CHECKPOINT_EVERY, type KeptCheckpoint } from '../../signing/signer.js';
import type { Turns } from '../../store/turns.js';
import type { Receipt } from './commit.js';
import type { Draft } from './draft.js';
import type { LedgerThread } from './ledgerThread.js';
import { type FailureMessage, failureMessage } from './protocol.js';
import type { Spool } from './spool.js';

/** What became of an event. */
export type Fate =
  | { status: 'committed'; seq: number; id: string }
  /** Kept on the disk until the database is back; `committed` resolves when it is in the ledger. */
  | { status: 'spooled'; id: string; committed: Promise<Receipt> }
  /** Not kept. Counted, and told in an AUDIT_LOSS entry. */
  | { status: 'shed'; id: string; reason: string };

export interface WriterSettings {
  batchMax: number;
  batchWaitMs: number;
  /** Nobody waits longer than this for storage: then the event goes to the spool. */
  blockMaxMs: number;
}

export interface WriterStatus {
  state: 'ok' | 'degraded' | 'failing';
  /** Why it is not ok, in words that name no data. */
  why: string | null;
  queued: number;
  spooled: number;
  spoolBytes: number;
  /** When the database was last found away. */
  since: number | null;
  shed: number;
  unsigned: number;
}

/** What could not be kept, until an AUDIT_LOSS entry has told it. */
export interface Loss {
  count: number;
  from: number;
  until: number;
  reason: string;
}

export interface WriterParts {
  thread: Pick<LedgerThread, 'ask'>;
  spool: Spool;
  turns: Turns;
  clock: Clock;
  settings: WriterSettings;
  /** The longest time an entry may stay unsigned. */
  checkpointWithinMs: number;
  lossDraft(loss: Loss): Draft;
  /** Told when the state changes and when the key refuses to sign. */
  onTrouble(failure: FailureMessage): void;
  /** Told after each commit: whoever follows the ledger has something to do. */
  onCommitted(): void;
}

interface Queued {
  draft: Draft;
  since: number;
  settle(fate: Fate): void;
}

/** The pause before the database is tried again, doubling up to the last. */
const PROBE_FIRST_MS = 250;
const PROBE_LAST_MS = 5000;
const DRAIN_BATCH = 500;
const SETTLE_AT_ONCE = 64;

/** What the next start would do as well keeps no process alive. */
const BACKGROUND = { background: true };

/**
 * Group commit: what arrives while a commit is under way goes into the next one. When the database does not
 * take a batch, or not in time, it goes to the spool, and so does all that follows, until the spool is drained:
 * the order of events is kept, nobody waits, and nothing here ever throws at a caller.
 */
export class Writer {
  readonly #parts: WriterParts;
  #queue: Queued[] = [];
  #running: Promise<void> | null = null;
  #spooling = false;
  /** Moves on whenever what failed is tried again. */
  #epoch = 0;
  #failure: FailureMessage | null = null;
  /** The key refused to sign: this is not the ledger that was signed, so nothing more is written to it. */
  #refusal: FailureMessage | null = null;
  #since: number | null = null;
  #probeMs = PROBE_FIRST_MS;
  #cancelProbe: (() => void) | null = null;
  #draining: Promise<boolean> | null = null;
  #loss: Loss | null = null;
  #shed = 0;
  #unsigned = 0;
  #cancelSign: (() => void) | null = null;
  #closed = false;
  readonly #awaited = new Map<string, (receipt: Receipt) => void>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  append(draft: Draft): Promise<Fate> {
    if (this.#closed) return Promise.resolve(this.#shedOne(draft.id, 'the record is closed'));
    return new Promise((settle) => {
      this.#queue.push({ draft, since: this.#parts.clock.now(), settle });
      this.#running ??= this.#run();
    });
  }

  /** Writes what earlier processes left in the spool. Call once, before the first event. */
  async start(): Promise<void> {
    if (this.#parts.spool.adopt() === 0) return;
    this.#spooling = true;
    this.#since = this.#parts.clock.now();
    if (!(await this.#drain())) this.#probeLater();
  }

  /** Resolves when everything that was appended before has met its fate and, if it can be, is committed. */
  async flush(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (this.#spooling) await this.#drain();
  }

  /** A checkpoint over everything that is committed. Rejects where the key refuses; `onTrouble` was told, too. */
  checkpoint(): Promise<KeptCheckpoint> {
    return this.#parts.turns.share(() => this.#sign());
  }

  /** The same as a matter of routine: what goes wrong is told by the status. */
  async #signQuietly(): Promise<void> {
    await this.checkpoint().catch(() => {});
  }

  /** Drains, signs, and stops. What cannot be written now stays in the spool for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#cancelProbe?.();
    this.#cancelSign?.();
    if (this.#unsigned > 0) await this.#signQuietly();
    this.#parts.spool.close();
  }

  status(): WriterStatus {
    const { spool } = this.#parts;
    const trouble = this.#refusal ?? this.#failure;
    const failing = (trouble !== null && trouble.kind !== 'away') || this.#loss !== null;
    const busy = this.#spooling ? 'more events arrive than the database takes' : null;
    return {
      state: failing ? 'failing' : this.#spooling ? 'degraded' : 'ok',
      why: trouble?.message ?? busy,
      queued: this.#queue.length,
      spooled: spool.status.count,
      spoolBytes: spool.status.bytes,
      since: this.#since,
      shed: this.#shed,
      unsigned: this.#unsigned,
    };
  }

  /** Counts an event that was lost before it could become one. The next AUDIT_LOSS entry tells it. */
  lose(reason: string): Fate {
    const fate = this.#shedOne('', reason);
    if (!this.#spooling) {
      this.#spooling = true;
      this.#probeLater();
    }
    return fate;
  }

  /** Told by whoever commits beside the writer (a change with its events in one transaction). */
  committedElsewhere(count: number): void {
    this.#committed(count);
    if (this.#signatureIsDue()) void this.#signQuietly();
  }

  /**
   * Hands batches to the thread until nothing is left. Two are under way at a time, so that the thread finds the
   * next one waiting while this side prepares what follows.
   */
  async #run(): Promise<void> {
    const underWay: Promise<void>[] = [];
    // Let everybody who is recording in this turn of the event loop get into the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const { batchMax, batchWaitMs } = this.#parts.settings;
      if (batchWaitMs > 0 && this.#queue.length < batchMax && !this.#spooling) {
        await new Promise<void>((resolve) => this.#parts.clock.setTimeout(resolve, batchWaitMs));
      }
      // What is still under way may fail and go to the spool: nothing may overtake it there.
      if (this.#spooling || this.#isLate(this.#queue[0]!)) await Promise.all(underWay.splice(0));
      const batch = this.#queue.splice(0, batchMax);
      if (this.#spooling || this.#isLate(batch[0]!)) this.#spoolAll(batch, null);
      else underWay.push(this.#commit(batch));
      if (underWay.length >= 2) await underWay.shift();
      if (this.#signatureIsDue()) await this.#signQuietly();
      if (this.#queue.length === 0) await Promise.all(underWay.splice(0));
    }
    this.#running = null;
  }

  #isLate(first: Queued): boolean {
    return this.#parts.clock.now() - first.since > this.#parts.settings.blockMaxMs;
  }

  async #commit(batch: Queued[]): Promise<void> {
    const drafts = batch.map((queued) => queued.draft);
    const work = this.#parts.turns.share(() => this.#ask(drafts));
    try {
      const receipts = await this.#inTime(work);
      this.#committed(receipts.length);
      for (let i = 0; i < batch.length; i++) {
        // Each answer lets a caller go on at once; the event loop has other things to do in between.
        if (i % SETTLE_AT_ONCE === SETTLE_AT_ONCE - 1) await immediate();
        const { seq, id } = receipts[i]!;
        batch[i]!.settle({ status: 'committed', seq, id });
      }
    } catch (error) {
      this.#spoolAll(batch, failureMessage(error));
    }
  }

  #ask(drafts: Draft[]): Promise<Receipt[]> {
    return this.#parts.thread.ask({ kind: 'commit', drafts, epoch: this.#epoch });
  }

  /** The work's result, or a failure once the longest wait is over. The work itself goes on. */
  #inTime<T>(work: Promise<T>): Promise<T> {
    const { clock, settings } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimeout(() => {
        reject(
          Object.assign(new Error(`the database did not answer within ${settings.blockMaxMs} ms`), {
            code: 'ETIMEDOUT',
          }),
        );
      }, settings.blockMaxMs);
      work.then(resolve, reject).finally(cancel);
    });
  }

  #spoolAll(batch: Queued[], failure: FailureMessage | null): void {
    const { spool, clock } = this.#parts;
    if (failure !== null) {
      this.#since ??= clock.now();
      const isNew = this.#failure?.code !== failure.code;
      this.#failure = failure;
      if (isNew) this.#parts.onTrouble(failure);
    }
    const { kept, why } = spool.append(batch.map((queued) => queued.draft));
    for (let i = 0; i < kept; i++) {
      const { draft, settle } = batch[i]!;
      const committed = new Promise<Receipt>((resolve) => this.#awaited.set(draft.id, resolve));
      settle({ status: 'spooled', id: draft.id, committed });
    }
    for (let i = kept; i < batch.length; i++) {
      batch[i]!.settle(this.#shedOne(batch[i]!.draft.id, why ?? 'the spool cannot be written'));
    }
    if (!this.#spooling || this.#cancelProbe === null) {
      this.#spooling = true;
      this.#probeLater();
    }
  }

  #shedOne(id: string, reason: string): Fate {
    const now = this.#parts.clock.now();
    this.#shed += 1;
    this.#loss = { count: (this.#loss?.count ?? 0) + 1, from: this.#loss?.from ?? now, until: now, reason };
    return { status: 'shed', id, reason };
  }

  #probeLater(): void {
    if (this.#cancelProbe !== null || this.#draining !== null) return;
    const pause = this.#probeMs;
    this.#probeMs = Math.min(this.#probeMs * 2, PROBE_LAST_MS);
    this.#cancelProbe = this.#parts.clock.setTimeout(
      () => {
        this.#cancelProbe = null;
        void this.#drain();
      },
      pause,
      BACKGROUND,
    );
  }

  /** Writes the spool in order. True when nothing is left of it and events go straight to the ledger again. */
  #drain(): Promise<boolean> {
    this.#draining ??= this.#drainSpool().finally(() => {
      this.#draining = null;
    });
    return this.#draining.then((done) => {
      if (!done && !this.#closed) this.#probeLater();
      return done;
    });
  }

  async #drainSpool(): Promise<boolean> {
    if (this.#refusal !== null) return false;
    const { spool, turns, lossDraft } = this.#parts;
    let size = DRAIN_BATCH;
    this.#epoch += 1;
    while (!spool.isEmpty) {
      const { drafts, bytes } = spool.read(size);
      if (drafts.length > 0) {
        try {
          const receipts = await this.#inTime(turns.run(() => this.#ask(drafts)));
          for (const receipt of receipts) this.#tell(receipt);
          this.#committed(receipts.length);
          size = DRAIN_BATCH;
        } catch (error) {
          const failure = failureMessage(error);
          this.#failure = failure;
          if (failure.kind !== 'value') return false;
          this.#epoch += 1;
          // One event the database will never take must not keep the others out: find it, and count it lost.
          if (drafts.length > 1) {
            size = Math.ceil(drafts.length / 2);
            continue;
          }
          this.#shedOne(drafts[0]!.id, `the database refuses its value (${failure.code})`);
        }
      }
      spool.advance(drafts.length, bytes);
      if (this.#signatureIsDue()) await this.#signQuietly();
    }
    if (this.#loss !== null) {
      const drafts = [lossDraft(this.#loss)];
      try {
        await this.#inTime(turns.run(() => this.#ask(drafts)));
        this.#committed(1);
        this.#loss = null;
      } catch (error) {
        this.#failure = failureMessage(error);
        return false;
      }
      // Something may have been spooled meanwhile.
      if (!spool.isEmpty) return this.#drainSpool();
    }
    this.#spooling = false;
    this.#failure = null;
    this.#since = null;
    this.#probeMs = PROBE_FIRST_MS;
    return true;
  }

  #tell(receipt: Receipt): void {
    this.#awaited.get(receipt.id)?.(receipt);
    this.#awaited.delete(receipt.id);
  }

  #committed(count: number): void {
    this.#unsigned += count;
    this.#parts.onCommitted();
    this.#cancelSign ??= this.#parts.clock.setTimeout(
      () => {
        this.#cancelSign = null;
        void this.#signQuietly();
      },
      this.#parts.checkpointWithinMs,
      BACKGROUND,
    );
  }

  #signatureIsDue(): boolean {
    return this.#unsigned >= CHECKPOINT_EVERY;
  }

  async #sign(): Promise<KeptCheckpoint> {
    const covered = this.#unsigned;
    try {
      const checkpoint = await this.#parts.thread.ask({ kind: 'sign', again: false });
      this.#unsigned -= covered;
      if (this.#unsigned === 0) {
        this.#cancelSign?.();
        this.#cancelSign = null;
      }
      return checkpoint;
    } catch (error) {
      const failure = failureMessage(error);
      if (failure.kind === 'mismatch') {
        this.#refusal = failure;
        this.#since ??= this.#parts.clock.now();
        this.#spooling = true;
      }
      this.#parts.onTrouble(failure);
      throw error;
    }
  }
}
