import { parentPort, workerData } from 'node:worker_threads';
import type { Database } from '../../config/database.js';
import type { ChunkReport } from '../../ledger/verify.js';
import { openReadOnly } from '../../store/readOnly.js';
import { inspectPiece, type Piece } from './pieces.js';

/** What a verifying thread is started with, what it is asked, and what it answers. */
export interface VerifyThreadData {
  database: Database;
  tenant: string;
}
export interface PieceRequest {
  number: number;
  piece: Piece;
}
export type PieceAnswer = { number: number; report: ChunkReport } | { number: number; failed: string };

const { database, tenant } = workerData as VerifyThreadData;
const reads = openReadOnly(database);

const answer = (message: PieceAnswer, moved: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, moved);

parentPort?.on('message', ({ number, piece }: PieceRequest) => {
  inspectPiece(reads, tenant, piece).then(
    (report) => answer({ number, report }, [report.leaves.buffer as ArrayBuffer]),
    (error: unknown) => answer({ number, failed: error instanceof Error ? error.message : String(error) }),
  );
});
