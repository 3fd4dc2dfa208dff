import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { OpenLedger } from '../../audit/openLedger.js';
import { openNote, signNote } from '../../ledger/note.js';
import { appendDurably, readIfThere, replaceDurably } from '../../signing/durableFile.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import { marks, type Reads, type Writes } from '../../store/sql.js';
import type { Left } from './holder.js';
import { unsignedOrder } from './refusals.js';
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

/** A row of the table. */
interface Row {
  id: string;
  subject: string;
  /** The state as JSON, and from the second line on the signatures over all of the row. */
  ranges: string;
  startedAt: number;
}

/**
 * The erasures under way, in the table `PendingErasure`. Whoever can write to the database could order one there in
 * the bot's name, and have it empty what he wants gone; so each row is signed with the ledger's key, and one that is
 * finished is remembered outside of the database, so that it cannot be put back.
 */
export class PendingErasures {
  readonly #ledger: OpenLedger;
  readonly #dataDir: string;

  constructor(ledger: OpenLedger, dataDir: string) {
    this.#ledger = ledger;
    this.#dataDir = dataDir;
  }

  /** The oldest first. Throws where one of them was never ordered here. */
  async read(reads: Reads): Promise<Pending[]> {
    const rows = await reads.all<Row>(
      `SELECT "id", "subject", "ranges", "startedAt" FROM "PendingErasure" WHERE "tenant" = ?`,
      [this.#ledger.tenant],
    );
    return rows.sort((a, b) => a.startedAt - b.startedAt).map((row) => this.#opened(row));
  }

  async begin(tx: Writes, begun: Omit<Pending, 'id'>): Promise<Pending> {
    const pending = { ...begun, id: randomUUID() };
    const { id, subject, ranges, startedAt } = this.#signed(pending);
    await tx.run(
      `INSERT INTO "PendingErasure" ("tenant", "id", "subject", "ranges", "startedAt") VALUES (${marks(5)})`,
      [this.#ledger.tenant, id, subject, ranges, startedAt],
    );
    return pending;
  }

  async keep(tx: Writes, pending: Pending): Promise<void> {
    const { id, subject, ranges } = this.#signed(pending);
    await tx.run(
      `UPDATE "PendingErasure" SET "subject" = ?, "ranges" = ?, "seq" = ? WHERE "tenant" = ? AND "id" = ?`,
      [subject, ranges, pending.state.cases[0] ?? null, this.#ledger.tenant, id],
    );
  }

  /** First remembered as finished, and only then forgotten: after a kill in between there is nothing left to erase. */
  async end(tx: Writes, id: string): Promise<void> {
    if (!this.#finished().includes(id)) appendDurably(this.#finishedPath, `${id}\n`);
    await tx.run(`DELETE FROM "PendingErasure" WHERE "tenant" = ? AND "id" = ?`, [this.#ledger.tenant, id]);
  }

  /** After a restored backup: what was under way when it was made is to be done again. */
  async reopen(reads: Reads): Promise<void> {
    const rows = await reads.all<{ id: string }>(`SELECT "id" FROM "PendingErasure" WHERE "tenant" = ?`, [
      this.#ledger.tenant,
    ]);
    const back = new Set(rows.map(({ id }) => id));
    const finished = this.#finished();
    if (finished.some((id) => back.has(id)))
      replaceDurably(this.#finishedPath, finished.filter((id) => !back.has(id)).join('\n'));
  }

  #signed({ id, subject, state, startedAt }: Pending): Row {
    const row = {
      id,
      subject: subject === null ? '' : subjectText(subject),
      ranges: JSON.stringify(state),
      startedAt,
    };
    const { origin, key } = this.#ledger;
    const text = this.#text(row);
    const note = signNote(text, [{ name: origin, privateKey: key.privateKey }]);
    return { ...row, ranges: `${row.ranges}\n${note.slice(text.length + 1)}` };
  }

  #opened(row: Row): Pending {
    const { id, subject, startedAt } = row;
    const [state = '', ...signatures] = row.ranges.split('\n');
    const note = `${this.#text({ ...row, ranges: state })}\n${signatures.join('\n')}`;
    const isOrdered = openNote(note, readTrustedKeys(this.#dataDir, this.#ledger.origin)) !== null;
    const isOver = subject !== '' && this.#finished().includes(id);
    if (!isOrdered || isOver) throw unsignedOrder(id);
    return {
      id,
      startedAt,
      subject: subject === '' ? null : subjectFromText(subject),
      state: JSON.parse(state) as ErasureState,
    };
  }

  #text({ id, subject, ranges, startedAt }: Row): string {
    const { tenant, origin } = this.#ledger;
    return `${origin}/pending-erasure\n${JSON.stringify([tenant, id, startedAt, subject, ranges])}\n`;
  }

  #finished(): string[] {
    return (readIfThere(this.#finishedPath) ?? '').split('\n');
  }

  get #finishedPath(): string {
    return join(this.#dataDir, 'certificates', 'finished.txt');
  }
}
