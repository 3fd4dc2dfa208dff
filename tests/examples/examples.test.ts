import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { tempFolder } from '../support/tempFolder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The example as people run it: one process, orders on standard input, a folder of its own. */
function run(program: string, args: readonly string[], cwd: string, input = '', more = {}) {
  const env = { PATH: process.env.PATH, HOME: cwd, REEVE_LOG_LEVEL: 'silent', ...more };
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

test('the example of a command answers, refuses, and records its own action', () => {
  const cwd = tempFolder();
  const lines = ['!help stock put', '!stock put tea 12', '!stock put tea -20', '!hello', '!audit list'];
  const { status, lines: printed } = run('examples/command/bot.js', [], cwd, lines.join('\n'));
  const text = printed.join('\n');
  expect(status).toBe(0);
  expect(text).toMatch(
    /`!stock put <item> <count>`[\s\S]*tea: 12 on the shelf\. Case #\d\.[\s\S]*no more than 12/,
  );
  expect(text).toMatch(/Hello .*\nYou are OWNER here\.[\s\S]*tea: 0 became 12/);
  expect(JSON.parse(run('bin/reeve.js', ['verify', '--json'], cwd).lines[0]!)).toMatchObject({
    verdict: 'intact',
  });
});

test("the example's own tests pass", () => {
  const { status, lines } = run('examples/command/stock.test.js', [], tempFolder());
  expect({ status, said: status === 0 ? [] : lines }).toEqual({ status: 0, said: [] });
});

test('the example of a gateway carries messages and answers as lines of JSON', () => {
  const messages = [
    { id: '1', from: '+12025550100', name: 'Ana', text: '!role promote +12025550101' },
    { id: '2', from: '+12025550102', group: 'Team', text: '!role list' },
    // A gateway may deliver a message twice; it runs once.
    { id: '1', from: '+12025550100', name: 'Ana', text: '!role promote +12025550101' },
  ];
  const input = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
  const { status, lines } = run('examples/gateway/bot.js', [], tempFolder(), input, {
    REEVE_OWNERS: '+12025550100',
  });
  expect(status).toBe(0);
  const answers = lines.map((line) => JSON.parse(line));
  expect(answers).toHaveLength(3);
  expect(answers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        to: 'direct +12025550100',
        text: expect.stringMatching(/OPERATOR/),
        quotes: '1',
      }),
      expect.objectContaining({ to: 'direct +12025550101', text: expect.stringMatching(/made you/) }),
      expect.objectContaining({ to: 'Team', text: expect.stringMatching(/You may not run/), quotes: '2' }),
    ]),
  );
});
