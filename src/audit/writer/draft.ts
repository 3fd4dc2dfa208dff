import { randomBytes } from 'node:crypto';
import {
  ACTOR_FIELDS,
  type ActorPart,
  type PublicDraft,
  REST_FIELDS,
  type RestPart,
} from '../../ledger/entry.js';
import { actorText, commit, leafHash, publicTextAround, restText, SALT_BYTES } from '../../ledger/seal.js';
import type { SqlValue } from '../../store/sql.js';
import { AT, AUDIT_COLUMNS, type AuditRow } from '../table.js';

/**
 * An event with everything decided but its place in the ledger: text cleaned, secrets gone, commitments made.
 * It is plain data, so that it can cross to the writing thread and lie in the spool as it is. `row` is in the
 * order of AUDIT_COLUMNS with salts as hex; `seq` and `leaf` are filled in under the ledger's lock.
 */
export interface Draft {
  id: string;
  row: (string | number | null)[];
  /** The canonical public text before and after the sequence number. */
  textBefore: string;
  textAfter: string;
  /** The event may be in the ledger already: its id was given by the caller, or it was tried before. */
  mayRepeat: boolean;
}

/** What of the public part is known before the number and the commitments are. */
const OPEN_FIELDS = [
  'action',
  'actorType',
  'at',
  'category',
  'channel',
  'entityType',
  'id',
  'outcome',
  'tenant',
  'v',
  'verb',
] as const satisfies readonly (keyof PublicDraft)[];

/** Randomness is fetched for many salts at once: a system call for each would be a tenth of all the work. */
const POOL_BYTES = SALT_BYTES * 512;
let pool = Buffer.alloc(0);
let used = 0;

function freshSalt(): Buffer {
  if (used + SALT_BYTES > pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  used += SALT_BYTES;
  return pool.subarray(used - SALT_BYTES, used);
}

export function makeDraft(open: PublicDraft, actor: ActorPart, rest: RestPart, mayRepeat = false): Draft {
  const actorSalt = freshSalt();
  const restSalt = freshSalt();
  const actorCommitment = commit(actorSalt, actorText(actor));
  const restCommitment = commit(restSalt, restText(rest));
  const around = publicTextAround(open, actorCommitment, restCommitment);
  const row: Draft['row'] = new Array(AUDIT_COLUMNS.length).fill(null);
  for (const field of OPEN_FIELDS) row[AT[field]] = open[field];
  row[AT.actorCommitment] = actorCommitment;
  row[AT.restCommitment] = restCommitment;
  for (const field of ACTOR_FIELDS) row[AT[field]] = actor[field] ?? null;
  for (const field of REST_FIELDS) row[AT[field]] = rest[field] ?? null;
  row[AT.actorSalt] = actorSalt.toString('hex');
  row[AT.restSalt] = restSalt.toString('hex');
  return { id: open.id, row, textBefore: around.before, textAfter: around.after, mayRepeat };
}

/** The row to store once the number is known. Uses the draft up: its row becomes the stored one. */
export function placeDraft(draft: Draft, seq: number): AuditRow {
  const row = draft.row as SqlValue[];
  row[AT.seq] = seq;
  row[AT.leaf] = leafHash(`${draft.textBefore}${seq}${draft.textAfter}`);
  row[AT.actorSalt] = Buffer.from(draft.row[AT.actorSalt] as string, 'hex');
  row[AT.restSalt] = Buffer.from(draft.row[AT.restSalt] as string, 'hex');
  return row;
}

/** A draft back from a spool line; null where the line is not one. */
export function draftFromJson(value: unknown): Draft | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id, row, textBefore, textAfter } = value as Draft;
  const whole =
    typeof id === 'string' &&
    Array.isArray(row) &&
    row.length === AUDIT_COLUMNS.length &&
    row[AT.id] === id &&
    typeof textBefore === 'string' &&
    typeof textAfter === 'string';
  return whole ? { id, row, textBefore, textAfter, mayRepeat: true } : null;
}
