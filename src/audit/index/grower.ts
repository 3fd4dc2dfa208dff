import { setTimeout as wait } from 'node:timers/promises';
import type { Reads } from '../../store/sql.js';
import { Turns } from '../../store/turns.js';
import { beginAnew, type GrowingIndex, readState, takeIn } from './growing.js';
import type { IndexStore } from './indexStore.js';
import { forgetWords, pruneCounts } from './pruning.js';
import { type IndexState, judge, readStanding } from './standing.js';

/** Entries that are taken in at a time. */
export const BATCH = 2000;
/** The same beside other work: some 10 ms of it. */
const SMALL_BATCH = 500;

/** After taking in so many, the index is tidied. */
const MUCH = 50_000;

export interface CatchUpOptions {
  /** Stops at this entry; otherwise at the ledger's newest when it was called. */
  until?: number;
  /** Called when some were taken in: the last entry that is in, and the one it is heading for. */
  onProgress?: (progress: IndexProgress) => void;
  /** Works in small steps, and rests as long as it works: others are in more of a hurry. */
  isBackground?: boolean;
  signal?: AbortSignal;
}

export interface IndexProgress {
  seq: number;
  until: number;
}

/** What lets an index grow, in this thread or in another. */
export interface Growing {
  /** Takes in what the ledger has and the index has not. Resolves to the last entry that is in. */
  catchUp(options?: CatchUpOptions): Promise<number>;
}

export class IndexGrower implements Growing {
  readonly #index: GrowingIndex;
  readonly #store: IndexStore;
  readonly #reads: Reads;
  readonly #tenant: string;
  readonly #backgroundBatch: number;
  readonly #turns = new Turns();

  constructor(store: IndexStore, reads: Reads, tenant: string, backgroundBatch = SMALL_BATCH) {
    this.#backgroundBatch = backgroundBatch;
    this.#store = store;
    this.#reads = reads;
    this.#tenant = tenant;
    this.#index = { store, reads, tenant };
  }

  async catchUp(options: CatchUpOptions = {}): Promise<number> {
    const { onProgress, signal, isBackground = false } = options;
    let goal = options.until;
    let taken = 0;
    let hasForgotten = false;
    for (;;) {
      const begun = performance.now();
      const step = await this.#turns.run(() =>
        this.#step(goal, isBackground ? this.#backgroundBatch : BATCH),
      );
      if (step === null) return 0;
      goal ??= step.size;
      if (step.did === 'grow') {
        taken += step.taken;
        onProgress?.({ seq: step.seq, until: goal });
      }
      hasForgotten ||= step.did === 'forget';
      if (signal?.aborted) return step.seq;
      if (step.did === 'nothing') {
        if (hasForgotten || taken >= MUCH) await this.#store.tidy(() => rest(isBackground ? 10 : 0, signal));
        return step.seq;
      }
      await rest(isBackground ? performance.now() - begun : 0, signal);
    }
  }

  async rebuild(options: CatchUpOptions = {}): Promise<number> {
    await this.#empty();
    await this.#store.tidy(() => rest(0));
    return this.catchUp(options);
  }

  /** Empties it, so that nothing is left of what was ever in it. It grows again when it is next needed. */
  async purge(): Promise<void> {
    await this.#empty();
    await this.#turns.run(() => this.#store.purge());
  }

  #empty(): Promise<void> {
    return this.#turns.run(async () => {
      for (let isDone = false; !isDone; ) {
        const ledger = await readStanding(this.#reads, this.#tenant, 0);
        if (ledger === null) return;
        isDone = await beginAnew(this.#index, await this.#state(), ledger);
      }
    });
  }

  #state(): Promise<IndexState | null> {
    return this.#store.read((tx) => readState(tx, this.#tenant));
  }

  /** One step towards `goal`, or towards the ledger's newest entry. Null where there is no ledger. */
  async #step(goal: number | undefined, batch: number): Promise<Step | null> {
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
      const grown = await takeIn(index, seen, until, batch);
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

/** Lets others go first for a while; not at all longer once it is to stop. */
async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms < 1 || signal?.aborted) {
    await new Promise((resolve) => setImmediate(resolve));
    return;
  }
  // What rests works in the background, and keeps no process alive.
  await wait(ms, undefined, { ref: false, ...(signal && { signal }) }).catch(() => {});
}
