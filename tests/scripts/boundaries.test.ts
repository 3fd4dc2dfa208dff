import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { boundaryProblems } from '../../scripts/boundaries.js';

/** The problems of a made-up source tree, as "file:line specifier: why". */
function problemsOf(files: Record<string, string>): string[] {
  const src = mkdtempSync(join(tmpdir(), 'reeve-rooms-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(src, name)), { recursive: true });
      writeFileSync(join(src, name), text);
    }
    return boundaryProblems(src).map(({ file, line, imports, why }) => `${file}:${line} ${imports}: ${why}`);
  } finally {
    rmSync(src, { recursive: true });
  }
}

test('what the rules allow is silent', () => {
  const allowed = {
    'config/a.ts': `import { z } from 'zod'; import './b.js';`,
    'ledger/a.ts': `import { createHash } from 'node:crypto'; import { b } from './deep/b.js';`,
    'ledger/deep/b.ts': `import { a } from '../a.js';`,
    'signing/a.ts': `import '../ledger/a.js'; import '../config/a.js'; import { readFileSync } from 'node:fs';`,
    'store/a.ts': `import pg from 'pg'; import { PrismaClient } from './generated/sqlite/client.js';
      import Database from 'better-sqlite3'; import '@prisma/adapter-pg';`,
    'store/generated/sqlite/client.ts': `import '../../../chat/a.js';`,
    'audit/a.ts': `import '../store/a.js'; import '../signing/a.js'; import '../ledger/a.js';`,
    'chat/a.ts': `import '../lifecycle/a.js'; import '../access/a.js'; import '../assistant/a.js';`,
    'chat/gateways/whatsapp/client.ts': `import wweb from 'whatsapp-web.js';`,
    'cli/a.ts': `import '../audit/a.js'; import '../compose.js';`,
    'compose.ts': `import './chat/a.js'; import './store/a.js';`,
    'index.ts': `export * from './audit/a.js';`,
    'main.ts': `import './compose.js';`,
    'testing/a.ts': `import '../compose.js';`,
  };
  expect(problemsOf(allowed)).toEqual([]);
});

test.each([
  ['ledger/a.ts', '../config/a.js', 'ledger may import no other room'],
  ['ledger/a.ts', 'node:fs/promises', 'ledger is pure: no files, no network'],
  ['ledger/a.ts', 'fs', 'ledger is pure: no files, no network'],
  ['signing/a.ts', '../store/a.js', 'signing may import config, ledger'],
  ['store/a.ts', '../audit/a.js', 'store may import config'],
  ['store/a.ts', '../ledger/a.js', 'store may import config'],
  ['audit/a.ts', '../access/a.js', 'audit may import config, ledger, signing, store'],
  ['audit/a.ts', '../compose.js', 'audit may import config, ledger, signing, store'],
  ['audit/a.ts', '../index.js', 'audit may import config, ledger, signing, store'],
  ['access/a.ts', '../guards/a.js', 'access may import config, settings, audit, store'],
  ['config/a.ts', '../cli/a.js', 'config may import no other room'],
  ['audit/a.ts', 'better-sqlite3', 'only store knows the database drivers'],
  ['compose.ts', 'pg', 'only store knows the database drivers'],
  ['cli/a.ts', '@prisma/client/runtime', 'only store knows the database drivers'],
  ['compose.ts', './store/generated/sqlite/client.js', 'only store knows the generated clients'],
  ['chat/a.ts', 'whatsapp-web.js', 'only its gateway knows WhatsApp'],
  ['chat/gateways/console.ts', 'whatsapp-web.js', 'only its gateway knows WhatsApp'],
  ['compose.ts', '../package.json', 'it lies outside of src'],
  ['parlour/a.ts', 'zod', 'parlour is no room that scripts/boundaries.js knows'],
])('%s may not import %s', (file, specifier, why) => {
  expect(problemsOf({ [file]: `\nimport { x } from '${specifier}';\n` })).toEqual([
    `${file}:2 ${specifier}: ${why}`,
  ]);
});

test('assistant and lifecycle do not know each other', () => {
  const found = problemsOf({
    'assistant/a.ts': `import '../lifecycle/a.js';`,
    'lifecycle/a.ts': `import '../assistant/a.js';`,
  });
  expect(found).toHaveLength(2);
});

test.each([
  [`import type { A } from '../chat/a.js';`],
  [`export { a } from '../chat/a.js';`],
  [`export * from '../chat/a.js';`],
  [`export type { A } from '../chat/a.js';`],
  [`const a = await import('../chat/a.js');`],
  ['const a = await import(`../chat/a.js`);'],
  [`type A = import('../chat/a.js').A;`],
  [`const a = require('../chat/a.js');`],
  [`import a = require('../chat/a.js');`],
  [`const a = import.meta.resolve('../chat/a.js');`],
  [`new Worker(new URL('../chat/a.js', import.meta.url));`],
  [`new Worker(workerUrl(import.meta.url, '../chat/a.js'));`],
])('no form of import gets past: %s', (text) => {
  expect(problemsOf({ 'store/a.ts': `${text}\n` })).toHaveLength(1);
});

test('what only looks like an import is left alone', () => {
  const text = `// import '../chat/a.js'\n/* import '../chat/a.js' */\nconst a = "import '../chat/a.js'";\nconst b = /\`/;\n`;
  expect(problemsOf({ 'store/a.ts': text })).toEqual([]);
});
