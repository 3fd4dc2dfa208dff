import type { Database } from '../../config/database.js';
import { UserError } from '../../config/userError.js';
import type { KeptCheckpoint } from '../../signing/signer.js';
import { LedgerMismatch } from '../../signing/signer.js';
import { type FailureKind, failureKind } from '../../store/failure.js';
import { ID_TAKEN, type LedgerIdentity, type Receipt } from './commit.js';
import type { Draft } from './draft.js';

/** What the writing thread is told when it starts. */
export interface ThreadData {
  target: Database;
  ledger: LedgerIdentity;
  dataDir: string;
  origin: string;
  /** REEVE_SIGNING_KEY, when the key does not lie in the data directory. */
  configuredKey: string | undefined;
  lockWaitMs: number;
}

export type Job =
  /**
   * Batches are sent ahead of each other's answers. When one fails, those of the same epoch that follow it are not
   * tried, or they would overtake it: it is in the spool by then, and comes back in a later epoch.
   */
  | { kind: 'commit'; drafts: Draft[]; epoch: number }
  | { kind: 'sign'; again: boolean }
  /** A checkpoint of exactly this size. */
  | { kind: 'signAt'; size: number }
  /** Is this the ledger that was signed? Fails as a mismatch where it is not. */
  | { kind: 'compare' }
  | { kind: 'close' };

export type Answers = {
  commit: Receipt[];
  sign: KeptCheckpoint;
  signAt: KeptCheckpoint;
  compare: null;
  close: null;
};

export type Request = Job & { number: number };

export type Response = { number: number } & (
  | { ok: true; value: unknown }
  | { ok: false; error: FailureMessage }
);

/** The code of a batch that was not tried, since one before it had failed. */
export const AFTER_A_FAILURE = 'AFTER_A_FAILURE';

/** An error that has crossed from the thread: what it means, and its words where a person is to read them. */
export interface FailureMessage {
  kind: FailureKind | 'mismatch';
  code: string;
  message: string;
  hint: string | undefined;
}

export class WriteFailure extends Error {
  override readonly name = 'WriteFailure';
  readonly kind: FailureMessage['kind'];
  readonly code: string;
  readonly hint: string | undefined;

  constructor(failure: FailureMessage) {
    super(failure.message);
    this.kind = failure.kind;
    this.code = failure.code;
    this.hint = failure.hint;
  }
}

export function failureMessage(error: unknown): FailureMessage {
  if (error instanceof WriteFailure) {
    return { kind: error.kind, code: error.code, message: error.message, hint: error.hint };
  }
  if (error instanceof UserError) {
    const kind = error instanceof LedgerMismatch ? 'mismatch' : error.code === ID_TAKEN ? 'value' : 'other';
    return { kind, code: error.code, message: error.message, hint: error.hint };
  }
  const code = (error as { code?: unknown } | null)?.code;
  const text = (error as { message?: unknown } | null)?.message;
  // Where a host has several addresses and none answers, Node leaves the message empty.
  const message = typeof text === 'string' && text !== '' ? text : String(code ?? error);
  return {
    kind: failureKind(error),
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message,
    hint: undefined,
  };
}
