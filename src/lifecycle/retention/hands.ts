import { Worker } from 'node:worker_threads';
import type { Database } from '../../config/database.js';
import { workerUrl } from '../../store/workerUrl.js';
import type { Cleared } from './clearing.js';
import type { Examination, ExaminationRequest } from './examination.js';

export interface HandsData {
  database: Database;
  tenant: string;
  /** Leaves the processor to others where they want it. Not for work that holds a lock: they would wait for it. */
  isGentle: boolean;
}

/** The heavy work of retention. */
export type HandsJob =
  | { kind: 'examine'; request: ExaminationRequest }
  | { kind: 'deleteRows'; ms: number }
  | { kind: 'giveBack'; ms: number }
  | { kind: 'close' };

export interface HandsAnswers {
  examine: Examination;
  deleteRows: Cleared;
  giveBack: Cleared;
  close: null;
}

export type HandsResponse =
  | { ok: true; value: unknown }
  | { ok: false; message: string; code: string | undefined };

/**
 * The thread that examines, packs and deletes. All of it is work of the processor or of SQLite's synchronous driver:
 * in the bot's own thread every message would wait for it. One job at a time.
 */
export class Hands {
  readonly #worker: Worker;
  #last: Promise<unknown> = Promise.resolve();
  #gone: Error | null = null;

  constructor(data: HandsData) {
    this.#worker = new Worker(workerUrl(import.meta.url, './thread.js'), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('error', (error) => {
      this.#gone = error;
    });
    this.#worker.on('exit', () => {
      this.#gone ??= new Error('the thread of retention has ended');
    });
  }

  ask<K extends HandsJob['kind']>(job: Extract<HandsJob, { kind: K }>): Promise<HandsAnswers[K]> {
    const mine = this.#last.then(() => this.#ask(job));
    this.#last = mine.catch(() => {});
    return mine as Promise<HandsAnswers[K]>;
  }

  async close(): Promise<void> {
    await this.ask({ kind: 'close' }).catch(() => {});
    await this.#worker.terminate();
  }

  #ask(job: HandsJob): Promise<unknown> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      const settle = (work: () => void): void => {
        this.#worker.off('message', onMessage);
        this.#worker.off('error', onError);
        this.#worker.off('exit', onExit);
        work();
      };
      const onError = (error: Error): void => settle(() => reject(error));
      const onExit = (): void => settle(() => reject(new Error('the thread of retention has ended')));
      const onMessage = (answer: HandsResponse): void =>
        settle(() => {
          if (answer.ok) resolve(answer.value);
          else reject(Object.assign(new Error(answer.message), { code: answer.code }));
        });
      this.#worker.on('message', onMessage);
      this.#worker.on('error', onError);
      this.#worker.on('exit', onExit);
      this.#worker.postMessage(job);
    });
  }
}
