import { parentPort, workerData } from 'node:worker_threads';
import type { Database } from '../../config/database.js';
import { Inspection } from '../../ledger/inspect.js';
import { Store } from '../../store/store.js';
import { scanRows } from '../ledgerRows.js';
import { rowToEntry } from '../table.js';

/** What a verifying thread is started with, and what it is asked. */
export interface VerifyThreadData {
  database: Database;
  tenant: string;
}
export interface Range {
  from: number;
  to: number;
}

const data = workerData as VerifyThreadData;
const reads = Store.openReadOnly(data.database);

async function inspectRange({ from, to }: Range) {
  const inspection = new Inspection(data.tenant);
  for await (const rows of scanRows(reads, data.tenant, from, to)) {
    for (const row of rows) inspection.add(rowToEntry(row));
  }
  return inspection.report();
}

parentPort?.on('message', (range: Range) => {
  inspectRange(range).then(
    (report) => parentPort?.postMessage({ range, report }),
    (error: unknown) =>
      parentPort?.postMessage({ range, failed: error instanceof Error ? error.message : String(error) }),
  );
});
