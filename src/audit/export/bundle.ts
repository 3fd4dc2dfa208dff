import { UserError } from '../../config/userError.js';
import {
  BundleSeal,
  checkpointLine,
  consistencyLine,
  entryLine,
  ledgerLine,
  statementLine,
} from '../../ledger/bundle.js';
import type { Entry } from '../../ledger/entry.js';
import { PUBLIC_FIELDS } from '../../ledger/entry.js';
import { InclusionPath } from '../../ledger/merkle.js';
import { proofText } from '../../ledger/proof.js';
import { leafHash, publicText } from '../../ledger/seal.js';
import type { KeptCheckpoint } from '../../signing/signer.js';
import type { Reads } from '../../store/sql.js';
import { type LedgerHead, readConsistency, readHead, scanRows } from '../ledgerRows.js';
import { rowToEntry, rowToPublic } from '../table.js';

/** Where a bundle or a proof is made from: the ledger as it was when `checkpoint` was signed. */
export interface SignedLedger {
  reads: Reads;
  head: LedgerHead;
  /** Over all that is exported. */
  checkpoint: KeptCheckpoint;
  onProgress?(done: number, total: number): void;
}

/** The whole ledger as the lines of a bundle, a batch at a time: enough to verify everything offline. */
export async function* bundleText(ledger: SignedLedger): AsyncGenerator<string> {
  const { reads, head, checkpoint } = ledger;
  const { tenant, origin, vkeys, anchor } = head;
  const [from, to] = [anchor.size + 1, checkpoint.size];
  const seal = new BundleSeal();
  yield seal.add(ledgerLine({ tenant, origin, vkeys, from, to, anchor: anchor.size === 0 ? null : anchor }));
  let done = 0;
  for await (const rows of scanRows(reads, tenant, from, to)) {
    let text = '';
    for (const row of rows) text += seal.add(entryLine(rowToEntry(row)));
    yield text;
    done += rows.length;
    ledger.onProgress?.(done, to - anchor.size);
  }
  await demandUnmoved(ledger);
  for (const note of await statementsOf(ledger)) yield seal.add(statementLine(note));
  const checkpoints = await reads.all<{ note: string }>(
    `SELECT "note" FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" <= ? ORDER BY "size"`,
    [tenant, to],
  );
  const notes = new Set([...checkpoints.map((row) => row.note), checkpoint.note]);
  for (const note of notes) yield seal.add(checkpointLine(note));
  for (const proof of await readConsistency(reads, tenant, anchor.size)) {
    yield seal.add(consistencyLine(proof));
  }
  yield seal.end();
}

/** The proof of one entry: the entry, its path to a signed root, and what is needed to judge it. */
export async function proofOf(ledger: SignedLedger, seq: number): Promise<string> {
  const { reads, head, checkpoint } = ledger;
  const { tenant, anchor } = head;
  if (seq <= anchor.size) {
    throw new UserError({
      code: 'ENTRY_PRUNED',
      message: `Entry ${seq} was removed by retention; the ledger begins with entry ${anchor.size + 1}.`,
      hint: 'If it was archived, prove it from the archive segment that holds it.',
    });
  }
  const entry = await oneEntry(reads, tenant, seq);
  if (entry === null || seq > checkpoint.size) {
    throw new UserError({
      code: 'NO_SUCH_ENTRY',
      message: `There is no entry ${seq}: the ledger of ${tenant} ends with entry ${checkpoint.size}.`,
      example: `reeve prove ${Math.max(1, checkpoint.size)}`,
    });
  }
  const path = new InclusionPath(seq - 1, checkpoint.size, anchor.size === 0 ? undefined : anchor);
  let done = 0;
  for await (const rows of scanRows(reads, tenant, anchor.size + 1, checkpoint.size, PUBLIC_FIELDS)) {
    for (const row of rows) path.push(leafHash(publicText(rowToPublic(row))));
    done += rows.length;
    ledger.onProgress?.(done, checkpoint.size - anchor.size);
  }
  await demandUnmoved(ledger);
  return proofText({
    entry,
    size: checkpoint.size,
    path: path.finish(),
    checkpoint: checkpoint.note,
    statements: entry.actor === null || entry.rest === null ? await statementsOf(ledger) : [],
    vkeys: head.vkeys,
  });
}

/** Entries that retention took away while they were read would seem to be missing. */
async function demandUnmoved({ reads, head }: SignedLedger): Promise<void> {
  const now = await readHead(reads, head.tenant);
  if (now?.anchor.size === head.anchor.size) return;
  throw new UserError({
    code: 'PRUNED_MEANWHILE',
    message: 'Retention took entries away while they were being read.',
    hint: 'Try again: it begins with what is there now.',
  });
}

async function oneEntry(reads: Reads, tenant: string, seq: number): Promise<Entry | null> {
  for await (const rows of scanRows(reads, tenant, seq, seq)) return rowToEntry(rows[0]!);
  return null;
}

async function statementsOf({ reads, head }: SignedLedger): Promise<string[]> {
  const rows = await reads.all<{ note: string }>(
    `SELECT "note" FROM "LedgerStatement" WHERE "tenant" = ? ORDER BY "kind", "number"`,
    [head.tenant],
  );
  return rows.map((row) => row.note);
}
