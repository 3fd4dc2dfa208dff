import { randomUUID } from 'node:crypto';
import { marks, type Reads, type Writes } from '../../store/sql.js';
import type { Left } from './holder.js';
import { type Subject, subjectFromText, subjectText } from './subject.js';

/** What is known of an erasure under way beside whom it is about; whoever finishes it after a kill goes on from this. */
export interface ErasureState {
  /** By which way it was ordered, by which person of the table and in which role; null for a host's or operator's own. */
  orderedBy: { channel: string; id: string | null; role: string | null };
  /** The numbers of the SUBJECT_ERASED entries so far. */
  cases: number[];
  /** Those of them whose parts are empty. */
  emptied: number[];
  /** What was taken away so far, room by room. */
  reached: Record<string, number>;
  left: Left[];
}

export interface Pending {
  readonly id: string;
  readonly startedAt: number;
  /** Null when they are gone from everywhere, and only what lies in the files of the database is still to be overwritten. */
  readonly subject: Subject | null;
  readonly state: ErasureState;
}

export async function readPending(reads: Reads, tenant: string): Promise<Pending[]> {
  const rows = await reads.all<{ id: string; subject: string; ranges: string; startedAt: number }>(
    `SELECT "id", "subject", "ranges", "startedAt" FROM "PendingErasure" WHERE "tenant" = ?`,
    [tenant],
  );
  return rows
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ id, subject, ranges, startedAt }) => ({
      id,
      startedAt,
      subject: subject === '' ? null : subjectFromText(subject),
      state: JSON.parse(ranges) as ErasureState,
    }));
}

export async function beginPending(
  tx: Writes,
  tenant: string,
  { subject, state, startedAt }: { subject: Subject; state: ErasureState; startedAt: number },
): Promise<Pending> {
  const id = randomUUID();
  const values = [tenant, id, subjectText(subject), JSON.stringify(state), startedAt];
  await tx.run(
    `INSERT INTO "PendingErasure" ("tenant", "id", "subject", "ranges", "startedAt") VALUES (${marks(5)})`,
    values,
  );
  return { id, subject, state, startedAt };
}

export async function keepPending(
  tx: Writes,
  tenant: string,
  { id, subject, state }: Pending,
): Promise<void> {
  await tx.run(
    `UPDATE "PendingErasure" SET "subject" = ?, "ranges" = ?, "seq" = ? WHERE "tenant" = ? AND "id" = ?`,
    [subject === null ? '' : subjectText(subject), JSON.stringify(state), state.cases[0] ?? null, tenant, id],
  );
}

export async function endPending(tx: Writes, tenant: string, id: string): Promise<void> {
  await tx.run(`DELETE FROM "PendingErasure" WHERE "tenant" = ? AND "id" = ?`, [tenant, id]);
}
