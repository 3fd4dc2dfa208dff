import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';

/**
 * The real set-up in a small made-up checkout. npm, Prisma and the compiler are stand-ins that note each call
 * and make files as the real ones would: what is tested is what is called when, not what the tools do.
 */
const scripts = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'scripts');

/** Begins every stand-in: notes the call, what stands on its input, and whether another one is at work. */
const NOTE = `
  const fs = require('node:fs');
  const { dirname } = require('node:path');
  const put = (path, text) => { fs.mkdirSync(dirname(path), { recursive: true }); fs.writeFileSync(path, text); };
  const note = (line) => fs.appendFileSync('calls.txt', line + '\\n');
  const input = fs.readFileSync(0, 'utf8');
  if (input !== '') note('READ ' + input);
  const alone = (work) => {
    try { fs.mkdirSync('busy'); } catch { note('OVERLAP'); }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    work();
    fs.rmSync('busy', { recursive: true, force: true });
  };
`;

const NPM = `${NOTE}
  note('npm ' + process.argv[2]);
  if (fs.existsSync('out-of-step') && process.argv[2] === 'ci') {
    console.error('npm error code EUSAGE');
    process.exit(1);
  }
  alone(() => {
    fs.rmSync('node_modules', { recursive: true, force: true });
    fs.cpSync('tools', 'node_modules', { recursive: true });
    const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
    put('node_modules/.package-lock.json', JSON.stringify({ packages }));
  });
`;

const PRISMA = `${NOTE}
  const schema = process.argv[4];
  note('prisma ' + schema + (process.env.PRISMA_SCHEMA_ENGINE_BINARY ? '' : ' WITHOUT ENGINE'));
  const name = schema.includes('postgresql') ? 'postgresql' : 'sqlite';
  put('src/store/generated/' + name + '/client.ts', 'export {};');
`;

const TSC = `${NOTE}
  note('tsc');
  const files = fs.readdirSync('src', { recursive: true }).filter((name) => name.endsWith('.ts'));
  if (files.some((name) => fs.readFileSync('src/' + name, 'utf8').includes('BROKEN'))) {
    console.log('src/a.ts(1,1): error');
    process.exit(2);
  }
  alone(() => {
    for (const name of files) {
      put('dist/' + name.replace(/ts$/, 'js'), fs.readFileSync('src/' + name));
      put('dist/' + name.replace(/ts$/, 'd.ts'), '');
      if (!fs.existsSync('kill')) continue;
      fs.rmSync('kill');
      process.kill(process.ppid, 'SIGKILL');
      process.exit(1);
    }
  });
`;

const SCHEMA = 'provider = "sqlite"\noutput = "../src/store/generated/sqlite"\n';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reeve-setup-'));
  cpSync(join(scripts, 'setup'), join(root, 'scripts/setup'), { recursive: true });
  for (const name of ['setup.js', 'derive-schema.js'])
    cpSync(join(scripts, name), join(root, 'scripts', name));
  write('package.json', '{"type":"module","dependencies":{"a":"1.0.0"}}');
  write('package-lock.json', '{"packages":{"":{},"node_modules/typescript":{"version":"1.0.0"}}}');
  write('tsconfig.json', '{}');
  write('prisma/schema.prisma', SCHEMA);
  write('src/a.ts', 'export const a = 1;');
  write('src/room/b.ts', 'export const b = 1;');
  for (const folder of ['npm', 'tools']) write(`${folder}/package.json`, '{"type":"commonjs"}');
  write('npm/npm-cli.js', NPM);
  write('tools/typescript/bin/tsc', TSC);
  write('tools/prisma/build/index.js', PRISMA);
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (path: string) => join(root, path);
function write(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

const environment = () => ({ ...process.env, npm_execpath: at('npm/npm-cli.js'), NODE_OPTIONS: '' });
function setUp(args: string[] = [], nodeArgs: string[] = []): SpawnSyncReturns<string> {
  const all = [...nodeArgs, at('scripts/setup.js'), ...args];
  return spawnSync(process.execPath, all, { encoding: 'utf8', env: environment(), input: 'piped' });
}

/** What was called since the last look. */
function calls(): string[] {
  if (!existsSync(at('calls.txt'))) return [];
  const lines = readFileSync(at('calls.txt'), 'utf8').trim().split('\n');
  rmSync(at('calls.txt'));
  return lines.sort();
}

const GENERATED = ['prisma prisma/postgresql/schema.prisma', 'prisma prisma/schema.prisma'];
const ALL = ['npm ci', ...GENERATED, 'tsc'];

describe('on a clean machine', () => {
  test('it installs, generates for both databases and compiles; then it has nothing to do and says nothing', () => {
    const first = setUp();
    expect(first.stderr).toMatch(
      /^Installing packages .*… \d+\.\d s\nGenerating the database clients… \d+\.\d s\nCompiling… \d+\.\d s\n$/,
    );
    expect(first.stdout).toBe('');
    expect(first.status).toBe(0);
    expect(calls()).toEqual(ALL);
    expect(existsSync(at('dist/store/generated/postgresql/client.js'))).toBe(true);
    expect(existsSync(at('.setup-lock'))).toBe(false);

    expect(setUp()).toMatchObject({ status: 0, stderr: '', stdout: '' });
    expect(calls()).toEqual([]);
  });

  test('packages that were installed by hand are taken as they are', () => {
    cpSync(at('tools'), at('node_modules'), { recursive: true });
    cpSync(at('package-lock.json'), at('node_modules/.package-lock.json'));
    expect(setUp().status).toBe(0);
    expect(calls()).toEqual([...GENERATED, 'tsc']);
  });

  test('with a lock file that does not fit, what package.json asks for is installed', () => {
    write('out-of-step', '');
    expect(setUp().status).toBe(0);
    expect(calls()).toEqual(['npm ci', 'npm install', ...GENERATED, 'tsc']);
  });

  test('two at once do the work once and do not get in each other’s way', async () => {
    const run = () =>
      new Promise<number | null>((resolve) => {
        const options = { env: environment(), stdio: 'ignore' as const };
        spawn(process.execPath, [at('scripts/setup.js')], options).on('close', resolve);
      });
    expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0]);
    expect(calls()).toEqual(ALL);
  });
});

describe('after a change only what depends on it is done', () => {
  let done: string | undefined;
  beforeEach(() => {
    if (done === undefined) {
      setUp();
      calls();
      done = mkdtempSync(join(tmpdir(), 'reeve-done-'));
      cpSync(root, done, { recursive: true, preserveTimestamps: true });
    }
    cpSync(done, root, { recursive: true, preserveTimestamps: true });
  });
  afterAll(() => rmSync(done!, { recursive: true }));

  const redo = () => {
    expect(setUp().status).toBe(0);
    return calls();
  };

  test('a source', () => {
    write('src/a.ts', 'export const a = 2;');
    expect(redo()).toEqual(['tsc']);
    expect(readFileSync(at('dist/a.js'), 'utf8')).toBe('export const a = 2;');
  });

  test('a time stamp alone is no change', () => {
    utimesSync(at('src/a.ts'), new Date(0), new Date(0));
    expect(redo()).toEqual([]);
  });

  test('a source that is gone takes its output with it', () => {
    write('dist/kept.txt', 'not ours');
    rmSync(at('src/room'), { recursive: true });
    expect(redo()).toEqual(['tsc']);
    expect(existsSync(at('dist/room'))).toBe(false);
    expect(existsSync(at('dist/a.d.ts'))).toBe(true);
    expect(existsSync(at('dist/kept.txt'))).toBe(true);
  });

  test('the compiler’s configuration', () => {
    write('tsconfig.json', '{ }');
    expect(redo()).toEqual(['tsc']);
  });

  test('the output, or a part of it', () => {
    rmSync(at('dist/room/b.js'));
    expect(redo()).toEqual(['tsc']);
    rmSync(at('dist'), { recursive: true });
    expect(redo()).toEqual(['tsc']);
  });

  test('the data model', () => {
    write('prisma/schema.prisma', `${SCHEMA}model A`);
    expect(redo()).toEqual([...GENERATED, 'tsc']);
    expect(readFileSync(at('prisma/postgresql/schema.prisma'), 'utf8')).toContain('model A');
  });

  test('a generated client that was deleted', () => {
    rmSync(at('src/store/generated/postgresql'), { recursive: true });
    expect(redo()).toEqual(GENERATED);
  });

  test('the packages', () => {
    write('package-lock.json', '{"packages":{"":{},"node_modules/typescript":{"version":"2.0.0"}}}');
    expect(redo()).toEqual(ALL);
  });

  test('node_modules that were deleted', () => {
    rmSync(at('node_modules'), { recursive: true });
    expect(redo()).toEqual(ALL);
  });

  test('--build compiles in any case', () => {
    expect(setUp(['--build']).status).toBe(0);
    expect(calls()).toEqual(['tsc']);
  });
});

describe('when something goes wrong', () => {
  test('a program that does not compile fails with the compiler’s words, every time, until it is mended', () => {
    write('src/a.ts', 'BROKEN');
    for (const expected of [ALL, ['tsc']]) {
      const { status, stderr } = setUp();
      expect(status).toBe(1);
      expect(stderr).toContain('Compiling… failed after');
      expect(stderr).toContain('src/a.ts(1,1): error\n\nThis did not succeed (exit status 2):');
      expect(calls()).toEqual(expected);
    }
    write('src/a.ts', '');
    expect(setUp().status).toBe(0);
    expect(existsSync(at('.setup-lock'))).toBe(false);
  });

  test('a set-up that was killed half-way is taken over, and its work is done again', () => {
    write('kill', '');
    expect(setUp().signal).toBe('SIGKILL');
    expect(existsSync(at('.setup-lock'))).toBe(true);
    rmSync(at('busy'), { recursive: true, force: true });
    calls();
    expect(setUp()).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Compiling… /) });
    expect(calls()).toEqual(['tsc']);
    expect(existsSync(at('dist/room/b.js'))).toBe(true);
    expect(existsSync(at('.setup-lock'))).toBe(false);
  });

  test('a lock from another machine that gives no sign of life is taken over', () => {
    write('.setup-lock/holder.json', JSON.stringify({ pid: 1, host: 'elsewhere.example', token: 'x' }));
    const longAgo = new Date(Date.now() - 600_000);
    utimesSync(at('.setup-lock'), longAgo, longAgo);
    expect(setUp().status).toBe(0);
    expect(existsSync(at('.setup-lock'))).toBe(false);
  });

  test('a Node that is too old is told which one is needed, and nothing is begun', () => {
    write('old.cjs', `Object.defineProperty(process.versions, 'node', { value: '20.18.3' });`);
    const { status, stderr } = setUp([], ['--require', at('old.cjs')]);
    expect(stderr).toContain('Reeve needs Node 20.19 or newer, and this is Node 20.18.3.');
    expect(status).toBe(1);
    expect(calls()).toEqual([]);
  });

  test('an option it does not know is refused', () => {
    expect(setUp(['--biuld'])).toMatchObject({
      status: 2,
      stderr: 'setup knows no --biuld, only --build and --verbose.\n',
    });
  });
});
