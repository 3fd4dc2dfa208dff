import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './packageRoot.js';
import type { Connection, Dialect } from './sql.js';

/** What `inspectGuards` calls a gate that stands open although nobody is in it. */
const OPEN_GATE = 'AuditGate';

/**
 * The append-only guards: triggers that stand in prisma/guards and not in a migration, so that a migration which
 * rebuilds a table, and thereby drops its triggers without a word, cannot leave the record unguarded.
 */
function guardStatements(dialect: Dialect): string[] {
  const text = readFileSync(join(packageRoot, 'prisma', 'guards', `${dialect}.sql`), 'utf8');
  return text.split(/^--;$/m).map((statement) => statement.trim());
}

interface Guard {
  kind: 'TRIGGER' | 'FUNCTION';
  name: string;
}

function guardOf(statement: string): Guard {
  const [, kind, name] = /^CREATE (?:OR REPLACE )?(TRIGGER|FUNCTION) "(\w+)"/m.exec(statement) ?? [];
  return { kind: kind as Guard['kind'], name: name! };
}

/** A definition from CREATE on, so that comments, spacing and the ways to quote do not count. */
const definition = (statement: string): string =>
  statement
    .slice(statement.search(/^CREATE /m))
    .replace(/;\s*$/, '')
    .replace('CREATE OR REPLACE', 'CREATE')
    .replaceAll('$function$', '$$$$')
    .replaceAll('"', '')
    .replace(/\s+/g, ' ')
    .trim();

/** Guards that are not as they should be. */
export interface GuardFindings {
  /** Absent, switched off or changed by somebody; or a gate that was left open. */
  harmed: string[];
  /** As an earlier version of this program has put them in place: to be replaced, and no news. */
  outdated: string[];
}

/**
 * What is to be put right. A gate that was left open is the work of somebody who switched off the check of
 * references.
 */
export async function inspectGuards(connection: Connection): Promise<GuardFindings> {
  const { dialect } = connection;
  const found = await (dialect === 'sqlite' ? inSqlite(connection) : inPostgresql(connection));
  const findings: GuardFindings = { harmed: [], outdated: [] };
  for (const statement of guardStatements(dialect)) {
    const { name } = guardOf(statement);
    const there = found.get(name);
    if (there === definition(statement)) continue;
    const isEarlier = there !== undefined && earlierGuards(dialect, name).includes(sha256(there));
    (isEarlier ? findings.outdated : findings.harmed).push(name);
  }
  const open = await connection.get(`SELECT 1 AS "one" FROM "AuditGate" LIMIT 1`);
  if (open !== undefined) findings.harmed.push(OPEN_GATE);
  return findings;
}

/** Hashes of what a guard was in earlier versions. Whoever changes a guard adds the one that it replaces. */
function earlierGuards(dialect: Dialect, name: string): string[] {
  const text = readFileSync(join(packageRoot, 'prisma', 'guards', 'earlier.json'), 'utf8');
  const earlier = JSON.parse(text) as Record<Dialect, Record<string, string[]>>;
  return earlier[dialect][name] ?? [];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What puts every guard in place, replacing what goes by its name, and closes a gate that was left open. */
export function guardScript(dialect: Dialect): string[] {
  const script: string[] = [];
  for (const statement of guardStatements(dialect)) {
    const { kind, name } = guardOf(statement);
    if (dialect === 'sqlite') script.push(`DROP TRIGGER IF EXISTS "${name}"`);
    script.push(statement);
    // CREATE OR REPLACE leaves a trigger switched off that was.
    if (kind === 'TRIGGER' && dialect === 'postgresql') {
      const table = /\bON "(\w+)"/.exec(statement)?.[1];
      script.push(`ALTER TABLE "${table}" ENABLE TRIGGER "${name}"`);
    }
  }
  script.push(`DELETE FROM "AuditGate"`);
  return script;
}

export async function installGuards(connection: Connection): Promise<void> {
  await connection.transaction(async (tx) => {
    for (const statement of guardScript(tx.dialect)) await tx.run(statement);
  });
}

async function inSqlite(connection: Connection): Promise<Map<string, string>> {
  const rows = await connection.all<{ name: string; sql: string }>(
    `SELECT name, sql FROM sqlite_master WHERE type = 'trigger'`,
  );
  return new Map(rows.map((row) => [row.name, definition(row.sql)]));
}

/** PostgreSQL writes a definition anew from what it knows; the files in prisma/guards are worded the same way. */
async function inPostgresql(connection: Connection): Promise<Map<string, string>> {
  const rows = await connection.all<{ name: string; sql: string }>(
    `SELECT t.tgname AS name, pg_get_triggerdef(t.oid, true) AS sql
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled IN ('O', 'A') AND NOT t.tgisinternal
     UNION ALL
     SELECT p.proname, replace(pg_get_functiondef(p.oid), 'FUNCTION ' || quote_ident(current_schema()) || '.', 'FUNCTION ')
       FROM pg_proc p
       WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'reeve\\_%'`,
  );
  return new Map(rows.map((row) => [row.name, definition(row.sql)]));
}
