import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { COMMON_OPTIONS } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...documentsIn('docs')];

function documentsIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** Code of a document, line by line: what stands in fences of a shell or of nothing in particular, and in backticks. */
function codeIn(text: string): string[] {
  const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;
  const blocks = [...text.matchAll(fence)].flatMap(([, language, code]) =>
    ['', 'sh', 'bash', 'console'].includes(language!) ? code!.split('\n') : [],
  );
  const spans = [...text.replace(fence, '').matchAll(/`([^`]+)`/g)];
  return [...blocks, ...spans.map(([, code]) => code!.replaceAll('\n', ' '))];
}

interface CommandLine {
  line: string;
  name: string;
  rest: string;
}

/** What is called with `reeve` on a line: up to the end of that command. */
function commandLinesIn(text: string): CommandLine[] {
  return codeIn(text).flatMap((line) =>
    [...line.matchAll(/(?<![\w./-])reeve ([a-z][a-z-]*)\b((?:(?!\breeve )[^|;#<>&)])*)/g)].map((match) => ({
      line,
      name: match[1]!,
      rest: match[2]!,
    })),
  );
}

/** What of a command line the program does not know; null where it knows all of it. */
function unknownIn({ name, rest }: CommandLine): string | null {
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) return `command ${name}`;
  const known = [...command.options, ...COMMON_OPTIONS].map((option) => option.name);
  // Not within quotes.
  const words = rest.replace(/"[^"]*"|'[^']*'/g, '""').split(/[\s[\]=]+/);
  const option = words.find((word) => word.startsWith('--') && !known.includes(word.slice(2)));
  if (option !== undefined) return `option ${option} of ${name}`;
  const verbs = /^[a-z]+(?:\|[a-z]+)+/.exec(command.words)?.[0].split('|');
  const [first] = words.filter((word) => word !== '');
  const isVerb =
    verbs === undefined || first === undefined || verbs.includes(first) || !/^[a-z]+$/.test(first);
  return isVerb ? null : `${name} ${first}`;
}

const problemsIn = (text: string): string[] =>
  commandLinesIn(text).flatMap((line) => {
    const unknown = unknownIn(line);
    return unknown === null ? [] : [`${line.line.trim()}: ${unknown}`];
  });

test.each(DOCUMENTS)('every command line of %s is one that the program takes', (document) => {
  expect(problemsIn(readFileSync(join(root, document), 'utf8'))).toEqual([]);
});

test('the documents together show every command', () => {
  const shown = DOCUMENTS.flatMap((document) => commandLinesIn(readFileSync(join(root, document), 'utf8')));
  const names = new Set(shown.map(({ name }) => name));
  expect(COMMANDS.filter(({ name }) => !names.has(name))).toEqual([]);
  expect(shown.filter(({ rest }) => rest.includes('--')).length).toBeGreaterThan(20);
});

test('what there is not is found', () => {
  const text = [
    '```sh',
    'npx reeve verify --check-point FILE     # whatever --else it says',
    'X=1 reeve retention sweep',
    'cat x | reeve rekord',
    '```',
    'Say `reeve key --reason "--why"` or `reeve hold',
    'add --persons=x`.',
    '```ts',
    'reeve verify --nothing',
    '```',
  ].join('\n');
  expect(problemsIn(text).map((problem) => problem.replace(/^.*: /, ''))).toEqual([
    'option --check-point of verify',
    'retention sweep',
    'command rekord',
    'option --persons of hold',
  ]);
});
