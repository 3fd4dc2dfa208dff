import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { hostProject, programOf, runProgram, typeProblems, verdictIn } from './codeBlocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const readme = programOf('README.md');
const logging = programOf('docs/AUDIT_LOGGING.md');

test('the examples compile under strict, and a payload that does not fit its action does not', () => {
  const wrong = readme.replace('cents: 1250', "cents: 'a lot'");
  expect(wrong).not.toBe(readme);
  const problems = typeProblems(
    hostProject({ 'readme.ts': readme, 'logging.ts': logging, 'wrong.ts': wrong }),
  );
  expect(problems).toEqual([
    expect.stringMatching(/^wrong\.ts.*Type 'string' is not assignable to type 'number'/),
  ]);
});

test("the README's example does what it says", () => {
  const folder = hostProject({ 'bot.ts': readme });
  expect(runProgram(folder, 'bot.ts')).toEqual({ status: 0, stdout: 'committed\ncase #2\n', stderr: '' });
  expect(verdictIn(folder)).toMatchObject({ verdict: 'intact', totalRecords: 2 });
});

test('the examples of AUDIT_LOGGING.md, read from top to bottom, are one program that runs', () => {
  const folder = hostProject({ 'bot.ts': logging });
  const printed = [
    'Done, case #1',
    'case #2',
    '#3 The group g1 is called Reception now {"name":"Reception"}',
    '#2 The group g1 is called Front desk now {"name":"Front desk"}',
    '#1 The group g1 is called Front desk now {"name":"Front desk"}',
    '3 { success: 3 }',
    '',
  ].join('\n');
  expect(runProgram(folder, 'bot.ts')).toEqual({ status: 0, stdout: printed, stderr: '' });
  expect(verdictIn(folder)).toMatchObject({ verdict: 'intact', totalRecords: 3 });
});

test.each([
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/AUDIT_LOGGING.md',
  'docs/architecture.md',
  'docs/assistant.md',
])('every link of %s leads somewhere', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? join(root, document) : join(root, dirname(document), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
  });
  expect(broken).toEqual([]);
});

/** Headings as GitHub makes anchors of them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}
