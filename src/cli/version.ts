import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../store/packageRoot.js';

/** The version of this program, as its package has it. */
export function programVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
