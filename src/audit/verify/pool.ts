import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Database } from '../../config/database.js';
import type { ChunkReport } from '../../ledger/verify.js';
import { workerUrl } from '../../store/workerUrl.js';
import type { Piece } from './pieces.js';
import type { PieceAnswer, PieceRequest, VerifyThreadData } from './thread.js';

/** How many pieces a thread has at a time: the one it is at, and those that keep it busy until it is given more. */
const AHEAD = 3;
/** How far, in pieces, the fastest thread may be ahead of the slowest. */
const WINDOW = 16;

/**
 * Inspects pieces of a ledger on all cores and hands on the reports in order. Hashing is what verification costs,
 * and it needs nobody's order; only the tree does.
 */
export async function* inspectInThreads(
  database: Database,
  tenant: string,
  pieces: AsyncGenerator<Piece, void>,
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
  const reports = new Map<number, ChunkReport>();
  const free = Array.from({ length: AHEAD }, () => threads).flat();
  let failure: Error | null = null;
  let wake = (): void => {};
  for (const thread of threads) {
    thread.on('message', (answer: PieceAnswer) => {
      if ('failed' in answer) failure ??= new Error(answer.failed);
      else reports.set(answer.number, answer.report);
      free.push(thread);
      wake();
    });
    thread.on('error', (error) => {
      failure ??= error;
      wake();
    });
  }
  let asked = 0;
  let isAllAsked = false;
  const ask = async (until: number): Promise<void> => {
    while (!isAllAsked && asked < until && free.length > 0) {
      const { value: piece, done } = await pieces.next();
      if (done) isAllAsked = true;
      else free.shift()!.postMessage({ number: asked++, piece } satisfies PieceRequest);
    }
  };
  try {
    for (let next = 0; ; next++) {
      for (;;) {
        await ask(next + WINDOW);
        if (failure !== null) throw failure;
        if (reports.has(next)) break;
        if (isAllAsked && next === asked) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      yield reports.get(next)!;
      reports.delete(next);
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
