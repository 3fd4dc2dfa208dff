import { expect, test } from '@jest/globals';
import { openConnection } from '../../src/store/connection.js';
import { forgetSamplesIfEmpty } from '../../src/store/statistics.js';
import { usePostgres } from '../support/databases.js';

const fresh = usePostgres();

test('of a table that was emptied PostgreSQL keeps samples, which are taken away; of another one they stay', async () => {
  const connection = openConnection(await fresh());
  const samples = () => connection.all(`SELECT "attname" FROM pg_stats WHERE "tablename" = 'People'`);
  await connection.run(`CREATE TABLE "People" ("name" text PRIMARY KEY, "born" bigint, "photo" bytea)`);
  const fill = () =>
    connection.run(`INSERT INTO "People" SELECT 'Ana ' || n, n, 'x' FROM generate_series(1, 50) n`);
  await fill();
  await connection.run('VACUUM (FULL, ANALYZE) "People"');
  await forgetSamplesIfEmpty(connection, 'public."People"');
  expect(await samples()).toHaveLength(3);
  await connection.run(`DELETE FROM "People"`);
  await connection.run('VACUUM (FULL, ANALYZE) "People"');
  expect(await samples()).toHaveLength(3);
  await forgetSamplesIfEmpty(connection, 'public."People"');
  expect(await samples()).toEqual([]);
  await forgetSamplesIfEmpty(connection, 'public."People"');
  await fill();
  expect(await connection.get(`SELECT COUNT(*) AS "count" FROM "People"`)).toEqual({ count: 50 });
  await connection.close();
});
