import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { AT } from '../../src/audit/table.js';
import { JobRuns } from '../../src/lifecycle/jobRuns.js';
import { Store } from '../../src/store/store.js';
import { Desk, someEvent } from './commandLine.js';

async function statusOf(desk: Desk) {
  const { status, stdout } = await desk.reeve(['status', '--json']);
  return { exit: status, ...JSON.parse(stdout) };
}

const lineOf = (text: string, name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(text)?.[1];

test('tells how many events wait in the spool, and since when', async () => {
  const desk = new Desk();
  await desk.record(someEvent);
  expect((await statusOf(desk)).spool).toEqual({ files: 0, events: 0, bytes: 0, oldest: null });
  const at = Date.now() - 3 * 3_600_000;
  const row = (time: number): unknown[] => {
    const values: unknown[] = new Array(40).fill(null);
    values[AT.at] = time;
    return values;
  };
  const lines = [at, at + 1, at + 2].map((time) => `${JSON.stringify({ id: 'x', row: row(time) })}\n`);
  mkdirSync(join(desk.dataDir, 'spool'), { recursive: true });
  writeFileSync(join(desk.dataDir, 'spool', 'default~0-0~a.ndjson'), lines.join(''));
  writeFileSync(join(desk.dataDir, 'spool', 'default~0-0~b.ndjson'), lines[2]!);
  writeFileSync(join(desk.dataDir, 'spool', 'other~0-0~c.ndjson'), lines[0]!);
  expect((await statusOf(desk)).spool).toMatchObject({ files: 2, events: 4, oldest: at });
  const { stdout } = await desk.reeve(['status']);
  expect(lineOf(stdout, 'Spool')).toMatch(
    /^4 events wait for the database, the oldest from 3 h ago \([\d,]+ bytes\)$/,
  );
});

test('tells how far the mirror is, and makes none by looking', async () => {
  const desk = new Desk({ REEVE_TENANT: 'acme' });
  await desk.record(someEvent, someEvent);
  expect((await statusOf(desk)).mirror).toBeNull();
  desk.env.AUDIT_NDJSON_DIR = 'mirror';
  const folder = join(desk.folder, 'mirror', 'acme');
  expect((await statusOf(desk)).mirror).toEqual({ folder, seq: 0, behind: 2, failing: null });
  expect(existsSync(join(desk.folder, 'mirror'))).toBe(false);
  expect((await desk.reeve(['mirror', 'rebuild'])).stdout).toBe(`2 entries in ${folder}\n`);
  delete desk.env.AUDIT_NDJSON_DIR;
  await desk.record(someEvent);
  desk.env.AUDIT_NDJSON_DIR = 'mirror';
  writeFileSync(join(folder, 'events.ndjson'), '{"unfinished', { flag: 'a' });
  const before = readFileSync(join(folder, 'events.ndjson'), 'utf8');
  expect((await statusOf(desk)).mirror).toEqual({ folder, seq: 2, behind: 1, failing: null });
  expect(readFileSync(join(folder, 'events.ndjson'), 'utf8')).toBe(before);
  expect(lineOf((await desk.reeve(['status'])).stdout, 'Mirror')).toBe(`${folder}, up to #2, 1 entry behind`);
});

test.each([
  ['a file', 'taken', /EEXIST|ENOTDIR/],
  ['a place below a file', 'taken/mirror', /ENOTDIR/],
])('says clearly that AUDIT_NDJSON_DIR is %s', async (_, mirrorDir, code) => {
  const desk = new Desk({ AUDIT_NDJSON_DIR: mirrorDir, REEVE_LOG_LEVEL: 'silent' });
  writeFileSync(join(desk.folder, 'taken'), '');
  expect((await desk.record(someEvent)).answers).toEqual([{ seq: 1, id: expect.any(String) }]);
  const { exit, mirror } = await statusOf(desk);
  expect([exit, mirror.behind]).toEqual([0, 1]);
  expect(mirror.failing).toMatch(/cannot be written: it is a file, or lies below one/);
  expect(mirror.failing).toMatch(code);
  const { status, stderr } = await desk.reeve(['mirror', 'rebuild']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^the mirror in .* cannot be written: .*\nAUDIT_NDJSON_DIR must name a folder/);
  expect(stderr).not.toMatch(/should not have happened| at /);
});

test('start --json says each thing as one object a line', async () => {
  const desk = new Desk();
  const starting = desk.reeve(['start', '--json']);
  while (!existsSync(join(desk.dataDir, 'keys.txt')))
    await new Promise<void>((resolve) => setImmediate(resolve));
  desk.signal('SIGTERM');
  const { status, stdout } = await starting;
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(status).toBe(0);
  expect(events).toMatchObject([
    { event: 'ready', ledger: 'reeve/default/default', migrated: expect.any(Array) },
    { event: 'stopping', signal: 'SIGTERM' },
    { event: 'closed' },
  ]);
});

test('tells the last run of retention also while another one runs, or after that was killed', async () => {
  const desk = new Desk();
  await desk.record(someEvent);
  const retention = async () => lineOf((await desk.reeve(['status'])).stdout, 'Retention');
  expect(await retention()).toBe('90 days, no run so far');
  const { store } = await Store.open({ kind: 'sqlite', path: join(desk.dataDir, 'reeve.db') });
  const runs = new JobRuns(store, 'default');
  try {
    const at = Date.now() - 3 * 3_600_000;
    await runs.began('retention', at);
    expect(await retention()).toBe('90 days, a run began 3 h ago and has not ended');
    await runs.ended('retention', { startedAt: at, endedAt: at + 5, outcome: 'success', detail: {} });
    expect(await retention()).toBe('90 days, last run 3 h ago');
    await runs.began('retention', Date.now() - 60_000 * 5);
    expect(await retention()).toBe(
      '90 days, last run 3 h ago, another one began 5 min ago and has not ended',
    );
    const detail = { why: 'It did not verify.' };
    await runs.ended('retention', { startedAt: at, endedAt: at + 5, outcome: 'failure', detail });
    expect(await retention()).toBe('90 days, last run 3 h ago: ✗ It did not verify.');
    const long = Date.now() - 50 * 3_600_000;
    await runs.ended('retention', { startedAt: long, endedAt: long, outcome: 'success', detail: {} });
    expect(await retention()).toMatch(/^90 days, last run 2 days ago · ✗ overdue: /);
  } finally {
    await store.close();
  }
});
