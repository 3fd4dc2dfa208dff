import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { programOf } from '../docs/codeBlocks.js';
import { tempFolder } from '../support/tempFolder.js';
import { PATIENCE_MS } from './form.js';

/**
 * What a bot builder gets: the packed package, installed by npm into a project that knows nothing of this one. Only
 * two things are not as they are there. The compiler is this checkout's, and so is SQLite's compiled addon (packages
 * are installed without their scripts), since to compile it again would take a minute.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

interface Packed {
  filename: string;
  files: { path: string }[];
}

let packed: Packed;
let host: string;

beforeAll(() => {
  const folder = tempFolder();
  // The set-up has run already; while tests use the build it must not be made again.
  const { stdout } = run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  packed = (JSON.parse(stdout) as Packed[])[0]!;
  host = join(folder, 'host');
  mkdirSync(host);
  writeFileSync(join(host, 'package.json'), '{"name":"host","private":true,"type":"module"}\n');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  const wanted = [
    join('..', packed.filename),
    `zod@${dependencies.zod}`,
    `@types/node@${devDependencies['@types/node']}`,
  ];
  run(host, 'npm', 'install', ...quiet, ...wanted);
  const addon = join('node_modules', 'better-sqlite3', 'build');
  cpSync(join(root, addon), join(host, addon), { recursive: true });
}, PATIENCE_MS);

test('the package holds the program and what it reads, and no source, test or path of this checkout', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      '.env-example',
      'bin/reeve.js',
      'dist/index.js',
      'dist/index.d.ts',
      'prisma/guards/sqlite.sql',
      'prisma/guards/postgresql.sql',
      'examples/command/bot.js',
    ]),
  );
  // Of the scripts only the verifier, which is for whoever is given a bundle.
  const ours = paths.filter((path) => /^(src|tests|scripts|bench)\//.test(path));
  expect(ours).toEqual(['scripts/verify-bundle.mjs']);
  expect(paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
  const installed = join(host, 'node_modules', 'reeve');
  const telling = paths.filter((path) => readFileSync(join(installed, path), 'utf8').includes(root));
  expect(telling).toEqual([]);
});

test("the README's example compiles under strict, library types included, and runs", () => {
  writeFileSync(join(host, 'bot.ts'), programOf('README.md'));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  run(host, process.execPath, compiler, ...options, '--pretty', 'false', 'bot.ts');
  expect(run(host, process.execPath, 'bot.js').stdout).toBe('committed\ncase #2\n');
  expect(existsSync(join(host, 'data', 'reeve.db'))).toBe(true);
});

test('the command line is there, and verifies what the example recorded', () => {
  const reeve = join('node_modules', '.bin', 'reeve');
  const { stdout } = run(host, reeve, 'verify', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'intact', totalRecords: 2 });
});

function run(cwd: string, command: string, ...args: string[]) {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    REEVE_LOG_LEVEL: 'silent',
    npm_config_loglevel: 'error',
  };
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status === 0) return { stdout };
  throw new Error(
    `${command} ${args.join(' ')}: ${error?.message ?? `status ${status}`}\n${stdout}${stderr}`,
  );
}
