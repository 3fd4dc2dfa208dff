import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which database, and where. The URL of PostgreSQL holds a password: show `databaseLabel` instead. */
export type Database = { kind: 'sqlite'; path: string } | { kind: 'postgresql'; url: string };

/** What is wrong with a DATABASE_URL, in words that never repeat it, or null. */
export function databaseProblem(text: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'file') return fileProblem(text);
  if (scheme === 'postgresql' || scheme === 'postgres') return postgresqlProblem(text);
  if (scheme === undefined) return 'it does not begin with "file:" or "postgresql:"';
  return 'it names a kind of database that is not known here';
}

function fileProblem(text: string): string | null {
  const path = text.slice('file:'.length);
  if (path === '' || /^\/\/+$/.test(path)) return 'it names no file';
  if (path.includes(':memory:')) return 'a database in memory would not outlive the process';
  if (path.includes('?')) return 'a file takes no parameters after "?"';
  if (path.includes('\0')) return 'it holds a NUL';
  if (/^~(\/|$)/.test(path)) return '"~" does not stand for the home directory here';
  if (/[/\\]$/.test(path)) return 'it names a folder';
  if (/^\/\/[^/]/.test(path)) return 'after "file://" it names a host; write file:PATH or file:///PATH';
  return null;
}

function postgresqlProblem(text: string): string | null {
  const advice = 'in a password "@", "/", "?", "#" and "%" are written %40, %2F, %3F, %23 and %25';
  if (!/^[a-z]+:\/\//i.test(text)) return 'after the scheme comes "//"';
  if (!URL.canParse(text)) return `it cannot be read as a URL; ${advice}`;
  const url = new URL(text);
  const name = url.pathname.slice(1);
  if (url.hash !== '' || /[/@]/.test(name) || !decodes(url)) return `it is not well-formed; ${advice}`;
  if (name === '') return 'it names no database after the host';
  // Prisma's own parameter, which no driver knows: left unsaid, the tables would be made somewhere else.
  const isElsewhere = url.searchParams.getAll('schema').some((schema) => schema !== 'public');
  return isElsewhere ? 'its parameter "schema" may only be public, where Reeve keeps its tables' : null;
}

function decodes(url: URL): boolean {
  try {
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** The database a well-formed DATABASE_URL names; a file is resolved from `cwd`. */
export function databaseFrom(text: string, cwd: string): Database {
  if (!text.toLowerCase().startsWith('file:')) return { kind: 'postgresql', url: text };
  const path = text.slice('file:'.length);
  if (path.startsWith('///')) return { kind: 'sqlite', path: fileURLToPath(`file:${path}`) };
  return { kind: 'sqlite', path: isAbsolute(path) ? path : resolve(cwd, path) };
}

/** Where data lies unless REEVE_DATA_DIR says so: beside the database file, else in `./data`. */
export function dataDirOf(database: Database | undefined, cwd: string): string {
  return database?.kind === 'sqlite' ? dirname(database.path) : join(cwd, 'data');
}

/** The database as it may be shown: no user, no password, no parameters. */
export function databaseLabel(database: Database): string {
  if (database.kind === 'sqlite') return `file:${database.path}`;
  const url = new URL(database.url);
  const host = url.host === '' ? (url.searchParams.get('host') ?? '') : url.host;
  return `postgresql://${host}${url.pathname}`;
}
