import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openReeve } from '../../../src/compose.js';
import { freshSqlite } from '../../support/databases.js';
import { dataDirFor } from '../../support/record.js';
import { until } from '../../system/until.js';
import { BOB, fillWithBob, openErasure, tracesInTables } from './place.js';

test('an erasure that a kill has left is finished as soon as whoever is at work has ended', async () => {
  const database = await freshSqlite();
  const first = await openErasure(database, {
    onStep: (step) => {
      if (step === 'announced') throw new Error('killed');
    },
  });
  await fillWithBob(first);
  await expect(first.erasure.erase(BOB)).rejects.toThrow('killed');
  const { clock, config } = first;
  await first.record.store.transaction((tx) =>
    tx.run(
      `INSERT INTO "Lease" ("name", "holder", "until") VALUES ('retention/acme', 'elsewhere 7 x', ?)
         ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "until" = excluded."until"`,
      [clock.now() + 60_000],
    ),
  );
  await first.record.close();
  const reeve = await openReeve({
    config: { ...config, database, dataDir: dataDirFor(database), instance: 'test' },
    clock,
    log: pino({ level: 'silent' }),
  });
  const pending = () => reeve.record.store.read.all(`SELECT 1 AS "one" FROM "PendingErasure"`);
  expect(await pending()).toHaveLength(1);
  await clock.advance(120_000);
  await until('it is finished', async () => (await pending()).length === 0);
  expect(await tracesInTables(reeve.record)).toEqual([]);
  await reeve.close();
});
