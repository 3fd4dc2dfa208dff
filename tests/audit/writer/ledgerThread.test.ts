import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { LedgerThread } from '../../../src/audit/writer/ledgerThread.js';
import { freshSqlite } from '../../support/databases.js';
import { sampleDrafts } from '../../support/drafts.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor, openTestRecord } from '../../support/record.js';

async function threadOn(): Promise<{ thread: LedgerThread; keyPath: string }> {
  const database = await freshSqlite();
  const record = await openTestRecord(database);
  const { tenant, vkey, origin } = record.ledger;
  const dataDir = dataDirFor(database);
  const thread = new LedgerThread({
    target: database,
    ledger: { tenant, vkey },
    dataDir,
    origin,
    configuredKey: undefined,
    lockWaitMs: 500,
  });
  return { thread, keyPath: join(dataDir, 'signing-key.pem') };
}

test('the thread does its jobs in order, ends when it is told, and is started again by the next job', async () => {
  const { thread } = await threadOn();
  const [one, two] = [sampleDrafts(2), sampleDrafts(1)];
  const first = thread.ask({ kind: 'commit', drafts: one, epoch: 0 });
  const second = thread.ask({ kind: 'commit', drafts: two, epoch: 0 });
  expect((await second).map(({ seq }) => seq)).toEqual([3]);
  expect((await first).map(({ seq }) => seq)).toEqual([1, 2]);
  const checkpoint = thread.ask({ kind: 'sign', again: false });
  const closed = thread.close();
  expect((await checkpoint).size).toBe(3);
  await closed;
  const again = sampleDrafts(1);
  expect(await thread.ask({ kind: 'commit', drafts: again, epoch: 0 })).toEqual([
    { seq: 4, id: again[0]!.id },
  ]);
  await thread.close();
  await thread.close();
});

test('what could not be written holds back what was handed over before that was known', async () => {
  const { thread } = await threadOn();
  const bad = sampleDrafts(1);
  bad[0]!.row = bad[0]!.row.slice(1);
  const failing = thread.ask({ kind: 'commit', drafts: bad, epoch: 0 });
  const behind = thread.ask({ kind: 'commit', drafts: sampleDrafts(1), epoch: 0 });
  const later = thread.ask({ kind: 'commit', drafts: sampleDrafts(1), epoch: 1 });
  await failureOf(failing);
  expect(await failureOf(behind)).toMatchObject({ kind: 'away', code: 'AFTER_A_FAILURE' });
  expect((await later).map(({ seq }) => seq)).toEqual([1]);
  await thread.close();
});

test('a thread that cannot start says why, to everybody who asked, and is tried again', async () => {
  const { thread, keyPath } = await threadOn();
  rmSync(keyPath);
  const jobs = [0, 1].map(() => thread.ask({ kind: 'commit', drafts: sampleDrafts(1), epoch: 0 }));
  for (const job of jobs) {
    expect(await failureOf(job)).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('signing key'),
    });
  }
  expect(await failureOf(thread.ask({ kind: 'compare' }))).toMatchObject({ kind: 'away' });
  await thread.close();
});
