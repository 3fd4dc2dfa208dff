/**
 * The proofs in their long form: more kills, more load, more outages, more files that both verifiers are asked about,
 * and every verdict asked of a process of its own. What they prove, and how, stands in tests/system and in
 * tests/scripts; `npm test` runs the same in short.
 *
 *   node scripts/proofs.js [kill|mutation|fork|outage|interleavings|verifiers …]
 *   node scripts/proofs.js --list
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PROOFS = {
  kill: 'tests/system/kill.test.ts',
  mutation: 'tests/system/mutation.test.ts',
  fork: 'tests/system/fork.test.ts',
  outage: 'tests/system/outage.test.ts',
  interleavings: 'tests/system/interleavings.test.ts',
  verifiers: 'tests/scripts/verifyBundle.test.ts',
};

const wanted = process.argv.slice(2);
if (wanted.includes('--list')) {
  for (const file of Object.values(PROOFS)) console.log(file);
  process.exit();
}
const unknown = wanted.filter((name) => !Object.hasOwn(PROOFS, name));
if (unknown.length > 0) {
  console.error(`There is no proof ${unknown.join(', ')}, only ${Object.keys(PROOFS).join(', ')}.`);
  process.exit(2);
}
const names = wanted.length > 0 ? wanted : Object.keys(PROOFS);
const child = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--verbose',
    '--runTestsByPath',
    ...names.map((name) => PROOFS[name]),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PROOFS: 'long' } },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (status) => {
  process.exitCode = status ?? 1;
});
