import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './packageRoot.js';
import type { Connection, Dialect } from './sql.js';

/**
 * The append-only guards: triggers that stand in prisma/guards and not in a migration, so that a migration which
 * rebuilds a table, and thereby drops its triggers without a word, cannot leave the record unguarded.
 */
function guardStatements(dialect: Dialect): string[] {
  const text = readFileSync(join(packageRoot, 'prisma', 'guards', `${dialect}.sql`), 'utf8');
  return text.split(/^--;$/m).map((statement) => statement.trim());
}

const triggerName = (statement: string): string | undefined =>
  /CREATE (?:OR REPLACE )?TRIGGER "(\w+)"/.exec(statement)?.[1];

/** A trigger's text from CREATE on, so that comments and spacing around it do not count. */
const triggerText = (statement: string): string =>
  statement.slice(statement.indexOf('CREATE')).replace(/;\s*$/, '').replace(/\s+/g, ' ');

/** The names of guards that are absent, switched off or (where the database keeps the text) changed. */
export async function missingGuards(connection: Connection): Promise<string[]> {
  const statements = guardStatements(connection.dialect);
  const expected = statements.flatMap((statement) => triggerName(statement) ?? []);
  if (connection.dialect === 'sqlite') {
    const rows = await connection.all<{ name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE type = 'trigger'`,
    );
    const found = new Map(rows.map((row) => [row.name, triggerText(row.sql)]));
    return statements.flatMap((statement) => {
      const name = triggerName(statement);
      return name === undefined || found.get(name) === triggerText(statement) ? [] : [name];
    });
  }
  const rows = await connection.all<{ name: string }>(
    `SELECT t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled IN ('O', 'A')`,
  );
  const found = new Set(rows.map((row) => row.name));
  return expected.filter((name) => !found.has(name));
}

/** Puts every guard in place, replacing what goes by its name. */
export async function installGuards(connection: Connection): Promise<void> {
  await connection.transaction(async (tx) => {
    for (const statement of guardStatements(tx.dialect)) {
      const name = triggerName(statement);
      if (name !== undefined && tx.dialect === 'sqlite') await tx.run(`DROP TRIGGER IF EXISTS "${name}"`);
      await tx.run(statement);
      // CREATE OR REPLACE leaves a trigger switched off that was.
      if (name !== undefined && tx.dialect === 'postgresql') {
        const table = /\bON "(\w+)"/.exec(statement)?.[1];
        await tx.run(`ALTER TABLE "${table}" ENABLE TRIGGER "${name}"`);
      }
    }
  });
}
