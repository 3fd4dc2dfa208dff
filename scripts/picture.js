/**
 * Draws the pictures of the documentation from sessions that really run.
 *
 *   node scripts/picture.js            draws them anew
 *   node scripts/picture.js --check    exit status 1 when a session would look different today
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChat } from './picture/chat.js';
import { runSession } from './picture/session.js';
import { drawTerminal } from './picture/terminal.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const PICTURES = [
  {
    file: 'tampering.svg',
    lines: () => runSession(root),
    title: 'Reeve finds a change that was made in the database',
    description:
      'Three events are recorded. Somebody changes one with SQL: the database refuses at first, and gives in once a trigger is dropped. reeve verify names the entry.',
  },
  {
    file: 'chat.svg',
    lines: runChat,
    title: 'A chat with Reeve',
    description:
      'Ana makes Bo OPERATOR and gets a case number. Bo is refused something. Ana lists both, asks why the second was refused, takes the first back, and verifies the record.',
  },
];

/** Ids, hashes and times are others each time. */
const steady = (svg) =>
  svg
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}/g, 'TIME');

for (const { file, lines, ...about } of PICTURES) {
  const path = join(root, 'docs', 'images', file);
  const svg = drawTerminal(await lines(), about);
  if (!process.argv.includes('--check')) writeFileSync(path, svg);
  else if (steady(readFileSync(path, 'utf8')) !== steady(svg)) {
    console.log(`docs/images/${file} no longer shows what happens.\nRun: node scripts/picture.js`);
    process.exitCode = 1;
  }
}
