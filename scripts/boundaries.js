import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { importsOf } from './importsOf.js';

/** Who may import whom. A room imports itself and these; every other import fails the check. */
const ROOMS = {
  config: [],
  ledger: [],
  signing: ['config', 'ledger'],
  store: ['config'],
  audit: ['config', 'ledger', 'signing', 'store'],
  settings: ['config', 'audit', 'store'],
  access: ['config', 'settings', 'audit', 'store'],
  guards: ['config', 'settings', 'audit', 'store'],
  assistant: ['config', 'access', 'guards', 'settings', 'audit', 'store', 'ledger', 'signing'],
  lifecycle: ['config', 'access', 'guards', 'settings', 'audit', 'store', 'ledger', 'signing'],
};
ROOMS.chat = [...Object.keys(ROOMS)];

/** These wire the rooms together and may import any of them. */
const UNRESTRICTED = ['cli', 'compose', 'index', 'main', 'testing'];

/** Packages, folders and built-in modules that only one place may import, or that one place may not. */
const RESERVED = [
  {
    what: /^(?:better-sqlite3|pg|@prisma\/.+)$/,
    only: /^store\//,
    why: 'only store knows the database drivers',
  },
  { what: /^src\/store\/generated\//, only: /^store\//, why: 'only store knows the generated clients' },
  { what: /^openai$/, only: /^assistant\//, why: 'only the assistant knows an endpoint' },
  { what: /^whatsapp-web\.js$/, only: /^chat\/gateways\/whatsapp\//, why: 'only its gateway knows WhatsApp' },
  {
    what: /^(?:node:)?(?:fs|net|tls|dgram|dns|http|http2|https|child_process)$/,
    only: /^(?!ledger\/)/,
    why: 'ledger is pure: no files, no network',
  },
];

/** Every import below `src` that the rules forbid: `{ file, line, imports, why }`. */
export function boundaryProblems(src) {
  return programsBelow(src).flatMap((path) => {
    const file = relative(src, path).split(sep).join('/');
    const text = readFileSync(path, 'utf8');
    return importsOf(text).flatMap((specifier) => {
      const why = whyForbidden(src, file, specifier);
      if (why === null) return [];
      const line = text.split('\n').findIndex((row) => /['"`]/.test(row) && row.includes(specifier)) + 1;
      return [{ file, line, imports: specifier, why }];
    });
  });
}

function programsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return path.endsWith(join('store', 'generated')) ? [] : programsBelow(path);
    return /\.[cm]?tsx?$/.test(entry.name) ? [path] : [];
  });
}

function whyForbidden(src, file, specifier) {
  const from = roomOf(file);
  if (!(from in ROOMS) && !UNRESTRICTED.includes(from))
    return `${from} is no room that scripts/boundaries.js knows`;
  const isOurs = specifier.startsWith('.');
  const target = isOurs
    ? relative(src, resolve(src, dirname(file), specifier))
        .split(sep)
        .join('/')
    : null;
  if (target?.startsWith('..')) return 'it lies outside of src';
  const name = isOurs ? `src/${target}` : packageOf(specifier);
  const reserved = RESERVED.find(({ what, only }) => what.test(name) && !only.test(file));
  if (reserved !== undefined) return reserved.why;
  if (!isOurs || UNRESTRICTED.includes(from)) return null;
  const to = roomOf(target);
  if (to === from || ROOMS[from].includes(to)) return null;
  return `${from} may import ${ROOMS[from].join(', ') || 'no other room'}`;
}

/** `audit/query/parse.ts` is in the room audit, `compose.ts` is a room by itself. */
function roomOf(file) {
  return file.split('/')[0].replace(/\.[cm]?[jt]s$/, '');
}

function packageOf(specifier) {
  const depth = specifier.startsWith('@') ? 2 : 1;
  return specifier.split('/').slice(0, depth).join('/');
}
