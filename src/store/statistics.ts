import type { Reads, Writes } from './sql.js';

/**
 * Takes away what PostgreSQL's planner remembers of a table that is empty by now. ANALYZE leaves the samples of before
 * where it finds no row, so values that were deleted would stay readable in `pg_stats`. Whoever owns a table may give a
 * column the type it has, and that drops its samples; nothing is rewritten. `table` is quoted, with its schema.
 */
export async function forgetSamplesIfEmpty(connection: Writes, table: string): Promise<void> {
  if ((await connection.get(`SELECT 1 AS "one" FROM ${table} LIMIT 1`)) !== undefined) return;
  const columns = await sampledColumns(connection, table);
  if (columns.length === 0) return;
  const alterations = columns.map(({ name, type }) => `ALTER COLUMN ${name} TYPE ${type}`);
  await connection.run(`ALTER TABLE ${table} ${alterations.join(', ')}`);
}

function sampledColumns(reads: Reads, table: string): Promise<{ name: string; type: string }[]> {
  return reads.all(
    `SELECT quote_ident(a.attname) AS "name", format_type(a.atttypid, a.atttypmod) AS "type"
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
      WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''`,
    [table],
  );
}
