import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** What is loaded by a module and by all that it loads, types left out: files and packages. */
function loadedBy(url: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(url.href)) return seen;
  seen.add(url.href);
  const text = readFileSync(url, 'utf8');
  for (const [, clause, from] of text.matchAll(/^(?:import|export) ([^;]*?)from '([^']+)';$/gm)) {
    if (/^type\b|^\{(?:\s*type [^,}]+,?)+\s*\}\s*$/.test(clause!)) continue;
    if (from!.startsWith('.')) loadedBy(new URL(from!.replace(/\.js$/, '.ts'), url), seen);
    else seen.add(from!);
  }
  return seen;
}

test('the writing thread loads the two drivers, and nothing of Prisma', () => {
  const loaded = [...loadedBy(new URL('../../../src/audit/writer/thread.ts', import.meta.url))];
  const packages = loaded.filter((name) => !name.startsWith('file:') && !name.startsWith('node:'));
  expect(packages.sort()).toEqual(['better-sqlite3', 'pg']);
  expect(loaded.filter((name) => /generated|adapter|store\/store/.test(name))).toEqual([]);
});
