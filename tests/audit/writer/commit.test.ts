import { expect, test } from '@jest/globals';
import { Commits } from '../../../src/audit/writer/commit.js';
import { openConnection } from '../../../src/store/connection.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { sampleDraft } from '../../support/drafts.js';
import { failureOf } from '../../support/failureOf.js';
import { ledgerProblems, openTestRecord } from '../../support/record.js';

describeOnBothDatabases('commits', (fresh) => {
  test('go on in line when another process has written in between', async () => {
    const database = await fresh();
    const { ledger } = await openTestRecord(database);
    const connections = [openConnection(database), openConnection(database)];
    const [one, two] = connections.map((connection) => new Commits(connection, ledger));
    const seqs = [];
    for (const writer of [one, one, two, two, one, two, one]) {
      const receipts = await writer!.commit([sampleDraft(1), sampleDraft(2)]);
      seqs.push(...receipts.map(({ seq }) => seq));
    }
    for (const connection of connections) await connection.close();
    expect(seqs).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
    expect(await ledgerProblems(database)).toEqual([]);
  });

  test('give a draft whose id is there already its first receipt, whichever way it is committed', async () => {
    const database = await fresh();
    const { ledger } = await openTestRecord(database);
    const connection = openConnection(database);
    const commits = new Commits(connection, ledger);
    const id = 'a7a4f2c0-0000-4000-8000-000000000001';
    await commits.commit([sampleDraft(1)]);
    const first = await commits.commit([sampleDraft(2, id)]);
    const again = await commits.commit([sampleDraft(3), sampleDraft(2, id)]);
    await connection.close();
    expect(first).toEqual([{ seq: 2, id }]);
    expect(again.map(({ seq }) => seq)).toEqual([3, 2]);
    expect(await ledgerProblems(database)).toEqual([]);
  });

  test('stop when the key was rotated since the last one', async () => {
    const database = await fresh();
    const record = await openTestRecord(database);
    const connection = openConnection(database);
    const commits = new Commits(connection, record.ledger);
    await commits.commit([sampleDraft(1)]);
    await connection.run(`UPDATE "Ledger" SET "vkeys" = "vkeys" || ? WHERE "tenant" = 'acme'`, [
      '\nnewer+key',
    ]);
    const failure = await failureOf(commits.commit([sampleDraft(2)]));
    const { size } = (await connection.get<{ size: number }>(`SELECT "size" FROM "Ledger"`))!;
    await connection.close();
    expect(failure).toMatchObject({ code: 'KEY_NOT_THE_LEDGERS' });
    expect(size).toBe(1);
  });
});
