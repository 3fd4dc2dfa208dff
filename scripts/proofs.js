/**
 * The system proofs in their long form: more kills, more load, more outages, and every verdict asked of a process of
 * its own. What they prove, and how, stands in tests/system; `npm test` runs the same in short.
 *
 *   node scripts/proofs.js [kill|mutation|fork|outage|interleavings …]
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PROOFS = ['kill', 'mutation', 'fork', 'outage', 'interleavings'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PROOFS.includes(name));
if (unknown.length > 0) {
  console.error(`There is no proof ${unknown.join(', ')}, only ${PROOFS.join(', ')}.`);
  process.exit(2);
}
const names = wanted.length > 0 ? wanted : PROOFS;
const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--verbose',
    ...names.map((name) => `tests/system/${name}\\.test`),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PROOFS: 'long' } },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (status) => {
  process.exitCode = status ?? 1;
});
