import { Worker } from 'node:worker_threads';
import { workerUrl } from '../../store/workerUrl.js';
import {
  type Answers,
  type Job,
  type Request,
  type Response,
  type ThreadData,
  WriteFailure,
} from './protocol.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The main thread's end of the writing thread. A thread that died takes its open jobs with it (they fail as
 * "away", since whether they were done is unknown) and is started again by the next job.
 */
export class LedgerThread {
  readonly #data: ThreadData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #number = 0;

  constructor(data: ThreadData) {
    this.#data = data;
  }

  ask<K extends Job['kind']>(job: Extract<Job, { kind: K }>): Promise<Answers[K]> {
    const worker = this.#running();
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as (value: unknown) => void, reject });
      worker.ref();
      worker.postMessage({ ...job, number } satisfies Request);
    });
  }

  /** Ends the thread after what it is doing. */
  async close(graceMs = 5000): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([this.ask({ kind: 'close' }).catch(() => {}), late]);
    clearTimeout(timer);
    await worker.terminate();
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(workerUrl(import.meta.url, './thread.js'), { workerData: this.#data });
    worker.unref();
    worker.on('message', (response: Response) => this.#settle(response));
    worker.on('error', (error) => this.#gone(worker, error));
    worker.on('exit', () => this.#gone(worker, new Error('the writing thread has ended')));
    this.#worker = worker;
    return worker;
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.number);
    if (waiting === undefined) return;
    this.#waiting.delete(response.number);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (response.ok) waiting.resolve(response.value);
    else waiting.reject(new WriteFailure(response.error));
  }

  #gone(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    const failure = new WriteFailure({
      kind: 'away',
      code: (error as NodeJS.ErrnoException).code ?? 'THREAD_ENDED',
      message: error.message,
      hint: undefined,
    });
    for (const waiting of lost) waiting.reject(failure);
  }
}
