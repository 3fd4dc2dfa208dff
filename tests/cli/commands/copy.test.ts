import { expect, test } from '@jest/globals';
import { usePostgres } from '../../support/databases.js';
import { Desk } from '../commandLine.js';

const fresh = usePostgres();

test('a SQLite file moves to PostgreSQL, and what to set is told without any password', async () => {
  const desk = new Desk();
  await desk.reeve(['record'], {
    input: '{"action":"CONFIG_CHANGE","actorPhone":"+12025550100"}\n'.repeat(3),
  });
  const database = await fresh();
  if (database.kind !== 'postgresql') throw new Error('not the database that was asked for');
  const url = new URL(database.url);
  url.password ||= 'change-me';
  const copied = await desk.reeve(['copy', '--to', url.href]);
  expect(copied).toMatchObject({ status: 0 });
  expect(copied.stdout).toMatch(/^Copied 3 entries and \d+ other rows to postgresql:/);
  expect(copied.stdout).toContain('default: ✓ Intact: all 3 entries are as they were signed.');
  expect(copied.stdout).toContain(`REEVE_DATA_DIR=${desk.dataDir}`);
  expect(copied.stdout).not.toContain(`:${url.password}@`);
  expect(await desk.reeve(['copy', '--to', url.href])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is not empty'),
  });
  const there = new Desk({ DATABASE_URL: url.href, REEVE_DATA_DIR: desk.dataDir }, desk.folder);
  expect(
    await there.reeve(['record'], { input: '{"action":"CONFIG_CHANGE","actorPhone":"SYSTEM"}\n' }),
  ).toMatchObject({ status: 0 });
  expect(await there.reeve(['verify'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('all 4 entries are as they were signed'),
  });
});

test('what names no database is refused before anything is opened', async () => {
  const desk = new Desk();
  for (const argv of [['copy'], ['copy', '--to', 'mysql://x'], ['copy', '--to', 'file:']])
    expect(await desk.reeve(argv)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--to wants'),
    });
  expect(desk.files).toEqual([]);
});
