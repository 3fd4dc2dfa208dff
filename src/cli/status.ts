import { MirrorFiles } from '../audit/mirror/files.js';
import { demandSameLedger, mirrorFolder } from '../audit/mirror/mirror.js';
import { verifyLedger } from '../audit/verify/verifyLedger.js';
import type { Config } from '../config/config.js';
import { UserError } from '../config/userError.js';
import type { Verdict } from '../ledger/verify.js';
import { hasNotEnded, type JobRun, readJobRun } from '../lifecycle/jobRuns.js';
import { lastRunOrBeginning, standingOf } from '../lifecycle/retention/standing.js';
import type { Reads } from '../store/sql.js';
import { amount, entries } from './amount.js';
import type { LedgerReader } from './ledgerReader.js';
import { count } from './progress.js';
import { readWaiting, type Waiting } from './waiting.js';

/** The mirror, seen from outside the process that writes it. */
interface MirrorReport {
  folder: string;
  /** The last entry that is in it. */
  seq: number;
  /** So many entries are not in it yet. */
  behind: number;
  /** Why it cannot go on, or null. */
  failing: string | null;
}

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
  /** Events that the database has still to take. */
  spool: Waiting;
  retention: {
    days: number;
    keepForever: boolean;
    /** The last run of any process. */
    lastRun: JobRun | null;
    nextRun: number | null;
    /** No run has happened for twice the time that should lie between two. */
    isOverdue: boolean;
  };
  /** Null where there is none. */
  mirror: MirrorReport | null;
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
    spool: readWaiting(dataDir, tenant),
    retention: await readRetention(config, reads, now),
    mirror: await readMirror(config, reader),
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
    ['Retention', retentionText(retention, now)],
    [
      'Last checkpoint',
      checkpoint === null ? 'none' : `over ${entries(checkpoint.size)}, ${ago(now - checkpoint.at)}`,
    ],
    [
      'Newest entries',
      tail.isValid ? '✓ verify against what was signed' : `✗ ${tail.verdict}: run reeve verify`,
    ],
    ['Spool', waitingText(spool, now)],
    ['Mirror', mirrorText(status.mirror)],
  ];
  return rows.map(([name, value]) => `${`${name}:`.padEnd(17)}${value}\n`).join('');
}

async function readRetention(config: Config, reads: Reads, now: number): Promise<LedgerStatus['retention']> {
  const { days, keepForever, cron } = config.retention;
  const lastRun = await readJobRun(reads, config.tenant, 'retention');
  if (keepForever) return { days, keepForever, lastRun, nextRun: null, isOverdue: false };
  const since = await lastRunOrBeginning(reads, config.tenant);
  const { nextRun, isOverdue } = standingOf({ cron, timeZone: config.timeZone }, since, now);
  return { days, keepForever, lastRun, nextRun, isOverdue };
}

function retentionText(
  { days, keepForever, lastRun, isOverdue }: LedgerStatus['retention'],
  now: number,
): string {
  if (keepForever) return 'everything is kept for ever';
  const overdue = isOverdue
    ? ' · ✗ overdue: a bot that runs does it by itself, or run reeve retention run'
    : '';
  return `${days} days, ${lastRunText(lastRun, now)}${overdue}`;
}

function lastRunText(lastRun: JobRun | null, now: number): string {
  if (lastRun === null) return 'no run so far';
  const { startedAt, endedAt, outcome, detail } = lastRun;
  const begun = `began ${ago(now - startedAt)} and has not ended`;
  if (endedAt === null) return `a run ${begun}`;
  const why = outcome === 'failure' ? `: ✗ ${String(detail.why)}` : '';
  return `last run ${ago(now - endedAt)}${why}${hasNotEnded(lastRun) ? `, another one ${begun}` : ''}`;
}

/** How far the mirror is, and whether it could go on, as far as that can be told by looking. */
async function readMirror({ mirrorDir, tenant }: Config, reader: LedgerReader): Promise<MirrorReport | null> {
  if (mirrorDir === undefined) return null;
  const files = new MirrorFiles(mirrorFolder(mirrorDir, tenant));
  const { folder } = files;
  const { size, anchor } = reader.head;
  try {
    const { seq, leaf } = files.last();
    await demandSameLedger(reader.reads, { tenant, folder, seq, leaf, size });
    return { folder, seq, behind: Math.max(0, size - Math.max(seq, anchor.size)), failing: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { folder, seq: 0, behind: size - anchor.size, failing: error.message };
  }
}

function mirrorText(mirror: MirrorReport | null): string {
  if (mirror === null) return 'off';
  if (mirror.failing !== null) return `✗ ${mirror.failing}`;
  const behind = mirror.behind === 0 ? '' : `, ${entries(mirror.behind)} behind`;
  return `${mirror.folder}, ${mirror.seq === 0 ? 'empty' : `up to #${mirror.seq}`}${behind}`;
}

function waitingText({ events, bytes, oldest }: Waiting, now: number): string {
  if (events === 0) return 'empty';
  const since = oldest === null ? '' : `, the oldest from ${ago(now - oldest)}`;
  return `${amount(events, 'event waits', 'events wait')} for the database${since} (${count(bytes)} bytes)`;
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}
