import { parentPort, workerData } from 'node:worker_threads';
import { codeOf } from '../../store/failure.js';
import { openReadOnly } from '../../store/readOnly.js';
import { BATCH, IndexGrower } from './grower.js';
import type { FromIndexThread, IndexThreadData, ToIndexThread } from './indexThread.js';
import { openIndexStore } from './openIndexStore.js';

/** The thread in which the index grows: reads the ledger, writes the index, and decides nothing. */
const data = workerData as IndexThreadData;
const port = parentPort;
if (port === null) throw new Error('thread.js is started by the index, not by hand');

const reads = openReadOnly(data.database);
const store = openIndexStore(data);
const grower = new IndexGrower(store, reads, data.tenant, BATCH);
const running = new Map<number, { stop: AbortController; ended: Promise<void> }>();

const tell = (message: FromIndexThread): void => port.postMessage(message);

async function run(number: number, until: number | undefined, isBackground: boolean, signal: AbortSignal) {
  try {
    const seq = await grower.catchUp({
      ...(until !== undefined && { until }),
      isBackground,
      signal,
      onProgress: (progress) => tell({ kind: 'progress', number, progress }),
    });
    tell({ kind: 'done', number, seq });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: 'failed', number, message, code: codeOf(error) || undefined });
  } finally {
    running.delete(number);
  }
}

async function close(): Promise<void> {
  for (const { stop } of running.values()) stop.abort();
  await Promise.all([...running.values()].map(({ ended }) => ended));
  await store.close();
  await reads.close();
  port?.close();
}

port.on('message', (message: ToIndexThread) => {
  if (message.kind === 'close') void close();
  else if (message.kind === 'stop') running.get(message.number)?.stop.abort();
  else {
    const stop = new AbortController();
    const ended = run(message.number, message.until, message.isBackground, stop.signal);
    running.set(message.number, { stop, ended });
  }
});
