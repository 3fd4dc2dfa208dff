import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import type { Database } from '../../src/config/database.js';
import type { FreshDatabase } from '../support/databases.js';
import { tempFolder } from '../support/tempFolder.js';

/** Where one ledger lies: its database and its data directory. */
export interface Place {
  database: Database;
  dataDir: string;
}

/** A place that nothing has touched yet; the data directory is its own, whatever the database. */
export async function newPlace(fresh: FreshDatabase): Promise<Place> {
  return { database: await fresh(), dataDir: join(tempFolder(), 'data') };
}

/** The environment of a program at that place, and nothing that this process happens to have in its own. */
export function environmentAt(place: Place, more: Record<string, string> = {}): Record<string, string> {
  const { database, dataDir } = place;
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DATABASE_URL: database.kind === 'sqlite' ? `file:${database.path}` : database.url,
    REEVE_DATA_DIR: dataDir,
    // What goes wrong on purpose is no news; real findings are in receipts, exit statuses and verdicts.
    REEVE_LOG_LEVEL: 'fatal',
    ...more,
  };
}

/** One entry's place in the ledger, read past the program. */
export interface Numbered {
  seq: number;
  id: string;
  action: string;
  metadata: string | null;
}

/** All entries in order, read by the database's own driver. */
export function readEntries(place: Place): Promise<Numbered[]> {
  return query<Numbered>(place, 'SELECT "seq", "id", "action", "metadata" FROM "AuditLog" ORDER BY "seq"');
}

/** The sizes of the checkpoints that the database keeps, ascending. */
export async function readCheckpointSizes(place: Place): Promise<number[]> {
  const rows = await query<{ size: number }>(place, 'SELECT "size" FROM "LedgerCheckpoint" ORDER BY "size"');
  return rows.map(({ size }) => size);
}

async function query<Row extends object>(place: Place, sql: string): Promise<Row[]> {
  const { database } = place;
  if (database.kind === 'sqlite') {
    const file = new Sqlite(database.path, { readonly: true });
    try {
      return file.prepare(sql).all() as Row[];
    } finally {
      file.close();
    }
  }
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows.map(withNumbers) as Row[];
  } finally {
    await client.end();
  }
}

/** The driver gives 64-bit integers as text. */
function withNumbers(row: Record<string, unknown>): Record<string, unknown> {
  for (const name of ['seq', 'size']) if (name in row) row[name] = Number(row[name]);
  return row;
}
