import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { tempFolder } from '../support/tempFolder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const COMPILER_OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  types: ['node'],
  noEmit: true,
  skipLibCheck: true,
};

/** The TypeScript of a document, its blocks read as one program from top to bottom. */
export function programOf(document: string): string {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!).join('\n');
}

/** A folder as a host's project would be, with these programs in it and the packages that they need. */
export function hostProject(programs: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'reeve'), 'dir');
  for (const name of ['zod', '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }
  writeFileSync(join(folder, 'package.json'), '{"name":"host","private":true,"type":"module"}');
  const files = Object.keys(programs);
  for (const file of files) writeFileSync(join(folder, file), programs[file]!);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: files }),
  );
  return folder;
}

/** What the compiler has to say against the programs of a project, a line each. */
export function typeProblems(folder: string): string[] {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = node(folder, compiler, '-p', '.', '--pretty', 'false');
  return stdout.split('\n').filter((line) => /^\S/.test(line));
}

/** Runs one of the programs. */
export function runProgram(folder: string, file: string) {
  const { code } = transformSync(readFileSync(join(folder, file), 'utf8'), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  writeFileSync(join(folder, 'program.js'), code);
  const { status, stdout, stderr } = node(folder, 'program.js');
  return { status, stdout, stderr };
}

/** The verdict over what a project's program has recorded. */
export function verdictIn(folder: string): { verdict: string; totalRecords: number } {
  return JSON.parse(node(folder, join(root, 'bin', 'reeve.js'), 'verify', '--json').stdout);
}

function node(folder: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, REEVE_LOG_LEVEL: 'silent' };
  return spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
}
