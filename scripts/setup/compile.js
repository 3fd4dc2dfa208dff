import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { filesBelow } from './sources.js';
import { mark, readStamp, unmark } from './stamp.js';

const OUTPUT = /\.(?:d\.ts|js)(?:\.map)?$/;

export function isCompiled({ root, files, compileKey }) {
  const isThere = (path) => existsSync(join(root, outputOf(path)));
  return readStamp(root).compile === compileKey && programs(files).every(isThere);
}

/** Compiles src into dist, and removes from dist what no longer has a source. */
export async function compile({ root, files, compileKey }, progress) {
  unmark(root, 'compile');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await progress.step('Compiling', (run) =>
    // A program that does not type-check leaves the one before it where it is.
    run([process.execPath, tsc, '-p', 'tsconfig.json', '--noEmitOnError'], { cwd: root }),
  );
  removeStale(root, new Set(programs(files).map((path) => outputOf(path).replace(/\.js$/, ''))));
  mark(root, 'compile', compileKey);
}

function programs(files) {
  return files.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
}

function outputOf(path) {
  return path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js');
}

function removeStale(root, kept) {
  for (const path of filesBelow(join(root, 'dist'))) {
    const name = relative(root, path).split(sep).join('/');
    if (OUTPUT.test(name) && !kept.has(name.replace(OUTPUT, ''))) rmSync(path, { force: true });
  }
  removeEmpty(join(root, 'dist'));
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    removeEmpty(path);
    if (readdirSync(path).length === 0) rmdirSync(path);
  }
}
