import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { freshSqlite } from '../support/databases.js';
import { environmentAt, newPlace, type Place, readEntries } from './place.js';
import { PROGRAM, reeve, verify } from './reeve.js';

/** The bot as its user starts it: a process, with lines piped in, or stopped by a signal. */

const running = new Set<ChildProcessWithoutNullStreams>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

function start(place: Place, ...args: string[]) {
  const env = environmentAt(place);
  const child = spawn(process.execPath, [PROGRAM, 'start', ...args], { cwd: tmpdir(), env });
  running.add(child);
  const seen = { text: '' };
  child.stdout.on('data', (text) => {
    seen.text += text;
  });
  const shows = async (wanted: RegExp) => {
    while (!wanted.test(seen.text)) await once(child.stdout, 'data');
  };
  return { child, seen, shows, ended: once(child, 'close') as Promise<[number | null, string | null]> };
}

test('piped, it answers every line in order and ends with 0; the record holds what was done and is whole', async () => {
  const place = await newPlace(freshSqlite);
  const lines = [
    '!help',
    '!role promote +12025550101',
    '/as +12025550101 Bo',
    '!whitelist on',
    '!audit list',
  ];
  const { status, stdout, stderr } = await reeve(place, ['start'], lines.join('\n'));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const places = [/Ready\. You are the local owner/, /`!role` list/, /OPERATOR.*Case #\d/, /You are Bo/].map(
    (wanted) => stdout.search(wanted),
  );
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(stdout.match(/You may not run/g)).toHaveLength(2);
  expect(stdout).toMatch(/Closed\.\n$/);
  const actions = (await readEntries(place)).map(({ action }) => action);
  expect(actions.filter((action) => action === 'ROLE_CHANGE')).toHaveLength(2);
  expect(actions).toContain('PERMISSION_DENIED');
  expect(await verify(place)).toMatchObject({ verdict: 'intact', status: 0 });
});

test('with nobody to type, as under a service manager, it runs until it is stopped', async () => {
  const place = await newPlace(freshSqlite);
  const child = spawn(process.execPath, [PROGRAM, 'start'], {
    cwd: tmpdir(),
    env: environmentAt(place),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  let seen = '';
  for await (const text of child.stdout) {
    seen += text;
    if (/runs until it is stopped/.test(seen) && !child.killed) child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
  expect(seen).toMatch(/SIGTERM: writing what is pending…\nClosed\.\n$/);
});

test('SIGTERM answers what has come in, signs, and ends with 0', async () => {
  const place = await newPlace(freshSqlite);
  const { child, seen, shows, ended } = start(place);
  await shows(/Ready\./);
  const many = Array.from({ length: 10 }, (_, index) => `!role promote +1202555011${index}\n`);
  child.stdin.write(many.join(''));
  await shows(/Case #\d/);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(seen.text).toMatch(/SIGTERM: writing what is pending…[\s\S]*Closed\.\n$/);
  // Each that was begun is done, with its event; what was only read ahead is not.
  const promoted = (await readEntries(place)).filter(({ action }) => action === 'ROLE_CHANGE').length - 1;
  expect(seen.text.match(/is now OPERATOR/g)).toHaveLength(promoted);
  expect(await verify(place)).toMatchObject({ verdict: 'intact', notes: expect.anything() });
});

test('with --json every answer is one object a line, for programs', async () => {
  const place = await newPlace(freshSqlite);
  const { status, stdout } = await reeve(place, ['start', '--json'], '!status\n/who\nhello\n');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(status).toBe(0);
  expect(events.map(({ event }) => event)).toEqual([
    'ready',
    'message',
    'note',
    'message',
    'stopping',
    'closed',
  ]);
  expect(events[1]).toMatchObject({ chat: 'console:local', text: expect.stringContaining('Record') });
  expect(events[3]).toMatchObject({ text: expect.stringContaining('no assistant is set up') });
});

test('documents are saved where the program says', async () => {
  const place = await newPlace(freshSqlite);
  const { stdout } = await reeve(place, ['start'], '!audit export csv\n');
  const path = /\[document, [\d,]+ bytes\] (.+)/.exec(stdout)?.[1];
  expect(path).toMatch(join(place.dataDir, 'console'));
  expect(readFileSync(path!, 'utf8')).toMatch(/ROLE_CHANGE/);
});
