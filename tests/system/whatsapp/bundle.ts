import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const IMPORT = /^import (?:[^']*? from )?'(\.[^']+)';$/gm;

/**
 * One script of the page's modules: those that a module imports go before it, and what ties them together goes.
 * All names at their top level share one scope, so each is used once.
 */
export function bundle(entry: string): string {
  const seen = new Set<string>();
  const parts: string[] = [];
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = readFileSync(path, 'utf8');
    for (const [, imported] of source.matchAll(IMPORT)) visit(join(dirname(path), imported!));
    parts.push(source.replace(IMPORT, '').replace(/^export /gm, ''));
  };
  visit(entry);
  return `'use strict';\n(() => {\n${parts.join('\n')}\n})();\n`;
}
