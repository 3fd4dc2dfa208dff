import { parentPort, workerData } from 'node:worker_threads';
import { loadSigningKey } from '../../signing/key.js';
import { Signer } from '../../signing/signer.js';
import { openConnection } from '../../store/connection.js';
import { LedgerRows } from '../ledgerRows.js';
import { Commits, type Receipt } from './commit.js';
import type { Draft } from './draft.js';
import {
  AFTER_A_FAILURE,
  failureMessage,
  type Request,
  type Response,
  type ThreadData,
  WriteFailure,
} from './protocol.js';

/**
 * The writing thread: it hashes, inserts and signs, one job after another, so that neither a busy disk nor a
 * lock held by another process ever stops the bot's event loop. It decides nothing; the writer does.
 */
const data = workerData as ThreadData;
const port = parentPort;
if (port === null) throw new Error('thread.js is started by the writer, not by hand');

const connection = openConnection(data.target, data.lockWaitMs);
const key = loadSigningKey(data.dataDir, data.configuredKey);
if (key === null) throw new Error('the signing key has gone from the data directory');
const signer = new Signer(
  {
    dataDir: data.dataDir,
    tenant: data.ledger.tenant,
    origin: data.origin,
    keys: [{ privateKey: key.privateKey, verifierKey: key.verifierKey(data.origin) }],
  },
  new LedgerRows(connection, data.ledger.tenant),
);

const commits = new Commits(connection, data.ledger);
let failedEpoch = -1;

async function commit(drafts: Draft[], epoch: number): Promise<Receipt[]> {
  if (epoch <= failedEpoch) {
    const message = 'a batch before this one was not written';
    throw new WriteFailure({ kind: 'away', code: AFTER_A_FAILURE, message, hint: undefined });
  }
  try {
    return await commits.commit(drafts);
  } catch (error) {
    failedEpoch = epoch;
    throw error;
  }
}

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'commit':
      return commit(request.drafts, request.epoch);
    case 'sign':
      return signer.sign({ again: request.again });
    case 'signAt':
      return signer.signAt(request.size);
    case 'compare':
      await signer.checkContinuity();
      return null;
    case 'close':
      await connection.close();
      return null;
  }
}

let last: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  last = last.then(async () => {
    let response: Response;
    try {
      response = { number: request.number, ok: true, value: await answer(request) };
    } catch (error) {
      response = { number: request.number, ok: false, error: failureMessage(error) };
    }
    port.postMessage(response);
    if (request.kind === 'close') port.close();
  });
});
