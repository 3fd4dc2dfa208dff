import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Database } from '../../config/database.js';
import type { ChunkReport } from '../../ledger/verify.js';
import { workerUrl } from '../../store/workerUrl.js';
import type { Range, VerifyThreadData } from './thread.js';

type Answer = { range: Range; report: ChunkReport } | { range: Range; failed: string };

/** How many entries a thread takes at a time, and how many such pieces wait for each thread. */
const PIECE = 4096;
const AHEAD = 3;

/**
 * Inspects entries `from` … `to` on all cores and hands on the reports in order. Hashing is what verification costs,
 * and it needs nobody's order; only the tree does.
 */
export async function* inspectInThreads(
  database: Database,
  tenant: string,
  from: number,
  to: number,
): AsyncGenerator<ChunkReport> {
  const workerData: VerifyThreadData = { database, tenant };
  const threads = Array.from(
    { length: Math.min(4, availableParallelism()) },
    () =>
      new Worker(workerUrl(import.meta.url, './thread.js'), {
        workerData,
        // What a thread makes is soon forgotten; without a bound its young generation grows to tens of megabytes.
        resourceLimits: { maxYoungGenerationSizeMb: 8 },
      }),
  );
  const done = new Map<number, ChunkReport>();
  let failure: Error | null = null;
  let wake = (): void => {};
  let asked = from;
  const ask = (thread: Worker): void => {
    if (asked > to) return;
    thread.postMessage({ from: asked, to: Math.min(asked + PIECE - 1, to) } satisfies Range);
    asked += PIECE;
  };
  for (const thread of threads) {
    thread.on('message', (answer: Answer) => {
      if ('failed' in answer) failure ??= new Error(answer.failed);
      else done.set(answer.range.from, answer.report);
      wake();
    });
    thread.on('error', (error) => {
      failure ??= error;
      wake();
    });
    for (let i = 0; i < AHEAD; i++) ask(thread);
  }
  try {
    let turn = 0;
    for (let next = from; next <= to; next += PIECE) {
      let report = done.get(next);
      while (report === undefined) {
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        report = done.get(next);
      }
      done.delete(next);
      yield report;
      ask(threads[turn++ % threads.length]!);
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
