import { setImmediate as immediate } from 'node:timers/promises';
import type { Clock } from '../../config/clock.js';
import type { KeptCheckpoint } from '../../signing/signer.js';
import type { Turns } from '../../store/turns.js';
import { Backlog } from './backlog.js';
import type { Receipt } from './commit.js';
import type { Draft } from './draft.js';
import type { Fate, Queued } from './fate.js';
import type { LedgerThread } from './ledgerThread.js';
import { type Loss, Losses } from './losses.js';
import { type FailureMessage, failureMessage } from './protocol.js';
import { SigningSchedule } from './signingSchedule.js';
import type { Spool } from './spool.js';
import { Trouble } from './trouble.js';

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
  /** Why nothing is written until an operator settles it, and how they can; null where it is not so. */
  refused: { message: string; hint: string | undefined } | null;
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

const SETTLE_AT_ONCE = 64;

/**
 * Group commit: what arrives while a commit is under way goes into the next one. When the database does not
 * take a batch, or not in time, it goes to the backlog, and so does all that follows, until that is drained:
 * the order of events is kept, nobody waits, and nothing here ever throws at a caller.
 */
export class Writer {
  readonly #parts: WriterParts;
  readonly #trouble: Trouble;
  readonly #losses: Losses;
  readonly #backlog: Backlog;
  readonly #signing: SigningSchedule;
  #queue: Queued[] = [];
  #running: Promise<void> | null = null;
  /** Moves on whenever what failed is tried again. */
  #epoch = 0;
  #closed = false;

  constructor(parts: WriterParts) {
    const { clock, spool, thread, turns } = parts;
    this.#parts = parts;
    this.#trouble = new Trouble(clock, (failure) => parts.onTrouble(failure));
    this.#losses = new Losses(clock, (loss) => parts.lossDraft(loss));
    this.#backlog = new Backlog({
      spool,
      clock,
      losses: this.#losses,
      trouble: this.#trouble,
      write: (drafts) => this.#write(drafts),
    });
    this.#signing = new SigningSchedule({
      clock,
      turns,
      withinMs: parts.checkpointWithinMs,
      ask: () => thread.ask({ kind: 'sign', again: false }),
      onFailure: (failure) => this.#notSigned(failure),
    });
  }

  append(draft: Draft): Promise<Fate> {
    if (this.#closed) return Promise.resolve(this.#losses.add(draft.id, 'the record is closed'));
    return new Promise((settle) => {
      this.#queue.push({ draft, since: this.#parts.clock.now(), settle });
      this.#running ??= this.#run().catch((error) => this.#trouble.remember(failureMessage(error)));
    });
  }

  /** Writes what earlier processes left in the spool. Call once, before the first event. */
  async start(): Promise<void> {
    if (this.#backlog.adopt() === 0) return;
    this.#backlog.open();
    this.#trouble.begin();
    await this.#backlog.drain();
  }

  /** Resolves when everything that was appended before has met its fate and, if it can be, is committed. */
  async flush(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (this.#backlog.isOpen || this.#losses.isPending) await this.#backlog.drain();
  }

  /** A checkpoint over everything that is committed. Rejects where the key refuses; `onTrouble` was told, too. */
  checkpoint(): Promise<KeptCheckpoint> {
    return this.#signing.sign();
  }

  /** Drains, signs, and stops. What cannot be written now stays in the spool for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#backlog.close();
    this.#signing.close();
    await this.flush();
    this.#backlog.stop();
    await this.#signing.end();
    this.#backlog.end();
  }

  /** Throws where nothing may be written because this is not the ledger that was signed. */
  demandWritable(): void {
    this.#trouble.demandNoRefusal();
  }

  status(): WriterStatus {
    const trouble = this.#trouble.current;
    const isOpen = this.#backlog.isOpen;
    const failing = (trouble !== null && trouble.kind !== 'away') || this.#losses.isPending;
    const busy = isOpen ? 'more events arrive than the database takes' : null;
    const { count, bytes } = this.#backlog.status;
    const { refusal } = this.#trouble;
    return {
      state: failing ? 'failing' : isOpen ? 'degraded' : 'ok',
      why: trouble?.message ?? busy,
      queued: this.#queue.length,
      spooled: count,
      spoolBytes: bytes,
      since: this.#trouble.since,
      shed: this.#losses.count,
      unsigned: this.#signing.unsigned,
      refused: refusal === null ? null : { message: refusal.message, hint: refusal.hint },
    };
  }

  /** Counts an event that was lost before it could become one. The next AUDIT_LOSS entry tells it. */
  lose(reason: string): Fate {
    const fate = this.#losses.add('', reason);
    if (!this.#closed) this.#backlog.probeLater();
    return fate;
  }

  /** Told by whoever commits beside the writer (a change with its events in one transaction). */
  committedElsewhere(count: number): void {
    this.#committed(count);
  }

  /**
   * Hands batches to the thread until nothing is left. Two are under way at a time, so that the thread finds the
   * next one waiting while this side prepares what follows.
   */
  async #run(): Promise<void> {
    const underWay: Promise<void>[] = [];
    try {
      // Let everybody who is recording in this turn of the event loop get into the first batch.
      await Promise.resolve();
      while (this.#queue.length > 0) {
        const { batchMax, batchWaitMs } = this.#parts.settings;
        if (batchWaitMs > 0 && this.#queue.length < batchMax && !this.#backlog.isOpen) {
          await new Promise<void>((resolve) => this.#parts.clock.setTimeout(resolve, batchWaitMs));
        }
        // What is still under way may fail and go to the spool: nothing may overtake it there.
        if (this.#mustWait(this.#queue[0]!)) await Promise.all(underWay.splice(0));
        const batch = this.#queue.splice(0, batchMax);
        if (this.#mustWait(batch[0]!)) this.#setAside(batch);
        else underWay.push(this.#commit(batch));
        if (underWay.length >= 2) await underWay.shift();
        if (this.#queue.length === 0) await Promise.all(underWay.splice(0));
      }
    } finally {
      this.#running = null;
    }
  }

  /** Whether an event cannot go straight to the ledger: others wait before it, or it has waited long enough. */
  #mustWait(queued: Queued): boolean {
    return this.#backlog.isOpen || this.#timeLeft(queued) <= 0;
  }

  /** How much longer this event's caller may be kept waiting. */
  #timeLeft(queued: Queued): number {
    return this.#parts.settings.blockMaxMs - (this.#parts.clock.now() - queued.since);
  }

  async #commit(batch: Queued[]): Promise<void> {
    const drafts = batch.map((queued) => queued.draft);
    const work = this.#parts.turns.share(() => this.#ask(drafts));
    let receipts: Receipt[];
    try {
      receipts = await this.#inTime(work, this.#timeLeft(batch[0]!));
    } catch (error) {
      this.#setAside(batch, failureMessage(error));
      return;
    }
    this.#committed(receipts.length);
    for (let i = 0; i < batch.length; i++) {
      // Each answer lets a caller go on at once; the event loop has other things to do in between.
      if (i % SETTLE_AT_ONCE === SETTLE_AT_ONCE - 1) await immediate();
      const { seq, id } = receipts[i]!;
      batch[i]!.settle({ status: 'committed', seq, id });
    }
  }

  #ask(drafts: Draft[]): Promise<Receipt[]> {
    return this.#parts.thread.ask({ kind: 'commit', drafts, epoch: this.#epoch });
  }

  /** The work's result, or a failure once the longest wait is over. The work itself goes on. */
  #inTime<T>(work: Promise<T>, ms: number = this.#parts.settings.blockMaxMs): Promise<T> {
    const { clock, settings } = this.#parts;
    return new Promise((resolve, reject) => {
      const cancel = clock.setTimeout(() => {
        reject(
          Object.assign(new Error(`the database did not answer within ${settings.blockMaxMs} ms`), {
            code: 'ETIMEDOUT',
          }),
        );
      }, ms);
      work.then(resolve, reject).finally(cancel);
    });
  }

  #setAside(batch: Queued[], failure?: FailureMessage): void {
    this.#trouble.begin();
    if (failure !== undefined) this.#trouble.remember(failure);
    this.#backlog.keep(batch);
  }

  /** What waited is written on behalf of the backlog. */
  async #write(drafts: Draft[]): Promise<Receipt[]> {
    // While nothing has failed, what is under way must keep its place before what follows it.
    if (this.#backlog.isOpen) this.#epoch += 1;
    const receipts = await this.#inTime(this.#parts.turns.run(() => this.#ask(drafts)));
    this.#committed(receipts.length);
    return receipts;
  }

  #committed(count: number): void {
    this.#parts.onCommitted();
    this.#signing.committed(count);
  }

  #notSigned(failure: FailureMessage): void {
    if (failure.kind === 'mismatch') {
      this.#trouble.refuse(failure);
      this.#backlog.open();
    }
    this.#parts.onTrouble(failure);
  }
}
