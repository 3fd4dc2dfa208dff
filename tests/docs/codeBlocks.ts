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
};

/** The TypeScript of a document, its blocks read as one program from top to bottom. */
export function programOf(document: string): string {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!).join('\n');
}

/** A host's project with the program in it, and the packages that it would have installed. */
export interface HostProject {
  folder: string;
  /** What the compiler has to say against it; '' when nothing. */
  typeProblems(): string;
  /** Runs it, and returns what it prints. */
  run(): { status: number | null; stdout: string; stderr: string };
}

export function hostProject(program: string): HostProject {
  const folder = tempFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'reeve'), 'dir');
  for (const name of ['zod', '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }
  writeFileSync(join(folder, 'package.json'), '{"name":"host","private":true,"type":"module"}');
  writeFileSync(join(folder, 'bot.ts'), program);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['bot.ts'] }),
  );
  const node = (...args: string[]) => {
    const env = { PATH: process.env.PATH, HOME: folder, REEVE_LOG_LEVEL: 'silent' };
    return spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
  };
  return {
    folder,
    typeProblems: () => node(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.').stdout,
    run: () => {
      const { code } = transformSync(program, {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      writeFileSync(join(folder, 'bot.js'), code);
      return node('bot.js');
    },
  };
}

/** The verdict over what a host's program has recorded. */
export function verdictIn(folder: string): { verdict: string; totalRecords: number } {
  const { stdout } = spawnSync(process.execPath, [join(root, 'bin', 'reeve.js'), 'verify', '--json'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    encoding: 'utf8',
  });
  return JSON.parse(stdout);
}
