/**
 * Draws docs/images/tampering.svg, the README's picture, from the output of a session that really runs: events are
 * recorded, somebody changes one of them in the database, and `reeve verify` finds it.
 *
 *   node scripts/picture.js            draws it anew
 *   node scripts/picture.js --check    exit status 1 when the session would look different today
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSession } from './picture/session.js';
import { drawTerminal } from './picture/terminal.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const path = join(root, 'docs', 'images', 'tampering.svg');

/** Ids, hashes and times are others each time. */
const steady = (svg) =>
  svg
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}/g, 'TIME');

const svg = drawTerminal(runSession(root), {
  title: 'Reeve finds a change that was made in the database',
  description:
    'Three events are recorded. Somebody changes one with SQL: the database refuses at first, and gives in once a trigger is dropped. reeve verify names the entry.',
});

if (!process.argv.includes('--check')) writeFileSync(path, svg);
else if (steady(readFileSync(path, 'utf8')) !== steady(svg)) {
  console.log('docs/images/tampering.svg no longer shows what happens.\nRun: node scripts/picture.js');
  process.exitCode = 1;
}
