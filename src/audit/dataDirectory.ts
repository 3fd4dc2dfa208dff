import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../config/database.js';
import { databaseLabel } from '../config/database.js';
import { UserError } from '../config/userError.js';
import { readIfThere, replaceDurably } from '../signing/durableFile.js';
import { codeOf } from '../store/failure.js';
import type { Reads } from '../store/sql.js';
import type { Installation } from '../store/store.js';

/** What a data directory remembers of the database it belongs to. */
interface Binding {
  format: 'reeve-data/1';
  database: string;
  instance: string;
  label: string;
}

const bindingPath = (dataDir: string): string => join(dataDir, 'reeve.json');

/**
 * Refuses, before anything is created, a data directory whose own database file has gone: a new, empty one in its
 * place would look like a ledger that lost everything it ever signed.
 */
export function demandDatabaseFile(dataDir: string, database: Database): void {
  const binding = readBinding(dataDir);
  if (binding === null || database.kind !== 'sqlite' || existsSync(database.path)) return;
  throw new UserError({
    code: 'DATABASE_GONE',
    message:
      `The data directory ${dataDir} belongs to the ledger reeve/${binding.instance} in ${binding.label}, ` +
      `but ${databaseLabel(database)} does not exist.`,
    hint: 'Restore that database from its backup, or begin a new ledger with an empty REEVE_DATA_DIR of its own.',
  });
}

/** Which database this is, or null for one in which nothing was ever begun. */
export async function readInstallation(reads: Reads): Promise<Installation | null> {
  try {
    const known = await reads.get<Installation>(
      `SELECT "id", "instance" FROM "Installation" WHERE "key" = 1`,
    );
    return known ?? null;
  } catch (error) {
    const isEmpty = codeOf(error) === '42P01' || /no such table/.test((error as Error).message);
    if (isEmpty) return null;
    throw error;
  }
}

/** Refuses a data directory and a database that do not belong together. Changes neither. */
export function demandBelonging(
  dataDir: string,
  installation: Installation | null,
  database: Database,
  instance: string,
): void {
  if (installation !== null && installation.instance !== instance) {
    throw new UserError({
      code: 'OTHER_INSTANCE',
      message:
        `${databaseLabel(database)} holds the ledger of the instance ${installation.instance}, ` +
        `but REEVE_INSTANCE is ${instance}.`,
      hint: 'An instance keeps its name for ever: it stands in every signature.',
      example: `REEVE_INSTANCE=${installation.instance}`,
    });
  }
  const binding = readBinding(dataDir);
  if (binding !== null && binding.database !== installation?.id) {
    const other =
      installation === null ? 'an empty database,' : `the ledger reeve/${installation.instance} in`;
    throw new UserError({
      code: 'DATA_DIRECTORY_OF_ANOTHER',
      message:
        `The data directory ${dataDir} belongs to the ledger reeve/${binding.instance} in ${binding.label}, ` +
        `not to ${other} ${databaseLabel(database)}.`,
      hint: 'Each database has a data directory of its own: set REEVE_DATA_DIR or DATABASE_URL so that they belong together.',
    });
  }
}

/** Remembers, the first time, which database a data directory belongs to. */
export function bindDataDirectory(dataDir: string, installation: Installation, database: Database): void {
  if (readBinding(dataDir) !== null) return;
  const text: Binding = {
    format: 'reeve-data/1',
    database: installation.id,
    instance: installation.instance,
    label: databaseLabel(database),
  };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  replaceDurably(bindingPath(dataDir), `${JSON.stringify(text)}\n`, 0o644);
}

function readBinding(dataDir: string): Binding | null {
  const text = readIfThere(bindingPath(dataDir));
  if (text === null) return null;
  try {
    const binding = JSON.parse(text) as Binding;
    if (binding.format === 'reeve-data/1') return binding;
  } catch {
    // Told below.
  }
  throw new UserError({
    code: 'DATA_DIRECTORY_DAMAGED',
    message: `${bindingPath(dataDir)} is damaged: it no longer says which database this data directory belongs to.`,
    hint: 'Restore it from the backup of the data directory.',
  });
}
