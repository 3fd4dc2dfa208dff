import { expect, test } from '@jest/globals';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import { openCheckpoint } from '../../src/ledger/checkpoint.js';
import { openStatement } from '../../src/ledger/statement.js';
import { type StatementParts, vouchErased, vouchPruned } from '../../src/lifecycle/statements.js';
import { readStatements } from '../../src/signing/notesFile.js';
import { openConnection } from '../../src/store/connection.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { dataDirFor, openTestRecord } from '../support/record.js';

interface Opened {
  database: Database;
  record: AuditRecord;
  parts: StatementParts;
  /** The root that was signed at size 5. */
  root: string;
}

describeOnBothDatabases('the key vouches', (fresh) => {
  const open = async (): Promise<Opened> => {
    const database = await fresh();
    const record = await openTestRecord(database);
    for (let i = 1; i <= 5; i += 1)
      await record.logger.record('WHITELIST_CHANGE', {
        performedBy: '+12025550100',
        targetUser: `+1202555010${i}`,
        change: 'added',
      });
    const { note } = await record.sign();
    const key = record.ledger.key.verifierKey(record.ledger.origin);
    return {
      database,
      record,
      parts: { store: record.store, dataDir: dataDirFor(database), ledger: record.ledger },
      root: openCheckpoint(note, [key])!.root.toString('hex'),
    };
  };
  const announcePruned = async ({ record, root }: Opened, to = 5): Promise<number> => {
    const metadata = { from: 1, to, count: to, root, archive: null };
    const fate = await record.logger.record('RETENTION_PRUNED', metadata);
    return (fate as { seq: number }).seq;
  };
  const announceErased = async ({ record }: Opened): Promise<number> => {
    const fate = await record.logger.record('SUBJECT_ERASED', { actor: [[1, 2]], rest: [[4, 4]], count: 3 });
    return (fate as { seq: number }).seq;
  };
  /** Changes the database as somebody does who has taken its guards away. */
  const tamper = async ({ database }: Opened, sql: string): Promise<void> => {
    const connection = openConnection(database);
    try {
      const drop = connection.dialect === 'sqlite' ? '' : ' ON "AuditLog"';
      await connection.run(`DROP TRIGGER "AuditLog_update_guard"${drop}`);
      await connection.run(sql);
    } finally {
      await connection.close();
    }
  };
  const kept = ({ record }: Opened) =>
    record.store.read.all<{ kind: string; number: number; note: string }>(
      `SELECT "kind", "number", "note" FROM "LedgerStatement" ORDER BY "kind"`,
    );
  const refusal = async (work: Promise<unknown>, of: Opened): Promise<string> => {
    const failure = await failureOf(work);
    expect(failure.code).toBe('STATEMENT_REFUSED');
    expect(await kept(of)).toEqual([]);
    expect(readStatements(of.parts.dataDir)).toEqual([]);
    return failure.message;
  };

  test('for what an entry under a checkpoint announces, in the file and in the database', async () => {
    const opened = await open();
    const pruning = await announcePruned(opened);
    const erasing = await announceErased(opened);
    await opened.record.sign();
    const notes = [await vouchErased(opened.parts, erasing), await vouchPruned(opened.parts, pruning)];
    const { origin, key } = opened.record.ledger;
    const keys = [key.verifierKey(origin)];
    expect(notes.map((note) => openStatement(note, keys))).toEqual([
      { kind: 'erased', origin, seq: erasing, actor: [[1, 2]], rest: [[4, 4]] },
      { kind: 'pruned', origin, to: 5, root: Buffer.from(opened.root, 'hex') },
    ]);
    expect(readStatements(opened.parts.dataDir)).toEqual(notes);
    expect((await kept(opened)).map(({ note }) => note)).toEqual(notes);
  });

  test('once, however often it is asked', async () => {
    const opened = await open();
    const entry = await announcePruned(opened);
    await opened.record.sign();
    const note = await vouchPruned(opened.parts, entry);
    expect(await vouchPruned(opened.parts, entry)).toBe(note);
    expect(readStatements(opened.parts.dataDir)).toEqual([note]);
    expect(await kept(opened)).toHaveLength(1);
  });

  test('for nothing that no checkpoint covers', async () => {
    const opened = await open();
    const entry = await announceErased(opened);
    expect(await refusal(vouchErased(opened.parts, entry), opened)).toMatch(/no checkpoint covers/);
  });

  test('for no root but the one that the entries give', async () => {
    const opened = await open();
    const entry = await announcePruned(opened, 4);
    await opened.record.sign();
    expect(await refusal(vouchPruned(opened.parts, entry), opened)).toMatch(/give another root/);
  });

  test('for no beginning of which an entry was changed', async () => {
    const opened = await open();
    const entry = await announcePruned(opened);
    await opened.record.sign();
    await tamper(opened, `UPDATE "AuditLog" SET "outcome" = 'denied' WHERE "seq" = 3`);
    expect(await refusal(vouchPruned(opened.parts, entry), opened)).toMatch(/another root than the one/);
  });

  test('for no ranges that the entry did not name when it was signed', async () => {
    const opened = await open();
    const entry = await announceErased(opened);
    await opened.record.sign();
    const widened = '{"actor":[[1,5]],"count":5,"rest":[[1,5]]}';
    await tamper(opened, `UPDATE "AuditLog" SET "metadata" = '${widened}' WHERE "seq" = ${entry}`);
    expect(await refusal(vouchErased(opened.parts, entry), opened)).toMatch(/rest/);
  });

  test('for no entry of another kind', async () => {
    const opened = await open();
    expect(await refusal(vouchErased(opened.parts, 3), opened)).toMatch(/no SUBJECT_ERASED/);
    expect(await refusal(vouchPruned(opened.parts, 99), opened)).toMatch(/not there/);
  });

  test('and is not put off by a statement that somebody else wrote', async () => {
    const opened = await open();
    const entry = await announceErased(opened);
    await opened.record.sign();
    const forged = `${opened.record.ledger.origin}/erased\n${entry}\nactor 1-5\nrest 1-5\n\n— x AAAA\n`;
    await opened.record.store.transaction((tx) =>
      tx.run(
        `INSERT INTO "LedgerStatement" ("tenant","kind","number","at","note") VALUES ('acme','erased',?,0,?)`,
        [entry, forged],
      ),
    );
    expect((await failureOf(vouchErased(opened.parts, entry))).code).toBe('STATEMENT_FORGED');
  });
});
