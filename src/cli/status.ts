import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLedger } from '../audit/verify/verifyLedger.js';
import type { Config } from '../config/config.js';
import type { Verdict } from '../ledger/verify.js';
import type { LedgerReader } from './ledgerReader.js';
import { count } from './progress.js';

/** What can be said of a ledger from outside the process that writes it. */
export interface LedgerStatus {
  database: string;
  dataDir: string;
  ledger: string;
  entries: number;
  /** The first entry that is still there. */
  from: number;
  checkpoint: { size: number; at: number } | null;
  tail: Pick<Verdict, 'verdict' | 'isValid' | 'notes'>;
  spool: { files: number; bytes: number };
  retention: { days: number; keepForever: boolean };
  mirror: string | null;
  vkey: string;
}

export async function readStatus(config: Config, reader: LedgerReader, now: number): Promise<LedgerStatus> {
  const { reads, head, keys } = reader;
  const newest = await reads.get<{ size: number; at: number }>(
    `SELECT "size", "at" FROM "LedgerCheckpoint" WHERE "tenant" = ? ORDER BY "size" DESC LIMIT 1`,
    [head.tenant],
  );
  const { database, dataDir, databaseLabel, tenant } = config;
  const { verdict, isValid, notes } = await verifyLedger({
    reads,
    database,
    tenant,
    dataDir,
    keys,
    sinceCheckpoint: true,
    now,
  });
  return {
    database: databaseLabel,
    dataDir,
    ledger: head.origin,
    entries: head.size - head.anchor.size,
    from: head.anchor.size + 1,
    checkpoint: newest ?? null,
    tail: { verdict, isValid, notes },
    spool: spoolFiles(dataDir, tenant),
    retention: { days: config.retention.days, keepForever: config.retention.keepForever },
    mirror: config.mirrorDir ?? null,
    vkey: head.vkeys.at(-1)!,
  };
}

/** The same in lines for a person. */
export function statusText(status: LedgerStatus, now: number): string {
  const { checkpoint, spool, retention, tail } = status;
  const rows: [string, string][] = [
    ['Ledger', status.ledger],
    ['Database', status.database],
    ['Data directory', status.dataDir],
    ['Entries', `${count(status.entries)}${status.from > 1 ? `, from #${status.from} on` : ''}`],
    ['Retention', retention.keepForever ? 'everything is kept for ever' : `${retention.days} days`],
    [
      'Last checkpoint',
      checkpoint === null ? 'none' : `over ${count(checkpoint.size)} entries, ${ago(now - checkpoint.at)}`,
    ],
    [
      'Newest entries',
      tail.isValid ? '✓ verify against what was signed' : `✗ ${tail.verdict}: run reeve verify`,
    ],
    [
      'Spool',
      spool.files === 0
        ? 'empty'
        : `${spool.files} file(s), ${count(spool.bytes)} bytes wait for the database`,
    ],
    ['Mirror', status.mirror ?? 'off'],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(17)}${value}\n`).join('');
}

function spoolFiles(dataDir: string, tenant: string): { files: number; bytes: number } {
  const folder = join(dataDir, 'spool');
  if (!existsSync(folder)) return { files: 0, bytes: 0 };
  const names = readdirSync(folder).filter((name) => name.startsWith(`${tenant}~`));
  const bytes = names.reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return { files: names.length, bytes };
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}
