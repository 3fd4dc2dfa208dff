import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

/** The real script, with stand-ins for `npm test` and `npm run check` that say what they are told to say. */
const script = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.ci', 'run');

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reeve-ci-'));
  cpSync(script, join(root, '.ci/run'));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Outcome {
  tests: object | null;
  testStatus?: number;
  check?: string;
  checkStatus?: number;
}

function run({ tests, testStatus = 0, check = '6 passed, 0 failed', checkStatus = 0 }: Outcome) {
  const test = `
    const file = process.argv.find((arg) => arg.startsWith('--outputFile='))?.slice(13);
    if (!process.argv.includes('--json') || file === undefined || process.env.CI !== 'true') process.exit(9);
    const results = ${JSON.stringify(tests)};
    if (results !== null) require('node:fs').writeFileSync(file, JSON.stringify(results));
    process.exitCode = ${testStatus};
  `;
  const steps = `console.log(${JSON.stringify(`ok     types\n\n${check}`)}); process.exitCode = ${checkStatus};`;
  writeFileSync(join(root, 'test.cjs'), test);
  writeFileSync(join(root, 'check.cjs'), steps);
  const scripts = { test: 'node test.cjs', check: 'node check.cjs' };
  writeFileSync(join(root, 'package.json'), JSON.stringify({ scripts }));
  const { status, stdout } = spawnSync('bash', [join(root, '.ci/run')], { encoding: 'utf8', stdio: 'pipe' });
  return { status, last: stdout.trimEnd().split('\n').at(-1) };
}

const results = (numPassedTests: number, numFailedTests: number, testResults: object[] = []) => ({
  numPassedTests,
  numFailedTests,
  testResults,
});

test('tests and steps are added up', () => {
  expect(run({ tests: results(40, 0) })).toEqual({ status: 0, last: '46 passed, 0 failed' });
});

test('a failed test and a failed step both count', () => {
  const outcome = {
    tests: results(39, 1),
    testStatus: 1,
    check: '4 passed, 2 failed',
    checkStatus: 1,
  };
  expect(run(outcome)).toEqual({ status: 1, last: '43 passed, 3 failed' });
});

test('a file that could not be run counts as one', () => {
  const unrun = { status: 'failed', assertionResults: [] };
  expect(run({ tests: results(40, 0, [unrun]), testStatus: 1 })).toEqual({
    status: 1,
    last: '46 passed, 1 failed',
  });
});

test('a bad end without a count is a failure: of the tests, of the check, and of both', () => {
  expect(run({ tests: results(40, 0), testStatus: 1 })).toEqual({ status: 1, last: '46 passed, 1 failed' });
  expect(run({ tests: null, testStatus: 1, check: '', checkStatus: 1 })).toEqual({
    status: 1,
    last: '0 passed, 2 failed',
  });
});

test('that nothing ran is no success', () => {
  expect(run({ tests: null })).toEqual({ status: 1, last: '6 passed, 1 failed' });
  expect(run({ tests: results(40, 0), check: '' })).toEqual({ status: 1, last: '40 passed, 1 failed' });
});
