import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { type Database, databaseLabel } from '../config/database.js';
import { UserError } from '../config/userError.js';
import { migrationAdapterFor } from './adapter.js';
import { isBusy } from './failure.js';
import { guardScript } from './guards.js';
import { packageRoot } from './packageRoot.js';
import { openPool } from './postgresql.js';
import { withSchemaEngine } from './schemaEngine.js';
import { withSetupLock } from './setupLock.js';
import type { Dialect } from './sql.js';
import { openSqlite } from './sqlite.js';

/** One migration as it lies in the package: its folder's name, its SQL and the checksum Prisma records. */
export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

export function migrationsFolder(dialect: Dialect): string {
  return join(packageRoot, 'prisma', 'migrations', dialect);
}

/** The migrations this program was shipped with, oldest first. */
export function shippedMigrations(dialect: Dialect): Migration[] {
  const folder = migrationsFolder(dialect);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

interface AppliedMigration {
  name: string;
  checksum: string;
  finished: boolean;
}

const APPLIED = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
  FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`;

/**
 * Brings the database to this program's data model, guards included, and returns the names of the migrations it
 * applied. Refuses a database that is newer than the program or whose history was edited. When nothing is to be
 * done (almost every start) the engine is not even loaded. Several processes may call this at once: one of them
 * migrates, and nobody goes on before it is done.
 */
export async function migrate(target: Database): Promise<string[]> {
  const shipped = shippedMigrations(target.kind);
  if (await isUpToDate(target, shipped)) return [];
  if (target.kind === 'sqlite') mkdirSync(dirname(target.path), { recursive: true });
  return withSetupLock(target, async () => {
    const todo = pending(target, shipped, await appliedMigrations(target));
    if (todo.length === 0) return [];
    if (target.kind === 'sqlite') openSqlite(target.path).close();
    return apply(target, shipped, todo);
  });
}

/** A migration that is unfinished, or a lock, may be another process's work: who holds the set-up lock can tell. */
async function isUpToDate(target: Database, shipped: Migration[]): Promise<boolean> {
  let applied: AppliedMigration[];
  try {
    applied = await appliedMigrations(target);
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
  return applied.every((migration) => migration.finished) && pending(target, shipped, applied).length === 0;
}

/**
 * Migrations, the history of them and the guards, all in one transaction: whoever is killed half-way, or meets a
 * statement that fails, leaves the database as it was.
 */
async function apply(target: Database, shipped: Migration[], todo: Migration[]): Promise<string[]> {
  const adapter = migrationAdapterFor(target, 1);
  let cause: unknown;
  let connection: SqlDriverAdapter | undefined;
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    const opened = await connect();
    const run = opened.executeScript.bind(opened);
    opened.executeScript = async (script) => {
      try {
        await run(script);
      } catch (error) {
        // The engine cannot note a failure in a transaction that failed, and would report that instead.
        cause ??= error;
        throw error;
      }
    };
    await opened.executeScript('BEGIN');
    connection = opened;
    return opened;
  };
  try {
    return await withSchemaEngine(adapter, async (engine) => {
      const result = await engine.applyMigrations({
        migrationsList: migrationList(target.kind, shipped),
        filters: { externalTables: [], externalEnums: [] },
      });
      for (const sql of guardScript(target.kind)) {
        await connection!.executeRaw({ sql, args: [], argTypes: [] });
      }
      await connection!.executeScript('COMMIT');
      return result.appliedMigrationNames;
    });
  } catch (error) {
    throw new UserError({
      code: 'MIGRATION_FAILED',
      message: `${databaseLabel(target)} could not be migrated (${todo.map((m) => m.name).join(', ')}): ${engineMessage(cause ?? error)}`,
      hint: 'Nothing was changed. Mend what the message names, or restore the database from its backup, then start again.',
    });
  }
}

/** The migrations in the form the engine takes them. */
function migrationList(dialect: Dialect, shipped: Migration[]): MigrationList {
  return {
    baseDir: migrationsFolder(dialect),
    lockfile: { path: 'migration_lock.toml', content: `provider = "${dialect}"\n` },
    shadowDbInitScript: '',
    migrationDirectories: shipped.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}

/** The names of migrations that `migrate` would apply now. */
export async function pendingMigrations(target: Database): Promise<string[]> {
  const shipped = shippedMigrations(target.kind);
  return pending(target, shipped, await appliedMigrations(target)).map((migration) => migration.name);
}

function pending(target: Database, shipped: Migration[], applied: AppliedMigration[]): Migration[] {
  const label = databaseLabel(target);
  const known = new Map(shipped.map((migration) => [migration.name, migration]));
  for (const { name, checksum, finished } of applied) {
    const migration = known.get(name);
    if (migration === undefined) {
      throw new UserError({
        code: 'DATABASE_NEWER',
        message: `${label} is newer than this program: it holds the migration ${name}, which this version does not know.`,
        hint: `Start the newer version of Reeve, or restore a backup from before ${name}.`,
      });
    }
    if (!finished) {
      throw new UserError({
        code: 'MIGRATION_UNFINISHED',
        message: `${label} holds the migration ${name}, which was begun and never finished.`,
        hint: 'Restore the backup from before the upgrade and start again.',
      });
    }
    if (migration.checksum !== checksum) {
      throw new UserError({
        code: 'MIGRATION_EDITED',
        message: `${label} was migrated with another text of ${name} than this program holds.`,
        hint: 'Use the version of Reeve that created it; a published migration is never edited.',
      });
    }
  }
  const done = new Set(applied.map((migration) => migration.name));
  return shipped.filter((migration) => !done.has(migration.name));
}

async function appliedMigrations(target: Database): Promise<AppliedMigration[]> {
  if (target.kind === 'sqlite') {
    if (!existsSync(target.path)) return [];
    const db = openSqlite(target.path, { readOnly: true });
    try {
      const table = db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get();
      if (table === undefined) return [];
      return (db.prepare(APPLIED).all() as AppliedMigration[]).map((row) => ({
        ...row,
        finished: Boolean(row.finished),
      }));
    } finally {
      db.close();
    }
  }
  const pool = openPool(target.url, { max: 1 });
  try {
    const table = await pool.query(`SELECT to_regclass('_prisma_migrations') AS name`);
    if (table.rows[0].name === null) return [];
    return (await pool.query(APPLIED)).rows as AppliedMigration[];
  } finally {
    await pool.end();
  }
}

function engineMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
