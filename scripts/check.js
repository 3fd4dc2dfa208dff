/**
 * Everything that is checked without running the program: types, style, who imports whom, what nobody uses, and
 * whether what is derived still fits its source. All steps run, so one run tells everything.
 *
 *   node scripts/check.js [--write-env-example]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boundaryProblems } from './boundaries.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const envExample = join(root, '.env-example');

/** Each returns what is wrong, as text to be shown; '' when nothing is. */
const STEPS = [
  { name: 'types', run: () => tool('typescript/bin/tsc', '-p', 'tests/tsconfig.json', '--noEmit') },
  { name: 'style (Biome)', run: () => tool('@biomejs/biome/bin/biome', 'ci', '--colors=off', '.') },
  { name: 'room boundaries', run: boundaries },
  { name: 'unused code (knip)', run: () => tool('knip/bin/knip.js', '--no-progress') },
  { name: 'schema drift', run: () => program('scripts/schema-drift.js') },
  { name: '.env-example drift', run: envExampleDrift },
  { name: 'documentation drift', run: () => program('scripts/docs.js', '--check') },
];

function tool(path, ...args) {
  return program(join('node_modules', path), ...args);
}

function program(path, ...args) {
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 2 ** 20 };
  const { status, signal, error, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, path), ...args],
    options,
  );
  if (status === 0) return '';
  return (
    `${stdout ?? ''}${stderr ?? ''}`.trim() || `${path} ended with ${error?.message ?? signal ?? status}`
  );
}

function boundaries() {
  return boundaryProblems(join(root, 'src'))
    .map(({ file, line, imports, why }) => `src/${file}:${line} imports ${imports}: ${why}`)
    .join('\n');
}

/** The table of variables is read from the build, which the set-up has just brought up to date. */
async function envExampleDrift() {
  const { envExampleDrift: drift } = await import('../dist/config/envExample.js');
  const problem = drift(readFileSync(envExample, 'utf8'));
  return problem === null ? '' : `.env-example: ${problem}\nRun: node scripts/check.js --write-env-example`;
}

async function runAll() {
  let failed = 0;
  for (const { name, run } of STEPS) {
    const start = performance.now();
    const problem = await Promise.resolve()
      .then(run)
      .catch((error) => error.stack);
    const elapsed = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    console.log(`${problem === '' ? 'ok    ' : 'FAILED'} ${name} (${elapsed})`);
    if (problem === '') continue;
    failed++;
    console.log(problem.replace(/^/gm, '       '));
  }
  console.log(`\n${STEPS.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (process.argv.includes('--write-env-example')) {
  const { renderEnvExample } = await import('../dist/config/envExample.js');
  writeFileSync(envExample, renderEnvExample());
} else {
  process.exitCode = await runAll();
}
