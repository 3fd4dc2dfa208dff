import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openConnection } from '../../store/connection.js';
import { openReadOnly } from '../../store/readOnly.js';
import type { Connection } from '../../store/sql.js';
import { Clearing } from './clearing.js';
import { examine } from './examination.js';
import type { HandsData, HandsJob, HandsResponse } from './hands.js';

const { database, tenant, isGentle } = workerData as HandsData;

// On Linux this is the priority of the thread alone; elsewhere it would be that of the whole bot.
if (isGentle && process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

const reads = openReadOnly(database);

let connection: Connection | undefined;
let clearing: Clearing | undefined;
const clearer = (): Clearing => {
  connection ??= openConnection(database, 10_000);
  clearing ??= new Clearing(connection, tenant);
  return clearing;
};

async function answer(job: HandsJob): Promise<unknown> {
  switch (job.kind) {
    case 'examine':
      return examine(reads, job.request);
    case 'deleteRows':
      return clearer().deleteRows(job.ms);
    case 'giveBack':
      return clearer().giveBack(job.ms);
    case 'close':
      await connection?.close();
      await reads.close();
      return null;
  }
}

parentPort?.on('message', (job: HandsJob) => {
  answer(job).then(
    (value) => parentPort?.postMessage({ ok: true, value } satisfies HandsResponse),
    (error: unknown) => {
      const { message, code } = error as { message?: string; code?: string };
      parentPort?.postMessage({ ok: false, message: message ?? String(error), code } satisfies HandsResponse);
    },
  );
});
