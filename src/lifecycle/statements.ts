/**
 * The one place where the key vouches for what retention and erasure take away. It believes no caller: what a
 * statement says is read from the entry that announces it, that entry must be sound and lie under a signed
 * checkpoint, and the leaves recomputed from the rows must lead there. So whoever can write to the database gets no
 * signature for what they made up, and calling it again, after a kill, does no harm.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  lockSigning,
  newestKeyOf,
  readHead,
  type Scan,
  scanRows,
  scanSelected,
  splitHashes,
} from '../audit/ledgerRows.js';
import { AUDIT_COLUMNS, rowToEntry, rowToPublic } from '../audit/table.js';
import { openCheckpoint } from '../ledger/checkpoint.js';
import { type Entry, PUBLIC_FIELDS } from '../ledger/entry.js';
import { Frontier } from '../ledger/merkle.js';
import { signNote, type VerifierKey } from '../ledger/note.js';
import type { Ranges } from '../ledger/ranges.js';
import { entryProblem, leafHash, publicText } from '../ledger/seal.js';
import { erasedText, openStatement, prunedText } from '../ledger/statement.js';
import type { SigningKey } from '../signing/key.js';
import { appendStatements, readStatements } from '../signing/notesFile.js';
import { LedgerMismatch } from '../signing/signer.js';
import { readTrustedKeys } from '../signing/trustedKeys.js';
import { quoted, type Reads } from '../store/sql.js';
import type { Store } from '../store/store.js';

/** Whose ledger it is and what signs for it; `record.ledger` is one. */
export interface VouchingLedger {
  tenant: string;
  origin: string;
  key: SigningKey;
}

export interface StatementParts {
  store: Pick<Store, 'read' | 'transaction'>;
  dataDir: string;
  ledger: VouchingLedger;
}

/** So few rows at a time, and as long a rest as they took, that whatever else runs in this thread does not wait. */
const ROWS_AT_A_TIME = 100;
const MOST_REST_MS = 20;

/** A tree as far as it is known. */
interface Edge {
  size: number;
  hashes: readonly Uint8Array[];
}

/**
 * Vouches that entries 1 … `to` may be gone, as the RETENTION_PRUNED entry number `entry` says. The leaves from the
 * present anchor on must lead to the root it names, and on to a signed checkpoint. Returns the statement.
 */
export async function vouchPruned(parts: StatementParts, entry: number): Promise<string> {
  const { store, ledger } = parts;
  const announced = await announcement(parts, entry, 'RETENTION_PRUNED');
  const { to, root } = announced as { to: unknown; root: unknown };
  if (!Number.isSafeInteger(to) || typeof root !== 'string')
    throw unfit(ledger, entry, 'it has not its form');
  const text = prunedText({ origin: ledger.origin, to: to as number, root: Buffer.from(root, 'hex') });
  const known = await stored(parts, 'pruned', to as number);
  if (known === null) {
    const head = await readHead(store.read, ledger.tenant);
    const reached = await climb(parts, head?.anchor ?? { size: 0, hashes: [] }, to as number);
    if (reached.root().toString('hex') !== root)
      throw unfit(ledger, entry, `the entries up to ${to} give another root`);
  }
  return keep(parts, { kind: 'pruned', number: to as number, text, known });
}

/**
 * Vouches that parts of entries may be empty: exactly those that the SUBJECT_ERASED entry number `entry` names.
 * Returns the statement.
 */
export async function vouchErased(parts: StatementParts, entry: number): Promise<string> {
  const { origin } = parts.ledger;
  const { actor, rest } = (await announcement(parts, entry, 'SUBJECT_ERASED')) as {
    actor: Ranges;
    rest: Ranges;
  };
  const text = erasedText({ origin, seq: entry, actor, rest });
  return keep(parts, { kind: 'erased', number: entry, text, known: await stored(parts, 'erased', entry) });
}

/** The metadata of the entry that announces something, once it is sure that the key has signed over that entry. */
async function announcement(parts: StatementParts, seq: number, action: string): Promise<unknown> {
  const { store, ledger } = parts;
  const { tenant } = ledger;
  const entry = await readEntry(store.read, tenant, seq);
  if (entry === null) throw unfit(ledger, seq, 'it is not there');
  if (entry.public.action !== action) throw unfit(ledger, seq, `it is no ${action}`);
  const problem = entryProblem(entry, tenant);
  if (problem !== null) throw unfit(ledger, seq, problem);
  const metadata = entry.rest?.metadata;
  if (metadata === undefined) throw unfit(ledger, seq, 'it says nothing any more');
  const own = leafHash(publicText(entry.public));
  let isSame = false;
  await climb(parts, await edgeBelow(parts, seq), seq, (at, leaf) => {
    if (at === seq) isSame = leaf.equals(own);
  });
  if (!isSame) throw unfit(ledger, seq, 'it changed while it was read');
  return JSON.parse(metadata);
}

async function readEntry(reads: Reads, tenant: string, seq: number): Promise<Entry | null> {
  for await (const rows of scanRows(reads, tenant, seq, seq, AUDIT_COLUMNS)) return rowToEntry(rows[0]!);
  return null;
}

/**
 * Grows the tree from an edge to `to`, and on to the next signed checkpoint, whose root it must give. Returns the
 * tree at `to`.
 */
async function climb(
  parts: StatementParts,
  edge: Edge,
  to: number,
  look: (seq: number, leaf: Buffer) => void = () => {},
): Promise<Frontier> {
  const { ledger } = parts;
  const signed = await signedFrom(parts, Math.max(to, edge.size));
  if (signed === null) throw unfit(ledger, to, 'no checkpoint covers it yet');
  const frontier = Frontier.fromAnchor(edge.size, edge.hashes);
  let reached = frontier.size === to ? frontier.clone() : null;
  const scan: Scan = {
    begin: '"seq" > ?',
    from: edge.size,
    to: signed.size,
    select: quoted(PUBLIC_FIELDS),
    batch: ROWS_AT_A_TIME,
  };
  for await (const rows of scanSelected(parts.store.read, ledger.tenant, scan)) {
    const begun = performance.now();
    for (const row of rows) {
      const part = rowToPublic(row);
      if (part.seq !== frontier.size + 1) throw unfit(ledger, frontier.size + 1, 'it is not there');
      const leaf = leafHash(publicText(part));
      look(part.seq, leaf);
      frontier.push(leaf);
      if (frontier.size === to) reached = frontier.clone();
    }
    await wait(Math.min(MOST_REST_MS, performance.now() - begun));
  }
  if (frontier.size !== signed.size) throw unfit(ledger, frontier.size + 1, 'it is not there');
  if (!frontier.root().equals(signed.root))
    throw unfit(ledger, signed.size, 'up to it the entries give another root than the one that was signed');
  if (reached === null) throw unfit(ledger, to, 'it lies before what is left of the ledger');
  return reached;
}

/** The smallest validly signed checkpoint from `size` on. */
async function signedFrom(
  parts: StatementParts,
  size: number,
): Promise<{ size: number; root: Buffer } | null> {
  const keys = trusted(parts);
  const rows = await parts.store.read.all<{ size: number; note: string }>(
    `SELECT "size", "note" FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" >= ? ORDER BY "size" LIMIT 100`,
    [parts.ledger.tenant, size],
  );
  for (const { note } of rows) {
    const checkpoint = openCheckpoint(note, keys);
    if (checkpoint !== null && checkpoint.origin === parts.ledger.origin && checkpoint.size >= size)
      return checkpoint;
  }
  return null;
}

/** Where to begin for one entry: the newest signed edge before it, or the anchor. */
async function edgeBelow(parts: StatementParts, seq: number): Promise<Edge> {
  const { store, ledger } = parts;
  const keys = trusted(parts);
  const anchor = (await readHead(store.read, ledger.tenant))?.anchor ?? { size: 0, hashes: [] };
  const rows = await store.read.all<{ size: number; edge: string; note: string }>(
    `SELECT "size", "edge", "note" FROM "LedgerCheckpoint"
       WHERE "tenant" = ? AND "size" < ? AND "size" >= ? ORDER BY "size" DESC LIMIT 10`,
    [ledger.tenant, seq, anchor.size],
  );
  for (const { size, edge, note } of rows) {
    const checkpoint = openCheckpoint(note, keys);
    const hashes = splitHashes(edge);
    try {
      if (checkpoint?.size === size && Frontier.fromAnchor(size, hashes).root().equals(checkpoint.root))
        return { size, hashes };
    } catch {
      // An edge that cannot belong to this size is no edge.
    }
  }
  return anchor;
}

const trusted = ({ dataDir, ledger }: StatementParts): VerifierKey[] => [
  ...readTrustedKeys(dataDir, ledger.origin),
  ledger.key.verifierKey(ledger.origin),
];

interface Vouched {
  kind: 'pruned' | 'erased';
  number: number;
  text: string;
  /** As it is in the database already. */
  known: string | null;
}

async function stored(parts: StatementParts, kind: Vouched['kind'], number: number): Promise<string | null> {
  const row = await parts.store.read.get<{ note: string }>(
    `SELECT "note" FROM "LedgerStatement" WHERE "tenant" = ? AND "kind" = ? AND "number" = ?`,
    [parts.ledger.tenant, kind, number],
  );
  return row?.note ?? null;
}

/** Signs, and keeps it on the disk and in the database, in this order. What is there already is made whole. */
async function keep(parts: StatementParts, { kind, number, text, known }: Vouched): Promise<string> {
  const { store, dataDir, ledger } = parts;
  if (known !== null) demandSame(parts, { kind, number, text, known });
  const { origin, tenant, key } = ledger;
  const note = known ?? signNote(text, [{ name: origin, privateKey: key.privateKey }]);
  await store.transaction(async (tx) => {
    await lockSigning(tx, tenant);
    if ((await newestKeyOf(tx, tenant)) !== key.verifierKey(origin).text) {
      throw new LedgerMismatch({
        code: 'KEY_NOT_THE_LEDGERS',
        message: `The key of this process is not the newest key of the ledger ${origin}: it may not sign.`,
        hint: 'Give it the new key, or the data directory that holds it, and start it again.',
      });
    }
    if (!readStatements(dataDir).includes(note)) appendStatements(dataDir, [note]);
    await tx.run(
      `INSERT INTO "LedgerStatement" ("tenant", "kind", "number", "at", "note") SELECT ?, ?, ?, ?, ?
         WHERE NOT EXISTS (SELECT 1 FROM "LedgerStatement" WHERE "tenant" = ? AND "kind" = ? AND "number" = ?)`,
      [tenant, kind, number, Date.now(), note, tenant, kind, number],
    );
  });
  return note;
}

/** Somebody may have put a row there to be in the way. */
function demandSame(parts: StatementParts, { kind, number, text, known }: Vouched): void {
  const statement = known === null ? null : openStatement(known, trusted(parts));
  const isSame = statement !== null && known?.startsWith(`${text}\n`);
  if (isSame) return;
  throw new LedgerMismatch({
    code: 'STATEMENT_FORGED',
    message: `The ledger ${parts.ledger.origin} holds an "${kind}" statement about ${number} that its key has not signed.`,
    hint: 'Nothing is taken away while it is there. Somebody wrote it into the table LedgerStatement: find out who, and restore the table.',
  });
}

function unfit({ origin }: VouchingLedger, seq: number, why: string): LedgerMismatch {
  return new LedgerMismatch({
    code: 'STATEMENT_REFUSED',
    message: `Nothing is vouched for in the ledger ${origin}: entry ${seq}: ${why}.`,
    hint: 'Find what is wrong with: reeve verify',
  });
}
