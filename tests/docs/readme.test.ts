import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { hostProject, programOf, verdictIn } from './codeBlocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test("the README's example compiles under strict and does what it says", () => {
  const host = hostProject(programOf('README.md'));
  expect(host.typeProblems()).toBe('');
  const { stdout, status } = host.run();
  expect(stdout).toBe('committed\ncase #2\n');
  expect(status).toBe(0);
  expect(verdictIn(host.folder)).toMatchObject({ verdict: 'intact', totalRecords: 2 });
});

test('a payload that does not fit its action does not compile', () => {
  const program = programOf('README.md');
  const wrong = program.replace('cents: 1250', "cents: 'a lot'");
  expect(wrong).not.toBe(program);
  expect(hostProject(wrong).typeProblems()).toContain("Type 'string' is not assignable to type 'number'");
});

test('the examples of AUDIT_LOGGING.md, read from top to bottom, are one program that runs', () => {
  const host = hostProject(programOf('docs/AUDIT_LOGGING.md'));
  expect(host.typeProblems()).toBe('');
  const { stdout, stderr, status } = host.run();
  expect(stderr).toBe('');
  expect(stdout).toBe('Done, case #1\ncase #2\n');
  expect(status).toBe(0);
  expect(verdictIn(host.folder)).toMatchObject({ verdict: 'intact', totalRecords: 3 });
});

test.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/AUDIT_LOGGING.md', 'docs/architecture.md'])(
  'every link of %s leads somewhere',
  (document) => {
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
  },
);

/** Headings as GitHub makes anchors of them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}
