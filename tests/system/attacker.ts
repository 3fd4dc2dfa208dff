import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT, AUDIT_COLUMNS, AUDIT_TABLE, type AuditColumn, rowToEntry } from '../../src/audit/table.js';
import { checkpointText } from '../../src/ledger/checkpoint.js';
import { Frontier } from '../../src/ledger/merkle.js';
import { rawPublicKey, signNote, verifierKeyText } from '../../src/ledger/note.js';
import { actorText, commit, leafHash, publicText, restText } from '../../src/ledger/seal.js';
import { signingKeyFromPem } from '../../src/signing/key.js';
import { splitNotes } from '../../src/signing/notesFile.js';
import { openConnection } from '../../src/store/connection.js';
import { type Connection, quoted, type SqlValue } from '../../src/store/sql.js';
import type { Place } from './place.js';

export type Columns = Partial<Record<AuditColumn, SqlValue>>;

export const TENANT = 'default';
export const ORIGIN = `reeve/default/${TENANT}`;

/** Whoever may do anything to the database, knows the format, and can write into files, but has no signing key. */
export class Attacker {
  readonly sql: Connection;
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
    this.sql = openConnection(place.database);
  }

  /** A file of the data directory. */
  file(name: string): string {
    return join(this.#place.dataDir, name);
  }

  /** Takes away everything in the database that stands in the way. */
  async dropGuards(): Promise<void> {
    if (this.sql.dialect === 'sqlite') {
      // What is ruined on purpose need not outlive a power cut.
      await this.sql.run('PRAGMA synchronous = OFF');
      const triggers = await this.sql.all<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'trigger'`,
      );
      for (const { name } of triggers) await this.sql.run(`DROP TRIGGER "${name}"`);
      return;
    }
    for (const table of ['AuditLog', 'Ledger', 'LedgerCheckpoint', 'LedgerStatement']) {
      await this.sql.run(`ALTER TABLE "${table}" DISABLE TRIGGER USER`);
    }
  }

  async column(seq: number, column: AuditColumn): Promise<SqlValue> {
    const row = await this.sql.rows(`SELECT "${column}" FROM "AuditLog" WHERE "tenant" = ? AND "seq" = ?`, [
      TENANT,
      seq,
    ]);
    return row[0]![0]!;
  }

  async set(seq: number, columns: Columns): Promise<void> {
    const names = Object.keys(columns);
    await this.sql.run(
      `UPDATE "AuditLog" SET ${names.map((name) => `"${name}" = ?`).join(', ')} WHERE "tenant" = ? AND "seq" = ?`,
      [...(Object.values(columns) as SqlValue[]), TENANT, seq],
    );
  }

  async delete(from: number, to = from): Promise<void> {
    await this.sql.run(`DELETE FROM "AuditLog" WHERE "tenant" = ? AND "seq" BETWEEN ? AND ?`, [
      TENANT,
      from,
      to,
    ]);
  }

  async row(seq: number): Promise<SqlValue[]> {
    const rows = await this.sql.rows(
      `SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" WHERE "tenant" = ? AND "seq" = ?`,
      [TENANT, seq],
    );
    return rows[0]!;
  }

  /** A row with other values, as a row of the same form. */
  changed(row: readonly SqlValue[], columns: Columns): SqlValue[] {
    const copy = [...row];
    for (const [name, value] of Object.entries(columns)) copy[AT[name as AuditColumn]] = value as SqlValue;
    return copy;
  }

  /** The same with salts, commitments and leaf that fit: nothing in the row itself is wrong then. */
  sealed(row: readonly SqlValue[]): SqlValue[] {
    const entry = rowToEntry([...row]);
    const [actorSalt, restSalt] = [randomBytes(32), randomBytes(32)];
    const commitments = {
      actorCommitment: commit(actorSalt, actorText(entry.actor ?? {})),
      restCommitment: commit(restSalt, restText(entry.rest ?? {})),
    };
    const leaf = leafHash(publicText({ ...entry.public, ...commitments }));
    return this.changed(row, { ...commitments, actorSalt, restSalt, leaf });
  }

  async insert(row: readonly SqlValue[]): Promise<void> {
    await this.sql.insertMany(AUDIT_TABLE, [row]);
  }

  async replace(seq: number, row: readonly SqlValue[]): Promise<void> {
    await this.delete(seq);
    await this.insert(row);
  }

  /** The tree's left edge at a size, as the leaves in the database give it. */
  async edge(size: number): Promise<Frontier> {
    const rows = await this.sql.all<{ leaf: Buffer }>(
      `SELECT "leaf" FROM "AuditLog" WHERE "tenant" = ? AND "seq" <= ? ORDER BY "seq"`,
      [TENANT, size],
    );
    const edge = new Frontier();
    for (const { leaf } of rows) edge.push(leaf);
    return edge;
  }

  async addStatement(kind: 'pruned' | 'erased', number: number, text: string, key: KeyObject): Promise<void> {
    await this.sql.run(
      `INSERT INTO "LedgerStatement" ("tenant", "kind", "number", "at", "note") VALUES (?, ?, ?, 0, ?)`,
      [TENANT, kind, number, signNote(text, [{ name: ORIGIN, privateKey: key }])],
    );
  }

  /** Puts a checkpoint over the first `size` rows in the place of any that is there. */
  async addCheckpoint(size: number, key: KeyObject): Promise<string> {
    const edge = await this.edge(size);
    const text = checkpointText({ origin: ORIGIN, size, root: edge.root() });
    const note = signNote(text, [{ name: ORIGIN, privateKey: key }]);
    await this.sql.run(`DELETE FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" = ?`, [TENANT, size]);
    await this.sql.run(
      `INSERT INTO "LedgerCheckpoint" ("tenant", "size", "at", "edge", "note") VALUES (?, ?, 0, ?, ?)`,
      [
        TENANT,
        size,
        edge
          .hashes()
          .map((hash) => hash.toString('hex'))
          .join(','),
        note,
      ],
    );
    return note;
  }

  /** The notes of checkpoints.txt up to a size. */
  notesUpTo(size: number): string[] {
    const notes = splitNotes(readFileSync(this.file('checkpoints.txt'), 'utf8'));
    return notes.filter((note) => note.startsWith(`${ORIGIN}\n`) && Number(note.split('\n')[1]) <= size);
  }

  async deleteCheckpointsAbove(size: number): Promise<void> {
    await this.sql.run(`DELETE FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" > ?`, [TENANT, size]);
  }

  /** The ledger's own key, for what only its holder could do. */
  ownKey(): KeyObject {
    return signingKeyFromPem(readFileSync(this.file('signing-key.pem'), 'utf8'), 'the key').privateKey;
  }
}

/** A key that nobody trusts, and its verifier key under the ledger's name. */
export function strangeKey(): { privateKey: KeyObject; vkey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, vkey: verifierKeyText(ORIGIN, rawPublicKey(publicKey)) };
}
