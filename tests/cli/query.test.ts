import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { Desk, someEvent } from './commandLine.js';

/** The words that a real shell makes of the command line behind `more:`. */
function moreWords(stderr: string): string[] {
  const line = / · more: (reeve .*)\n/.exec(stderr)?.[1];
  if (line === undefined) throw new Error(`There is no more in ${stderr}`);
  const words = execFileSync('/bin/sh', ['-c', `for word in ${line}; do printf '%s\\n' "$word"; done`], {
    encoding: 'utf8',
  });
  return words.split('\n').slice(1, -1);
}

test('the line behind "more:" can be pasted: it is quoted, and keeps tenant and options', async () => {
  const desk = new Desk({ REEVE_TENANT: 'acme' });
  await desk.record(
    ...Array.from({ length: 5 }, () => ({ ...someEvent, reason: "the owner's $wish `now`" })),
  );
  desk.env.REEVE_TENANT = 'default';
  const query = ['action:config.*', '-outcome:denied', "the owner's $wish `now`"];
  const first = await desk.reeve(['--tenant', 'acme', 'query', '--limit', '2', ...query]);
  expect(first.stdout).toMatch(/^#5 .*\n#4 .*\n$/);
  const second = await desk.reeve(moreWords(first.stderr));
  expect(second.stdout).toMatch(/^#3 .*\n#2 .*\n$/);
  const third = await desk.reeve(moreWords(second.stderr));
  expect(third.stdout).toMatch(/^#1 .*\n$/);
  expect(third.stderr).toMatch(/^1 shown \([^)]*\)\n$/);
});

test('an entry without a description names its action once', async () => {
  const desk = new Desk();
  await desk.record({ action: 'CONFIG_CHANGE', actorPhone: '+12025550100' }, someEvent);
  const { stdout } = await desk.reeve(['query']);
  expect(stdout.split('\n').map((line) => line.replace(/ · \d{4}-\S+ \S+/, ''))).toEqual([
    '#2 · Prefix changed · CONFIG_CHANGE',
    '#1 · CONFIG_CHANGE by +12025550100',
    '',
  ]);
});

test('one is one, and two are two', async () => {
  const desk = new Desk();
  await desk.record(someEvent);
  expect((await desk.reeve(['stats'])).stdout).toMatch(/^1 entry \(/);
  expect((await desk.reeve(['export', '--format', 'json'])).stderr).toMatch(/^1 entry · /);
  await desk.record(someEvent);
  expect((await desk.reeve(['stats'])).stdout).toMatch(/^2 entries \(/);
});
