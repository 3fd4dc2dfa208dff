import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { Desk, someEvent } from './commandLine.js';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8')) as { version: string };

test.each([[['--version']], [['-v']], [['--tenant', 'a', '-v']]])('%p tells the version', async (argv) => {
  expect(await new Desk().reeve(argv)).toEqual({ status: 0, stdout: `reeve ${version}\n`, stderr: '' });
});

test('the version is there for programs, too', async () => {
  const { stdout } = await new Desk().reeve(['--version', '--json']);
  expect(JSON.parse(stdout)).toEqual({ version });
});

test('options that every command takes may stand before it', async () => {
  const desk = new Desk();
  expect((await desk.record(someEvent)).status).toBe(0);
  const { status, stdout } = await desk.reeve(['--tenant', 'default', '--json', 'status']);
  expect([status, JSON.parse(stdout).entries]).toEqual([0, 1]);
  expect((await desk.reeve(['--tenant=acme', 'status'])).stderr).toContain('tenant acme');
  expect((await desk.reeve(['--help', 'status'])).stdout).toContain('Usage: reeve status');
});

test('other options before the command are refused, and the refusal shows how it goes', async () => {
  const { status, stderr } = await new Desk().reeve(['--limit', '5', 'query']);
  expect(status).toBe(2);
  expect(stderr).toContain('--limit stands before the command');
  expect(stderr).toContain('For example: reeve --tenant default query --limit 5');
});

test('a bad number is answered with a command line that can be used', async () => {
  const desk = new Desk();
  const said = await Promise.all([
    desk.reeve(['prove', 'x']),
    desk.reeve(['query', '--limit', '0']),
    desk.reeve(['export', '--format', 'csv', '--limit', 'many']),
    desk.reeve(['record', '--wait', 'long']),
  ]);
  expect(said.map(({ stderr }) => /For example: (.*)\n/.exec(stderr)?.[1])).toEqual([
    'reeve prove 50',
    'reeve query --limit 50',
    'reeve export --format csv --limit 1000',
    'reeve record --wait 60 < events.ndjson',
  ]);
});

test('options that would change nothing are wrong usage', async () => {
  const desk = new Desk();
  for (const argv of [
    ['export', '--format', 'bundle', '--limit', '5'],
    ['export', '--format', 'json', '--bom'],
    ['export', '--format', 'bundle', '--bom'],
    ['key', '--reason', 'yearly'],
  ]) {
    const { status, stderr } = await desk.reeve(argv);
    expect([argv, status, stderr]).toEqual([argv, 2, expect.stringContaining('For example: reeve')]);
  }
  expect(desk.files).toEqual([]);
});

test('help loads neither a database driver nor Prisma', () => {
  const script = `
    import { createRequire } from 'node:module';
    process.argv = ['node', 'reeve', '--help'];
    const { runProcess } = await import(${JSON.stringify(pathToFileURL(path('dist/cli/process.js')).href)});
    await runProcess();
    console.error(Object.keys(createRequire(${JSON.stringify(path('package.json'))}).cache).join('\\n'));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: path('.'),
  });
  expect(stdout).toContain('Usage: reeve COMMAND');
  expect(stderr.trim()).toBe('');
});
