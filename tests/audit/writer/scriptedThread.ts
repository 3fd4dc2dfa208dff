import type { Receipt } from '../../../src/audit/writer/commit.js';
import type { Draft } from '../../../src/audit/writer/draft.js';
import {
  AFTER_A_FAILURE,
  type FailureMessage,
  type Job,
  WriteFailure,
} from '../../../src/audit/writer/protocol.js';
import type { WriterParts } from '../../../src/audit/writer/writer.js';

/** What the thread does with the next batches. */
type Mood = 'well' | 'silent' | FailureMessage;

export const AWAY: FailureMessage = { kind: 'away', code: 'AWAY', message: 'it is away', hint: undefined };
const BAD_VALUE: FailureMessage = {
  kind: 'value',
  code: 'VALUE',
  message: 'bad value',
  hint: undefined,
};
export const MISMATCH: FailureMessage = {
  kind: 'mismatch',
  code: 'LEDGER_SHRUNK',
  message: 'smaller than what was signed',
  hint: 'reeve recover',
};

/**
 * Stands where the writing thread stands, with a ledger that is a list: jobs are done one after another, by the
 * thread's own rules, and a test says when they fail or hang.
 */
export class ScriptedThread {
  readonly written: string[] = [];
  readonly batches: number[] = [];
  mood: Mood = 'well';
  signMood: Mood = 'well';
  /** The ids of events that it will never take. */
  readonly poison = new Set<string>();
  signed = 0;
  #failedEpoch = -1;
  #last: Promise<unknown> = Promise.resolve();
  #release: (() => void)[] = [];

  ask = ((job: Job): Promise<unknown> => {
    const mine = this.#last.then(() => this.#do(job));
    this.#last = mine.catch(() => {});
    return mine;
  }) as WriterParts['thread']['ask'];

  /** As a thread that was started anew, with the same ledger. */
  restart(): void {
    this.#failedEpoch = -1;
    this.release();
  }

  /** Lets one that hangs go on; the next ones hang as well. */
  releaseOne(): void {
    this.#release.shift()?.();
  }

  /** Lets go on what hangs. */
  release(): void {
    this.mood = 'well';
    this.signMood = 'well';
    for (const release of this.#release.splice(0)) release();
  }

  async #do(job: Job): Promise<unknown> {
    if (job.kind === 'commit') return this.#commit(job.drafts, job.epoch);
    if (job.kind === 'sign') {
      await this.#behave(this.signMood);
      this.signed = this.written.length;
      return { size: this.signed, edge: [], note: '' };
    }
    return null;
  }

  async #commit(drafts: Draft[], epoch: number): Promise<Receipt[]> {
    if (epoch <= this.#failedEpoch) throw new WriteFailure({ ...AWAY, code: AFTER_A_FAILURE });
    try {
      await this.#behave(this.mood);
      if (drafts.some((draft) => this.poison.has(draft.id))) throw new WriteFailure(BAD_VALUE);
    } catch (error) {
      this.#failedEpoch = epoch;
      throw error;
    }
    this.batches.push(drafts.length);
    return drafts.map(({ id }) => {
      if (!this.written.includes(id)) this.written.push(id);
      return { seq: this.written.indexOf(id) + 1, id };
    });
  }

  async #behave(mood: Mood): Promise<void> {
    if (mood === 'silent') await new Promise<void>((resolve) => this.#release.push(resolve));
    else if (mood !== 'well') throw new WriteFailure(mood);
  }
}
