import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Database } from '../../config/database.js';
import { workerUrl } from '../../store/workerUrl.js';
import type { CatchUpOptions, Growing, IndexProgress } from './grower.js';

/** What the thread is told when it starts. */
export interface IndexThreadData {
  database: Database;
  dataDir: string;
  tenant: string;
}

export type ToIndexThread =
  | { kind: 'catchUp'; number: number; until: number | undefined; isBackground: boolean }
  | { kind: 'stop'; number: number }
  | { kind: 'close' };

export type FromIndexThread =
  | { kind: 'progress'; number: number; progress: IndexProgress }
  | { kind: 'done'; number: number; seq: number }
  | { kind: 'failed'; number: number; message: string; code: string | undefined };

interface Job {
  resolve(seq: number): void;
  reject(error: Error): void;
  onProgress: CatchUpOptions['onProgress'];
}

/** How long a step may take before the thread is ended without it. */
const GRACE_MS = 5000;

/**
 * A thread of its own for letting the index grow, with connections of its own: what is much work must not hold up
 * the bot. Nothing is lost if it dies, since every step is a transaction.
 */
export class IndexThread implements Growing {
  readonly #data: IndexThreadData;
  readonly #jobs = new Map<number, Job>();
  #worker: Worker | undefined;
  #number = 0;
  #hasFailed = false;

  constructor(data: IndexThreadData) {
    this.#data = data;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** False where it cannot be had. */
  start(): boolean {
    if (this.#worker !== undefined) return true;
    if (this.#hasFailed) return false;
    const url = workerUrl(import.meta.url, './thread.js');
    if (!existsSync(fileURLToPath(url))) return false;
    const worker = new Worker(url, { workerData: this.#data });
    worker.unref();
    worker.on('message', (message: FromIndexThread) => this.#hear(message));
    worker.on('error', (error) => {
      this.#hasFailed = true;
      this.#gone(worker, error);
    });
    worker.on('exit', () => this.#gone(worker, new Error('the thread of the index has ended')));
    this.#worker = worker;
    return true;
  }

  catchUp({ until, onProgress, isBackground = false, signal }: CatchUpOptions = {}): Promise<number> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new Error('the thread of the index has ended'));
    const number = ++this.#number;
    const stop = () => {
      // Whoever stops it waits until it has stopped; a process that ended before would never hear of it.
      worker.ref();
      worker.postMessage({ kind: 'stop', number } satisfies ToIndexThread);
    };
    const done = new Promise<number>((resolve, reject) => {
      this.#jobs.set(number, { resolve, reject, onProgress });
      // Whoever waits for an answer keeps the process alive; work in the background does not.
      if (!isBackground) worker.ref();
      worker.postMessage({ kind: 'catchUp', number, until, isBackground } satisfies ToIndexThread);
      if (signal?.aborted) stop();
      signal?.addEventListener('abort', stop);
    });
    return done.finally(() => signal?.removeEventListener('abort', stop));
  }

  /** Ends the thread after the step it is at. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
    });
    worker.postMessage({ kind: 'close' } satisfies ToIndexThread);
    const timer = setTimeout(() => void worker.terminate(), GRACE_MS);
    await ended;
    clearTimeout(timer);
  }

  #hear(message: FromIndexThread): void {
    const job = this.#jobs.get(message.number);
    if (job === undefined) return;
    if (message.kind === 'progress') {
      job.onProgress?.(message.progress);
      return;
    }
    this.#jobs.delete(message.number);
    if (this.#jobs.size === 0) this.#worker?.unref();
    if (message.kind === 'done') job.resolve(message.seq);
    else job.reject(Object.assign(new Error(message.message), { code: message.code }));
  }

  #gone(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) job.reject(error);
  }
}
