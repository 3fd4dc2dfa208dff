import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

const proofs = (...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/proofs.js'), ...args], { encoding: 'utf8' });

test('every test that has a long form is among the proofs', () => {
  const listed = proofs('--list').stdout.trim().split('\n');
  expect(listed.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  const long = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `tests/${name}`)
    .filter((file) => /import \{[^}]*\bbyForm\b/.test(readFileSync(join(root, file), 'utf8')));
  expect(long.length).toBeGreaterThan(3);
  expect(long.filter((file) => !listed.includes(file))).toEqual([]);
});

test('a proof that there is not is refused with those that there are', () => {
  const { status, stderr } = proofs('verifiers', 'magic');
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: expect.stringMatching(/^There is no proof magic, only kill, .*verifiers\.\n$/),
  });
});
