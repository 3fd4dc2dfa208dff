import { join } from 'node:path';
import type { Database } from '../../config/database.js';
import type { Reads } from '../../store/sql.js';
import { Turns } from '../../store/turns.js';
import { beginAnew, type GrowingIndex, readState, takeIn } from './growing.js';
import type { IndexStore, Search } from './indexStore.js';
import { PostgresqlIndex } from './postgresqlIndex.js';
import { forgetWords, pruneCounts } from './pruning.js';
import { SqliteIndex } from './sqliteIndex.js';
import { type IndexState, judge, readStanding } from './standing.js';

/** Entries that are taken in at a time: about 10 ms of work. */
const BATCH = { sqlite: 2000, postgresql: 2000 };

/** Up to so many entries after the index are looked at directly; more are taken in first. */
const LONGEST_TAIL = 20_000;

/** After taking in so many, the index is tidied. */
const MUCH = 50_000;

export interface AuditIndexSettings {
  database: Database;
  dataDir: string;
  tenant: string;
  /** Told what went wrong with the index. Answers are right without it, only slower. */
  onTrouble?: (error: unknown) => void;
  longestTail?: number;
}

export interface CatchUpOptions {
  /** Stops at this entry; otherwise at the ledger's newest when it was called. */
  until?: number;
  /** Called after every step: the last entry that is in, and the one it is heading for. */
  onProgress?: (progress: { seq: number; until: number }) => void;
  /** Awaited between two steps; a turn of the event loop by default. */
  pause?: () => Promise<void>;
  signal?: AbortSignal;
}

/**
 * A projection of the ledger for searching and counting, which follows behind a watermark and so never slows a
 * write. It holds nothing that the ledger does not hold, may be deleted at any time, and makes itself anew when the
 * ledger under it is another one. Several processes may let it grow; none of them counts an entry twice.
 */
export class AuditIndex {
  readonly #index: GrowingIndex;
  readonly #store: IndexStore;
  readonly #reads: Reads;
  readonly #tenant: string;
  readonly #onTrouble: (error: unknown) => void;
  readonly #longestTail: number;
  readonly #turns = new Turns();

  constructor(settings: AuditIndexSettings, reads: Reads) {
    const { database, dataDir, tenant } = settings;
    this.#store =
      database.kind === 'sqlite'
        ? new SqliteIndex(join(dataDir, `index-${tenant}.db`), tenant)
        : new PostgresqlIndex(database.url, tenant);
    this.#reads = reads;
    this.#tenant = tenant;
    this.#index = { store: this.#store, reads, tenant };
    this.#onTrouble = settings.onTrouble ?? (() => {});
    this.#longestTail = settings.longestTail ?? LONGEST_TAIL;
  }

  /** Takes in what the ledger has and the index has not. Returns the last entry that is in. */
  async catchUp(options: CatchUpOptions = {}): Promise<number> {
    const { onProgress, signal, pause = nextTurn } = options;
    let goal = options.until;
    let taken = 0;
    let hasForgotten = false;
    for (;;) {
      const step = await this.#turns.run(() => this.#step(goal));
      if (step === null) return 0;
      goal ??= step.size;
      if (step.did === 'grow') {
        taken += step.taken;
        onProgress?.({ seq: step.seq, until: goal });
      }
      hasForgotten ||= step.did === 'forget';
      if (signal?.aborted) return step.seq;
      if (step.did === 'nothing') {
        if (hasForgotten || taken >= MUCH) await this.#store.tidy(pause);
        return step.seq;
      }
      await pause();
    }
  }

  /** Begins anew: after an erasure, so that nothing of the person is left here either. */
  async rebuild(options: CatchUpOptions = {}): Promise<number> {
    await this.#turns.run(async () => {
      for (let isDone = false; !isDone; ) {
        const seen = await this.#state();
        const ledger = await readStanding(this.#reads, this.#tenant, 0);
        if (ledger === null) return;
        isDone = await beginAnew(this.#index, seen, ledger);
      }
    });
    await this.#store.tidy(options.pause ?? nextTurn);
    return this.catchUp(options);
  }

  /** How far it is, and how far the ledger is. Null where there is no index or no ledger yet. */
  async status(): Promise<{ seq: number; size: number } | null> {
    const state = await this.#state();
    const ledger = await readStanding(this.#reads, this.#tenant, state?.seq ?? 0);
    return state === null || ledger === null ? null : { seq: state.seq, size: ledger.size };
  }

  /**
   * Reads in the index, all at one moment: `state.seq` says up to which entry the answer goes, the rest is to be
   * looked up in the ledger. Null where the index cannot be had.
   */
  async look<T>(work: (tx: Reads, state: IndexState) => Promise<T>): Promise<T | null> {
    try {
      if (!(await this.#isUsable())) await this.catchUp();
      return await this.#store.read(async (tx) => {
        const state = await readState(tx, this.#tenant);
        return state === null ? null : work(tx, state);
      });
    } catch (error) {
      this.#onTrouble(error);
      return null;
    }
  }

  /** Candidates for what is sought. Null where the index has begun anew since `generation`, or cannot be had. */
  async search(generation: number, search: Search): Promise<number[] | null> {
    try {
      return await this.#store.read(async (tx) => {
        const state = await readState(tx, this.#tenant);
        return state?.generation === generation ? this.#store.search(tx, search) : null;
      });
    } catch (error) {
      this.#onTrouble(error);
      return null;
    }
  }

  async close(): Promise<void> {
    await this.#turns.run(() => this.#store.close());
  }

  #state(): Promise<IndexState | null> {
    return this.#store.read((tx) => readState(tx, this.#tenant));
  }

  async #isUsable(): Promise<boolean> {
    const state = await this.#state();
    const ledger = await readStanding(this.#reads, this.#tenant, state?.seq ?? 0);
    if (ledger === null || state === null) return false;
    return judge(state, ledger) === 'sound' && ledger.size - state.seq <= this.#longestTail;
  }

  /** One step towards `goal`, or towards the ledger's newest entry. Null where there is no ledger. */
  async #step(goal: number | undefined): Promise<Step | null> {
    const index = this.#index;
    const seen = await this.#state();
    const ledger = await readStanding(this.#reads, this.#tenant, seen?.seq ?? 0);
    if (ledger === null) return null;
    const { size, anchor } = ledger;
    const step = { seq: seen?.seq ?? 0, size, taken: 0 };
    const verdict = seen === null ? 'anew' : judge(seen, ledger);
    if (seen === null || verdict === 'anew') {
      await beginAnew(index, seen, ledger);
      return { ...step, did: 'repair' };
    }
    if (verdict === 'prune') {
      const outcome = await pruneCounts(index, seen, anchor);
      if (outcome === 'anew') await beginAnew(index, seen, ledger);
      return { ...step, did: 'repair' };
    }
    const until = Math.min(goal ?? size, size);
    if (seen.seq < until) {
      const grown = await takeIn(index, seen, until, BATCH[this.#reads.dialect]);
      if (grown === null) return { ...step, did: 'repair' };
      // Rows that are missing can never be taken in.
      if (grown.count > 0) return { seq: grown.seq, size, taken: grown.count, did: 'grow' };
    }
    if (seen.forgotten < seen.anchor) {
      await forgetWords(index, seen);
      return { ...step, did: 'forget' };
    }
    return { ...step, did: 'nothing' };
  }
}

interface Step {
  /** The last entry that is in. */
  seq: number;
  /** The ledger's newest. */
  size: number;
  taken: number;
  did: 'grow' | 'repair' | 'forget' | 'nothing';
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
