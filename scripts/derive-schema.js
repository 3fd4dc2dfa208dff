/**
 * Derives the PostgreSQL data model from prisma/schema.prisma, the single source. Only the provider and the
 * generator's output differ; every type in the source means the same on both databases.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

export const sourcePath = join(root, 'prisma', 'schema.prisma');
export const derivedPath = join(root, 'prisma', 'postgresql', 'schema.prisma');

/** The PostgreSQL schema's text. Throws when the source no longer has the two lines that are replaced. */
export function derivePostgresql(source) {
  const swap = (text, from, to) => {
    if (!text.includes(from)) throw new Error(`prisma/schema.prisma no longer holds ${from}`);
    return text.replace(from, to);
  };
  const header = '// Derived from ../schema.prisma by scripts/derive-schema.js. Do not edit.\n';
  let text = swap(source, 'provider = "sqlite"', 'provider = "postgresql"');
  text = swap(text, '"../src/store/generated/sqlite"', '"../../src/store/generated/postgresql"');
  return header + text;
}

/** Writes the derived schema where it is missing or stale. */
export function deriveSchemas() {
  const text = derivePostgresql(readFileSync(sourcePath, 'utf8'));
  mkdirSync(dirname(derivedPath), { recursive: true });
  let current = '';
  try {
    current = readFileSync(derivedPath, 'utf8');
  } catch {
    // Not derived yet.
  }
  if (current !== text) writeFileSync(derivedPath, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) deriveSchemas();
