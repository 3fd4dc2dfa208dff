import { expect, test } from '@jest/globals';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { ledgerProblems, openTestRecord, readEntries, reading } from '../support/record.js';

const CHANGE = { key: 'greeting', oldValue: 'hello', newValue: 'good day' };

describeOnBothDatabases('a record that is closed', (fresh) => {
  test('signs nothing, changes nothing, and says why', async () => {
    const database = await fresh();
    const record = await openTestRecord(database);
    await record.write('CONFIG_CHANGE', { description: 'before' });
    await record.close();
    expect(await failureOf(record.sign())).toMatchObject({ name: 'UserError', code: 'RECORD_CLOSED' });
    let ran = false;
    const change = record.logger.transact(async (_, append) => {
      ran = true;
      return append('CONFIG_CHANGE', CHANGE);
    });
    expect(await failureOf(change)).toMatchObject({ name: 'UserError', code: 'RECORD_CLOSED' });
    expect(ran).toBe(false);
    expect(await record.write('CONFIG_CHANGE', { description: 'after' })).toMatchObject({ status: 'shed' });
    expect(await readEntries(database)).toHaveLength(1);
  });

  test('has waited for the changes that were under way, and signed them', async () => {
    const database = await fresh();
    const record = await openTestRecord(database);
    let begun: () => void = () => {};
    let go: () => void = () => {};
    const isUnderWay = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const mayGoOn = new Promise<void>((resolve) => {
      go = resolve;
    });
    const change = record.logger.transact(async (_, append) => {
      begun();
      await mayGoOn;
      return append('CONFIG_CHANGE', CHANGE);
    });
    await isUnderWay;
    const closing = record.close();
    expect(await failureOf(record.logger.transact(async () => {}))).toMatchObject({ code: 'RECORD_CLOSED' });
    go();
    expect(await change).toMatchObject({ seq: 1 });
    await closing;
    expect(await ledgerProblems(database)).toEqual([]);
    const sizes = await reading(database, (reads) =>
      reads.all<{ size: number }>(`SELECT "size" FROM "LedgerCheckpoint" ORDER BY "size"`),
    );
    expect(sizes.map(({ size }) => size)).toEqual([0, 1]);
  });
});
