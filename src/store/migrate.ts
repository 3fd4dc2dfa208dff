import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';
import Sqlite from 'better-sqlite3';
import { UserError } from '../config/userError.js';
import { migrationAdapterFor } from './adapter.js';
import { packageRoot } from './packageRoot.js';
import { openPool } from './postgresql.js';
import { withSchemaEngine } from './schemaEngine.js';
import type { Dialect } from './sql.js';
import { openSqlite } from './sqlite.js';
import { type Database, databaseLabel } from '../config/database.js';

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
 * Brings the database to this program's data model and returns the names of the migrations it applied. Refuses
 * a database that is newer than the program or whose history was edited. When nothing is to be done (almost
 * every start) the engine is not even loaded. Several processes may call this at once: one of them migrates.
 */
export async function migrate(target: Database): Promise<string[]> {
  const shipped = shippedMigrations(target.kind);
  if (pending(target, shipped, await appliedMigrations(target)).length === 0) return [];
  return withMigrationLock(target, async () => {
    const todo = pending(target, shipped, await appliedMigrations(target));
    if (todo.length === 0) return [];
    try {
      return await withSchemaEngine(migrationAdapterFor(target), async (engine) => {
        const result = await engine.applyMigrations({
          migrationsList: migrationList(target.kind, shipped),
          filters: { externalTables: [], externalEnums: [] },
        });
        return result.appliedMigrationNames;
      });
    } catch (error) {
      throw new UserError({
        code: 'MIGRATION_FAILED',
        message: `${databaseLabel(target)} could not be migrated (${todo.map((m) => m.name).join(', ')}): ${engineMessage(error)}`,
        hint: 'Nothing was written to the ledger. Restore the database from its backup or mend what the message names, then start again.',
      });
    }
  });
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

/** Any number: it only has to be the same in every Reeve process on one PostgreSQL database. */
const ADVISORY_LOCK = 7_263_553_101;

/**
 * Both locks belong to a connection, so the death of their holder frees them. On SQLite the lock is a file of
 * its own, since the engine needs the database's own lock for its work.
 */
async function withMigrationLock<T>(target: Database, work: () => Promise<T>): Promise<T> {
  if (target.kind === 'sqlite') {
    openSqlite(target.path).close();
    const lock = new Sqlite(`${target.path}.migrating`, { timeout: 60_000 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return await work();
    } finally {
      lock.close();
    }
  }
  const pool = openPool(target.url, { max: 1 });
  try {
    const client = await pool.connect();
    try {
      await client.query(`SELECT pg_advisory_lock(${ADVISORY_LOCK})`);
      return await work();
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

function engineMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}
