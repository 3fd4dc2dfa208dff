/**
 * One step of retention: entries `from` … `to` leave the ledger, in an order that can be finished after a kill at any
 * point. Archived and read back; announced by an entry; under a checkpoint; vouched for by a statement; and only then
 * does the anchor move, which is the moment from which they are gone. Their rows are cleared afterwards.
 */

import { readHead } from '../../audit/ledgerRows.js';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import { canonicalJson } from '../../ledger/json.js';
import { readTrustedKeys } from '../../signing/trustedKeys.js';
import type { Reads } from '../../store/sql.js';
import type { Archive } from '../archive/archive.js';
import type { Holds } from '../hold/holds.js';
import type { Lease } from '../lease.js';
import { vouchPruned } from '../statements.js';
import { type Examination, type Examined, erasuresOf } from './examination.js';
import type { Hands } from './hands.js';
import { RetentionRefusal } from './outcome.js';
import { Segments } from './segments.js';

/** What a step has just done. Tests are killed at each of them. */
export type Milestone = 'examined' | 'archived' | 'announced' | 'signed' | 'vouched' | 'moved' | 'cleared';

export interface PruningParts {
  record: AuditRecord;
  dataDir: string;
  clock: Clock;
  holds: Holds;
  archive: Archive | null;
  lease: Lease;
  hands: Hands;
  onMilestone: (milestone: Milestone) => void | Promise<void>;
}

export interface Step {
  from: number;
  to: number;
  cutoff: number;
}

/** Somebody was erased between the look at the entries and the moment at which they were to go. */
class ErasedMeanwhile extends Error {
  override readonly name = 'ErasedMeanwhile';
}

/** How often a step begins anew because somebody was erased meanwhile. */
const TRIES = 3;

/** Returns whether a segment went into the archive. */
export async function prune(parts: PruningParts, step: Step): Promise<boolean> {
  for (let triesLeft = TRIES; ; triesLeft -= 1) {
    try {
      return await pruneOnce(parts, step, triesLeft < TRIES);
    } catch (error) {
      if (!(error instanceof ErasedMeanwhile) || triesLeft <= 1) throw error;
    }
  }
}

async function pruneOnce(parts: PruningParts, step: Step, isAgain: boolean): Promise<boolean> {
  const { record, dataDir, archive, clock, onMilestone } = parts;
  // A segment ends with a checkpoint of its very size; and without one behind the entries nothing could be compared.
  if (archive === null) await record.sign();
  else await record.signAt(step.to);
  const look = (segmentPath: string | null) => examine(parts, step, segmentPath);
  const segments =
    archive === null ? null : new Segments({ archive, dataDir, clock, ledger: record.ledger, look, step });
  const { examined, isNew } =
    segments === null ? { examined: await look(null), isNew: false } : await segments.keep(isAgain);
  await onMilestone('examined');
  const entry = await announce(record, examined, segments?.file ?? null);
  await onMilestone('announced');
  await record.sign();
  await onMilestone('signed');
  await vouchPruned({ store: record.store, dataDir, ledger: record.ledger }, entry);
  await onMilestone('vouched');
  // Only now is there the statement by which a segment may hold entries that were erased by a later one than its last.
  if (examined.isErasedLater) await segments?.seal();
  await onMilestone('archived');
  await moveAnchor(parts, examined);
  await onMilestone('moved');
  return isNew;
}

async function examine(
  { record, dataDir, hands }: PruningParts,
  { to, cutoff }: Step,
  segmentPath: string | null,
): Promise<Examined> {
  const { tenant, origin } = record.ledger;
  const vkeys = readTrustedKeys(dataDir, origin).map(({ text }) => text);
  const request = { tenant, origin, vkeys, dataDir, to, cutoff, segmentPath };
  const examination: Examination = await hands.ask({ kind: 'examine', request });
  if ('refused' in examination) throw new RetentionRefusal(examination.refused.code, examination.refused.why);
  return examination.examined;
}

/** Appends the entry that says what goes, unless a run that was killed has done so in the same words. */
async function announce(record: AuditRecord, examined: Examined, file: string | null): Promise<number> {
  const { from, to, root, leavesSha256 } = examined;
  const payload = {
    from,
    to,
    count: to - from + 1,
    root,
    archive: file === null ? null : { file, leavesSha256 },
  };
  const known = await record.store.read.get<{ seq: number }>(
    `SELECT "seq" FROM "AuditLog" WHERE "tenant" = ? AND "action" = 'RETENTION_PRUNED' AND "seq" > ? AND "metadata" = ?
       ORDER BY "seq" DESC LIMIT 1`,
    [record.ledger.tenant, to, canonicalJson(payload)],
  );
  if (known !== undefined) return known.seq;
  return record.logger.transact(async (_tx, write) => (await write('RETENTION_PRUNED', payload)).seq);
}

/** The newest announcement of a step that was not carried out, where there is one: that step is done first. */
export async function announcedUpTo(record: AuditRecord, anchor: number): Promise<number | null> {
  const rows = await record.store.read.all<{ metadata: string | null }>(
    `SELECT "metadata" FROM "AuditLog" WHERE "tenant" = ? AND "action" = 'RETENTION_PRUNED' AND "seq" > ?
       ORDER BY "seq" DESC LIMIT 20`,
    [record.ledger.tenant, anchor],
  );
  for (const { metadata } of rows) {
    try {
      const { from, to } = JSON.parse(metadata ?? '') as { from: unknown; to: unknown };
      if (from === anchor + 1 && Number.isSafeInteger(to)) return to as number;
    } catch {
      // An entry that was erased or changed announces nothing.
    }
  }
  return null;
}

/** Whether somebody is being erased, or would be if whoever was at it had not been killed. */
export async function isErasing(reads: Reads, tenant: string): Promise<boolean> {
  const row = await reads.get(`SELECT 1 AS "one" FROM "PendingErasure" WHERE "tenant" = ? LIMIT 1`, [tenant]);
  return row !== undefined;
}

/** The moment from which the entries are gone. */
async function moveAnchor({ record, holds, lease }: PruningParts, examined: Examined): Promise<void> {
  const { tenant } = record.ledger;
  const { from, to, edge, consistency, erasures } = examined;
  await record.store.transaction(async (tx) => {
    // First of all the head: whoever lays a hold needs it, too, and one of the two is first.
    await tx.run(`UPDATE "Ledger" SET "size" = "size" WHERE "tenant" = ?`, [tenant]);
    await lease.demand(tx);
    const head = await readHead(tx, tenant);
    if (head?.anchor.size !== from - 1) throw new Error(`the anchor is no longer at ${from - 1}`);
    const held = await holds.firstHeld(from, to, tx);
    if (held !== null) throw new RetentionRefusal('HELD_MEANWHILE', `#${held}`);
    if (await isErasing(tx, tenant)) throw new RetentionRefusal('ERASURE_UNDER_WAY');
    // What was archived before would still hold what an erasure has emptied since.
    if ((await erasuresOf(tx, tenant)) !== erasures) throw new ErasedMeanwhile();
    const gate = [tenant, 'retention'];
    await tx.run(`INSERT INTO "AuditGate" ("tenant", "purpose", "closedBy") VALUES (?, ?, 1)`, gate);
    await tx.run(`UPDATE "Ledger" SET "anchorSize" = ?, "anchorHashes" = ? WHERE "tenant" = ?`, [
      to,
      edge,
      tenant,
    ]);
    for (const { from: size, path } of consistency) {
      await tx.run(
        `INSERT INTO "LedgerConsistency" ("tenant", "from", "to", "path") VALUES (?, ?, ?, ?)
           ON CONFLICT ("tenant", "from") DO UPDATE SET "to" = excluded."to", "path" = excluded."path"`,
        [tenant, size, to, path],
      );
    }
    await tx.run(`DELETE FROM "AuditGate" WHERE "tenant" = ? AND "purpose" = ?`, gate);
  });
}
