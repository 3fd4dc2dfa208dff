import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { tempFolder } from '../support/tempFolder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The example as people run it: one process, orders on standard input, a folder of its own. */
function run(program: string, args: readonly string[], cwd: string, input = '') {
  const env = { PATH: process.env.PATH, HOME: cwd, REEVE_LOG_LEVEL: 'silent' };
  const { status, stdout } = spawnSync(process.execPath, [`${root}${program}`, ...args], {
    cwd,
    env,
    input,
    encoding: 'utf8',
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('the embedding example changes its stock and the record together, and the record verifies', () => {
  const cwd = tempFolder();
  const orders = [
    'put +12025550100 tea 12',
    'put +12025550100 tea -20',
    'put +12025550100 tea -2',
    'look +12025550101',
    'look +12025550101',
    'look +12025550100',
    'status',
  ];
  const { status, lines } = run('examples/embed/bot.js', [], cwd, `${orders.join('\n')}\n`);
  expect(lines).toEqual([
    'tea: 12 (case #1)',
    'not done: STOCK_CHANGED: after: Too small: expected number to be >=0.',
    'tea: 10 (case #2)',
    'refused (committed)',
    'refused (collapsed)',
    'everything is in order',
    'the record is ok, 0 events wait in the spool',
  ]);
  expect(status).toBe(0);

  const verified = run('bin/reeve.js', ['verify', '--json'], cwd);
  expect(verified.status).toBe(0);
  // The fourth tells how many refusals there were; what was refused by the schema left nothing behind.
  expect(JSON.parse(verified.lines[0]!)).toMatchObject({ verdict: 'intact', totalRecords: 4 });
});
