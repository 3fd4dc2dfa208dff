import type { Database } from '../../config/database.js';
import type { Reads } from '../../store/sql.js';
import { type CatchUpOptions, type Growing, IndexGrower } from './grower.js';
import { readState } from './growing.js';
import type { IndexStore, Search } from './indexStore.js';
import { IndexThread } from './indexThread.js';
import { openIndexStore } from './openIndexStore.js';
import { type IndexState, judge, type LedgerStanding, readStanding } from './standing.js';

/** Up to so many entries after the index are looked at directly; more are taken in first. */
const LONGEST_TAIL = 20_000;

/** In the background, more than this is left to a thread of its own. */
const MUCH_AT_ONCE = 500;

export interface AuditIndexSettings {
  database: Database;
  dataDir: string;
  tenant: string;
  /** Told what went wrong with the index. Answers are right without it, only slower. */
  onTrouble?: (error: unknown) => void;
  longestTail?: number;
}

/**
 * A projection of the ledger for searching and counting, which follows behind a watermark and so never slows a
 * write. It holds nothing that the ledger does not hold, may be deleted at any time, and makes itself anew when the
 * ledger under it is another one. Several processes may let it grow; none of them counts an entry twice.
 */
export class AuditIndex implements Growing {
  readonly #store: IndexStore;
  readonly #reads: Reads;
  readonly #tenant: string;
  readonly #onTrouble: (error: unknown) => void;
  readonly #longestTail: number;
  readonly #here: IndexGrower;
  readonly #thread: IndexThread;

  constructor(settings: AuditIndexSettings, reads: Reads) {
    const { database, dataDir, tenant } = settings;
    this.#store = openIndexStore(settings);
    this.#reads = reads;
    this.#tenant = tenant;
    this.#onTrouble = settings.onTrouble ?? (() => {});
    this.#longestTail = settings.longestTail ?? LONGEST_TAIL;
    this.#here = new IndexGrower(this.#store, reads, tenant);
    this.#thread = new IndexThread({ database, dataDir, tenant });
  }

  /** Takes in what the ledger has and the index has not. Resolves to the last entry that is in. */
  async catchUp(options: CatchUpOptions = {}): Promise<number> {
    return (await this.#grower(options)).catchUp(options);
  }

  /** Leaves nothing of what was in it, after an erasure. It grows again in the background. */
  purge(): Promise<void> {
    return this.#here.purge();
  }

  /** Begins anew, and waits until all is in. */
  rebuild(options: CatchUpOptions = {}): Promise<number> {
    return this.#here.rebuild(options);
  }

  /** How far it is, and how far the ledger is. Null where there is no index or no ledger yet. */
  async status(): Promise<{ seq: number; size: number } | null> {
    const { state, ledger } = await this.#standing();
    return state === null || ledger === null ? null : { seq: state.seq, size: ledger.size };
  }

  /**
   * Reads in the index, all at one moment: `state.seq` says up to which entry the answer goes, the rest is to be
   * looked up in the ledger. Null where the index cannot be had.
   */
  async look<T>(work: (tx: Reads, state: IndexState) => Promise<T>): Promise<T | null> {
    try {
      const answer = await this.#store.read(async (tx) => {
        const state = await readState(tx, this.#tenant);
        return state !== null && (await this.#isUsable(state)) ? { is: await work(tx, state) } : null;
      });
      if (answer !== null) return answer.is;
      await this.catchUp();
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
      return await this.#store.readLoosely(async (tx) => {
        const found = await this.#store.search(tx, search);
        // Asked afterwards: no generation comes back, so what was found before is of this one too.
        const state = await readState(tx, this.#tenant);
        return state?.generation === generation ? found : null;
      });
    } catch (error) {
      this.#onTrouble(error);
      return null;
    }
  }

  async close(): Promise<void> {
    await this.#thread.close();
    await this.#store.close();
  }

  /** The thread, once it runs; it is started by what would keep this one busy for long beside other work. */
  async #grower({ isBackground = false, until }: CatchUpOptions): Promise<Growing> {
    if (this.#thread.isRunning) return this.#thread;
    if (!isBackground) return this.#here;
    const { state, ledger } = await this.#standing();
    if (ledger === null) return this.#here;
    const behind = Math.min(until ?? ledger.size, ledger.size) - Math.max(state?.seq ?? 0, ledger.anchor);
    return behind > MUCH_AT_ONCE && this.#thread.start() ? this.#thread : this.#here;
  }

  async #isUsable(state: IndexState): Promise<boolean> {
    const ledger = await readStanding(this.#reads, this.#tenant, state.seq);
    if (ledger === null) return false;
    return judge(state, ledger) === 'sound' && ledger.size - state.seq <= this.#longestTail;
  }

  async #standing(): Promise<{ state: IndexState | null; ledger: LedgerStanding | null }> {
    const state = await this.#store.read((tx) => readState(tx, this.#tenant));
    return { state, ledger: await readStanding(this.#reads, this.#tenant, state?.seq ?? 0) };
  }
}
