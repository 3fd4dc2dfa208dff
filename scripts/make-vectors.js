/**
 * Writes docs/vectors anew from tests/ledger/vectors.ts. A test compares the two byte for byte, so this is
 * needed only when the format's vectors are meant to change: node scripts/make-vectors.js
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'docs', 'vectors');
const temporary = mkdtempSync(join(tmpdir(), 'reeve-vectors-'));

try {
  writeFileSync(join(temporary, 'package.json'), '{"type":"module"}');
  for (const folder of ['src/ledger', 'tests/ledger']) {
    mkdirSync(join(temporary, folder), { recursive: true });
    for (const file of readdirSync(join(root, folder))) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      const { code } = transformFileSync(join(root, folder, file), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        swcrc: false,
      });
      writeFileSync(join(temporary, folder, file.replace(/\.ts$/, '.js')), code);
    }
  }
  const { vectorFiles } = await import(pathToFileURL(join(temporary, 'tests/ledger/vectors.js')).href);
  const files = vectorFiles();
  mkdirSync(out, { recursive: true });
  for (const old of readdirSync(out)) if (!files.has(old)) rmSync(join(out, old));
  let changed = 0;
  for (const [name, text] of files) {
    const path = join(out, name);
    if (readIfThere(path) === text) continue;
    writeFileSync(path, text);
    changed += 1;
  }
  process.stdout.write(`${files.size} files, ${changed} of them changed\n`);
} finally {
  rmSync(temporary, { recursive: true });
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
