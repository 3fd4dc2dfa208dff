/**
 * Writes what documentation takes from the program (tables of actions, fields and commands) into the places that
 * are marked for it, so that the two cannot drift. It reads the build.
 *
 *   node scripts/docs.js            rewrites what has changed
 *   node scripts/docs.js --check    changes nothing; exit status 1 when something would change
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fill } from './docs/fill.js';
import { SECTIONS } from './docs/sections.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const DOCUMENTS = ['README.md', 'docs/AUDIT_LOGGING.md', 'docs/commands.md'];

const isCheck = process.argv.includes('--check');
const used = new Set();
let problems = 0;

for (const name of DOCUMENTS) {
  const path = join(root, name);
  const text = readFileSync(path, 'utf8');
  const { filled, changed } = fill(text, (section) => {
    used.add(section);
    return SECTIONS[section]?.();
  });
  if (changed.length === 0) continue;
  console.log(`${name}: ${changed.join(', ')} ${isCheck ? 'no longer fit the program' : 'rewritten'}`);
  if (isCheck) problems += 1;
  else writeFileSync(path, filled);
}

for (const section of Object.keys(SECTIONS)) {
  if (used.has(section)) continue;
  console.log(`No document has a place for ${section}.`);
  problems += 1;
}
if (isCheck && problems > 0) console.log('Run: node scripts/docs.js');
process.exitCode = problems === 0 ? 0 : 1;
