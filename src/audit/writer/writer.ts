import { setImmediate as immediate } from 'node:timers/promises';
import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import { CHECKPOINT_EVERY, type KeptCheckpoint } from '../../signing/signer.js';
import type { Turns } from '../../store/turns.js';
import type { Receipt } from './commit.js';
import type { Draft } from './draft.js';
import type { LedgerThread } from './ledgerThread.js';
import { AFTER_A_FAILURE, type FailureMessage, failureMessage, WriteFailure } from './protocol.js';
import type { Spool } from './spool.js';

/** What became of an event. */
export type Fate =
  | { status: 'committed'; seq: number; id: string }
  /**
   * Kept on the disk until the database is back; `committed` resolves when it is in the ledger, and rejects when
   * it never will be, or not by this process.
   */
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

/** Somebody who waits for a spooled event to be committed. */
interface Awaiting {
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
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
  /** What no AUDIT_LOSS entry tells yet. */
  #loss: Loss | null = null;
  /** The AUDIT_LOSS entry that is to be written next; kept until it is, since a failure may have written it. */
  #telling: Draft | null = null;
  #shed = 0;
  #unsigned = 0;
  #cancelSign: (() => void) | null = null;
  #signing = false;
  #closed = false;
  readonly #awaited = new Map<string, Awaiting[]>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  append(draft: Draft): Promise<Fate> {
    if (this.#closed) return Promise.resolve(this.#shedOne(draft.id, 'the record is closed'));
    return new Promise((settle) => {
      this.#queue.push({ draft, since: this.#parts.clock.now(), settle });
      this.#running ??= this.#run().catch((error) => this.#trouble(failureMessage(error)));
    });
  }

  /** Writes what earlier processes left in the spool. Call once, before the first event. */
  async start(): Promise<void> {
    if (this.#parts.spool.adopt() === 0) return;
    this.#spooling = true;
    this.#since = this.#parts.clock.now();
    await this.#drain();
  }

  /** Resolves when everything that was appended before has met its fate and, if it can be, is committed. */
  async flush(): Promise<void> {
    while (this.#running !== null) await this.#running;
    if (this.#spooling || this.#hasLoss) await this.#drain();
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
    if (this.#unsigned > 0) await this.#signQuietly();
    this.#cancelSign?.();
    // The count of what was lost must not be lost with this process.
    const telling = this.#nextTelling();
    if (telling !== null) this.#parts.spool.append([telling], { evenIfFull: true });
    this.#parts.spool.close();
    const error = new Error('the record was closed; the event is in the spool for the next start');
    for (const id of [...this.#awaited.keys()]) this.#give(id, (awaiting) => awaiting.reject(error));
  }

  /** Throws where nothing may be written because this is not the ledger that was signed. */
  demandWritable(): void {
    if (this.#refusal === null) return;
    const { code, message, hint } = this.#refusal;
    throw new UserError({ code, message, ...(hint !== undefined && { hint }) });
  }

  status(): WriterStatus {
    const { spool } = this.#parts;
    const trouble = this.#refusal ?? this.#failure;
    const failing = (trouble !== null && trouble.kind !== 'away') || this.#hasLoss;
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
    if (!this.#closed) this.#probeLater();
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
        if (batchWaitMs > 0 && this.#queue.length < batchMax && !this.#spooling) {
          await new Promise<void>((resolve) => this.#parts.clock.setTimeout(resolve, batchWaitMs));
        }
        // What is still under way may fail and go to the spool: nothing may overtake it there.
        if (this.#spooling || this.#timeLeft(this.#queue[0]!) <= 0) await Promise.all(underWay.splice(0));
        const batch = this.#queue.splice(0, batchMax);
        if (this.#spooling || this.#timeLeft(batch[0]!) <= 0) this.#spoolAll(batch, null);
        else underWay.push(this.#commit(batch));
        if (underWay.length >= 2) await underWay.shift();
        if (this.#queue.length === 0) await Promise.all(underWay.splice(0));
      }
    } finally {
      this.#running = null;
    }
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
      this.#spoolAll(batch, failureMessage(error));
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

  #spoolAll(batch: Queued[], failure: FailureMessage | null): void {
    const { spool, clock } = this.#parts;
    this.#since ??= clock.now();
    if (failure !== null) this.#trouble(failure);
    const { kept, why } = spool.append(batch.map((queued) => queued.draft));
    for (let i = 0; i < kept; i++) {
      const { draft, settle } = batch[i]!;
      settle({ status: 'spooled', id: draft.id, committed: this.#await(draft.id) });
    }
    for (let i = kept; i < batch.length; i++) {
      batch[i]!.settle(this.#shedOne(batch[i]!.draft.id, why ?? 'the spool cannot be written'));
    }
    this.#spooling = true;
    this.#probeLater();
  }

  /** Remembers what is wrong, and tells it once. What follows from a failure is no news. */
  #trouble(failure: FailureMessage): void {
    if (failure.code === AFTER_A_FAILURE && this.#failure !== null) return;
    const isNew = this.#failure?.code !== failure.code;
    this.#failure = failure;
    if (isNew) this.#parts.onTrouble(failure);
  }

  #shedOne(id: string, reason: string): Fate {
    const now = this.#parts.clock.now();
    this.#shed += 1;
    this.#loss = { count: (this.#loss?.count ?? 0) + 1, from: this.#loss?.from ?? now, until: now, reason };
    return { status: 'shed', id, reason };
  }

  get #hasLoss(): boolean {
    return this.#loss !== null || this.#telling !== null;
  }

  /** The AUDIT_LOSS entry to write now, or null. What is shed from here on goes into the one after it. */
  #nextTelling(): Draft | null {
    if (this.#telling === null && this.#loss !== null) {
      const draft = this.#parts.lossDraft(this.#loss);
      this.#telling = { ...draft, mayRepeat: true };
      this.#loss = null;
    }
    return this.#telling;
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
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = null;
    });
    return this.#draining.then((done) => {
      if (!done && !this.#closed) this.#probeLater();
      return done;
    });
  }

  async #drainAll(): Promise<boolean> {
    if (this.#refusal !== null) return false;
    try {
      // Something may be spooled, or shed, while the last of it is being written.
      while (!this.#parts.spool.isEmpty || this.#hasLoss) {
        await this.#drainSpool();
        await this.#tellLoss();
      }
    } catch (error) {
      this.#trouble(failureMessage(error));
      return false;
    }
    this.#spooling = false;
    this.#failure = null;
    this.#since = null;
    this.#probeMs = PROBE_FIRST_MS;
    return true;
  }

  async #drainSpool(): Promise<void> {
    const { spool } = this.#parts;
    let most = DRAIN_BATCH;
    while (!spool.isEmpty) {
      const { drafts, lines, bytes } = spool.read(most);
      try {
        const receipts = drafts.length === 0 ? [] : await this.#write(drafts);
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
        this.#shedOne(drafts[0]!.id, reason);
        this.#give(drafts[0]!.id, (awaiting) => awaiting.reject(refused));
      }
      for (let lost = drafts.length; lost < lines; lost++)
        this.#shedOne('', 'a line of the spool is damaged');
      spool.advance(lines, bytes);
    }
  }

  async #tellLoss(): Promise<void> {
    const telling = this.#nextTelling();
    if (telling === null) return;
    await this.#write([telling]);
    this.#telling = null;
  }

  async #write(drafts: Draft[]): Promise<Receipt[]> {
    // While nothing has failed, what is under way must keep its place before what follows it.
    if (this.#spooling) this.#epoch += 1;
    const receipts = await this.#inTime(this.#parts.turns.run(() => this.#ask(drafts)));
    this.#committed(receipts.length);
    return receipts;
  }

  #committed(count: number): void {
    this.#unsigned += count;
    this.#parts.onCommitted();
    this.#signLater();
    this.#signIfDue();
  }

  #signLater(): void {
    if (this.#closed) return;
    this.#cancelSign ??= this.#parts.clock.setTimeout(
      () => {
        this.#cancelSign = null;
        void this.#signQuietly();
      },
      this.#parts.checkpointWithinMs,
      BACKGROUND,
    );
  }

  /** The thread does one thing after another, so nobody has to wait here: what is written next comes after it. */
  #signIfDue(): void {
    if (this.#signing || this.#unsigned < CHECKPOINT_EVERY) return;
    this.#signing = true;
    void this.#signQuietly().finally(() => {
      this.#signing = false;
    });
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
      } else {
        this.#signLater();
      }
      this.#parts.onTrouble(failure);
      throw error;
    }
  }
}
