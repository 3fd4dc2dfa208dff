import { dirname } from 'node:path';
import { afterAll, afterEach } from '@jest/globals';
import { pino } from 'pino';
import { AuditRecord, type RecordSettings } from '../../src/audit/record.js';
import { AUDIT_COLUMNS, rowToEntry } from '../../src/audit/table.js';
import { type Clock, systemClock } from '../../src/config/clock.js';
import type { Database } from '../../src/config/database.js';
import type { Log } from '../../src/config/log.js';
import { openCheckpoint } from '../../src/ledger/checkpoint.js';
import type { Entry } from '../../src/ledger/entry.js';
import { Frontier } from '../../src/ledger/merkle.js';
import { parseVerifierKey } from '../../src/ledger/note.js';
import { entryProblem, leafHash, publicText } from '../../src/ledger/seal.js';
import type { Reads } from '../../src/store/sql.js';
import { quoted } from '../../src/store/sql.js';
import { Store } from '../../src/store/store.js';
import { tempFolder } from './tempFolder.js';

const silentLog: Log = pino({ level: 'silent' });

export interface RecordOverrides extends Partial<RecordSettings> {
  clock?: Clock;
  log?: Log;
  /** Closes it after all tests of the file, for tests that share one. */
  shared?: boolean;
}

const folders = new Map<string, string>();
const open = new Set<AuditRecord>();
const shared = new Set<AuditRecord>();

/** The data directory that goes with a database: beside the file, or a folder that the tests keep for a URL. */
export function dataDirFor(database: Database): string {
  if (database.kind === 'sqlite') return dirname(database.path);
  const known = folders.get(database.url) ?? tempFolder();
  folders.set(database.url, known);
  return known;
}

/** What a record is opened with unless a test has another wish. */
export function recordSettings(database: Database, overrides: Partial<RecordSettings> = {}): RecordSettings {
  return {
    database,
    dataDir: dataDirFor(database),
    instance: 'test',
    tenant: 'acme',
    signingKey: undefined,
    batch: { max: 500, waitMs: 0 },
    blockMaxMs: 2000,
    spoolMaxBytes: 1024 * 1024,
    entryMaxBytes: 16 * 1024,
    ...overrides,
  };
}

/** Opens a record that is closed after the test, also where the test fails. */
export async function openTestRecord(
  database: Database,
  { clock = systemClock, log = silentLog, shared: isShared = false, ...settings }: RecordOverrides = {},
): Promise<AuditRecord> {
  const record = await AuditRecord.open(recordSettings(database, settings), clock, log);
  (isShared ? shared : open).add(record);
  return record;
}

const closeAll = async (records: Set<AuditRecord>) => {
  const left = [...records];
  records.clear();
  await Promise.all(left.map((record) => record.close()));
};
afterEach(() => closeAll(open));
afterAll(() => closeAll(shared));

/** Every entry of a tenant, in order, read by a connection of its own. */
export async function readEntries(database: Database, tenant = 'acme'): Promise<Entry[]> {
  return reading(database, async (reads) => {
    const select = `SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" WHERE "tenant" = ? ORDER BY "seq"`;
    return (await reads.rows(select, [tenant])).map(rowToEntry);
  });
}

/**
 * What is wrong with a ledger that should be whole, by the ledger's own rules and independent of the program's
 * verification: numbers, leaves and commitments, and every checkpoint in the database. Empty where all is well.
 */
export async function ledgerProblems(database: Database, tenant = 'acme'): Promise<string[]> {
  const problems: string[] = [];
  const entries = await readEntries(database, tenant);
  const roots = new Map<number, Buffer>();
  const frontier = new Frontier();
  roots.set(0, frontier.root());
  entries.forEach((entry, index) => {
    if (entry.public.seq !== index + 1)
      problems.push(`number ${entry.public.seq} stands at place ${index + 1}`);
    const problem = entryProblem(entry, tenant);
    if (problem !== null) problems.push(`${entry.public.seq}: ${problem}`);
    frontier.push(leafHash(publicText(entry.public)));
    roots.set(frontier.size, frontier.root());
  });
  const { size, vkeys, notes } = await reading(database, async (reads) => ({
    ...(await reads.get<{ size: number; vkeys: string }>(
      `SELECT "size", "vkeys" FROM "Ledger" WHERE "tenant" = ?`,
      [tenant],
    ))!,
    notes: await reads.all<{ size: number; note: string }>(
      `SELECT "size", "note" FROM "LedgerCheckpoint" WHERE "tenant" = ? ORDER BY "size"`,
      [tenant],
    ),
  }));
  if (size !== entries.length)
    problems.push(`the head says ${size}, but there are ${entries.length} entries`);
  const keys = vkeys.split('\n').map((key) => parseVerifierKey(key));
  let last = 0;
  for (const note of notes) {
    const checkpoint = openCheckpoint(note.note, keys);
    if (checkpoint === null || checkpoint.size !== note.size)
      problems.push(`checkpoint ${note.size} is not valid`);
    else if (!roots.get(note.size)?.equals(checkpoint.root))
      problems.push(`checkpoint ${note.size} has another root`);
    if (note.size - last > 1000) problems.push(`no checkpoint from ${last} to ${note.size}`);
    last = note.size;
  }
  if (notes[0]?.size !== 0) problems.push('no checkpoint of size 0');
  return problems;
}

export async function reading<T>(database: Database, work: (reads: Reads) => Promise<T>): Promise<T> {
  const reads = Store.openReadOnly(database);
  try {
    return await work(reads);
  } finally {
    await reads.close();
  }
}
