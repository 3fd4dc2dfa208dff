import type { Database } from '../../config/database.js';
import { openCheckpoint } from '../../ledger/checkpoint.js';
import { Frontier } from '../../ledger/merkle.js';
import type { VerifierKey } from '../../ledger/note.js';
import type { Anchor } from '../../ledger/path.js';
import { type ChunkReport, type Verdict, Verification } from '../../ledger/verify.js';
import { readCheckpoints, readLostCheckpoints, readStatements } from '../../signing/notesFile.js';
import type { Reads } from '../../store/sql.js';
import { type LedgerHead, readConsistency, readHead, splitHashes } from '../ledgerRows.js';
import { inspectPiece, type Piece, piecesOf } from './pieces.js';
import { inspectInThreads } from './pool.js';

/** Below this a single thread is done before others have started. */
const WORTH_THREADS = 20_000;

/** Retention moves on every few seconds while it archives much. */
const TRIES = 5;

/** A look at the newest entries goes back at least this far, also right after a checkpoint. */
const RECENT = 1000;

export interface VerifyRequest {
  reads: Reads;
  database: Database;
  tenant: string;
  dataDir: string;
  /** Keys trusted from outside the database. */
  keys: readonly VerifierKey[];
  /** Notes that somebody else kept. */
  checkpoints?: readonly string[];
  /** Notes of checkpoints in the data directory that are known to speak of entries which were lost. */
  leftAside?: ReadonlySet<string>;
  /** Told how many of those could not be compared with anything, where there are some. */
  onUncompared?(count: number): void;
  /** What is kept elsewhere of the entries below the anchor: the verdict is then about both. */
  earlier?: Earlier;
  /** Only the newest entries, from a signed edge about a thousand entries back. */
  sinceCheckpoint?: boolean;
  now: number;
  onProgress?(done: number, total: number): void;
}

/** Entries that retention has taken out of the database. */
export interface Earlier {
  /** What came before them. */
  anchor: Anchor;
  /** In the order of the numbers, up to the ledger's anchor. */
  reports(): AsyncIterable<ChunkReport>;
}

/**
 * Verifies the ledger in the database: every entry against its leaf and commitments, the numbers, and the root at
 * every checkpoint that the database, the data directory or the caller holds.
 */
export async function verifyLedger(request: VerifyRequest): Promise<Verdict> {
  const anchorNow = async () => (await readHead(request.reads, request.tenant))?.anchor.size;
  for (let triesLeft = TRIES; ; triesLeft -= 1) {
    const before = await anchorNow();
    const verdict = await verifyOnce(request);
    // Retention took entries away while they were read: what seems to be missing went as it should.
    if (verdict.isValid || triesLeft <= 1 || before === (await anchorNow())) return verdict;
  }
}

async function verifyOnce(request: VerifyRequest): Promise<Verdict> {
  const { reads, tenant, dataDir, keys } = request;
  const head = await readHead(reads, tenant);
  // Notes first, then the extent: a checkpoint made meanwhile must not look like entries that were cut off.
  const kept = await reads.all<{ size: number; note: string; edge: string }>(
    `SELECT "size", "note", "edge" FROM "LedgerCheckpoint" WHERE "tenant" = ? ORDER BY "size"`,
    [tenant],
  );
  const statements = await reads.all<{ note: string }>(
    `SELECT "note" FROM "LedgerStatement" WHERE "tenant" = ?`,
    [tenant],
  );
  const livesFrom = head?.anchor ?? { size: 0, hashes: [] };
  const anchor = request.earlier?.anchor ?? livesFrom;
  const consistency = await readConsistency(reads, tenant, anchor.size);
  const given = request.checkpoints ?? [];
  const since = request.sinceCheckpoint
    ? signedEdge(kept, keys, anchor.size, Math.min((head?.size ?? 0) - RECENT, ...sizesOf(given, keys)))
    : null;
  const verification = new Verification({
    live: true,
    tenant,
    origin: head?.origin ?? keys[0]?.name ?? '',
    keys,
    anchor: anchor.size === 0 ? null : anchor,
    statements: new Set([...statements.map((row) => row.note), ...ownStatements(dataDir, head)]),
    checkpoints: new Set([
      ...kept.map((row) => row.note),
      ...readCheckpoints(dataDir).filter((note) => request.leftAside?.has(note) !== true),
    ]),
    given,
    consistency,
    ...(since !== null && { since }),
  });
  for await (const report of request.earlier?.reports() ?? []) verification.take(report);
  const after = since?.size ?? livesFrom.size;
  const last = await reads.get<{ seq: number | null }>(
    `SELECT MAX("seq") AS "seq" FROM "AuditLog" WHERE "tenant" = ?`,
    [tenant],
  );
  const to = last?.seq ?? 0;
  let done = 0;
  for await (const report of inspectPieces(request, { after, to })) {
    verification.take(report);
    done += report.count;
    request.onProgress?.(done, Math.max(0, to - after));
  }
  const verdict = verification.finish(request.now);
  if (verification.idle > 0) request.onUncompared?.(verification.idle);
  const notes = [...verdict.notes, ...lostHistory(dataDir, head?.origin, keys)];
  return withoutCutTail({ ...verdict, notes }, head?.size ?? 0);
}

/** Told whatever is looked at: the entry that says so may have been pruned, or lie before where the look begins. */
function lostHistory(dataDir: string, origin: string | undefined, keys: readonly VerifierKey[]): string[] {
  const sizes = readLostCheckpoints(dataDir).flatMap((note) => {
    const checkpoint = openCheckpoint(note, keys);
    return checkpoint?.origin === origin ? [checkpoint?.size ?? 0] : [];
  });
  if (sizes.length === 0) return [];
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return [
    `The ledger was once recovered from an older backup: what was signed up to entry ${most} was lost in part, and ` +
      `${sizes.length === 1 ? 'a checkpoint' : `${sizes.length} checkpoints`} of that history ` +
      `(sizes from ${least} on) ${sizes.length === 1 ? 'is' : 'are'} kept in checkpoints-lost.txt.`,
  ];
}

/** What somebody asks to be compared must not lie before where the look begins. */
function sizesOf(notes: readonly string[], keys: readonly VerifierKey[]): number[] {
  return notes.flatMap((note) => openCheckpoint(note, keys)?.size ?? []);
}

async function* inspectPieces(
  { reads, database, tenant }: VerifyRequest,
  whole: Piece,
): AsyncGenerator<ChunkReport> {
  const pieces = piecesOf(reads, tenant, whole);
  if (whole.to - whole.after > WORTH_THREADS) yield* inspectInThreads(database, tenant, pieces);
  else for await (const piece of pieces) yield await inspectPiece(reads, tenant, piece);
}

/** The newest edge of a size up to `atMost` in the database that folds to a root which a trusted key signed. */
function signedEdge(
  kept: { size: number; note: string; edge: string }[],
  keys: readonly VerifierKey[],
  atLeast: number,
  atMost: number,
): { size: number; hashes: Buffer[] } | null {
  for (const { size, note, edge } of kept.toReversed()) {
    if (size < atLeast) return null;
    if (size > atMost) continue;
    const checkpoint = openCheckpoint(note, keys);
    if (checkpoint === null || checkpoint.size !== size) continue;
    const hashes = splitHashes(edge);
    try {
      if (Frontier.fromAnchor(size, hashes).root().equals(checkpoint.root)) return { size, hashes };
    } catch {
      // An edge that cannot belong to this size is no edge.
    }
  }
  return null;
}

/** The data directory may hold statements of other tenants; a statement's first line names its ledger. */
function ownStatements(dataDir: string, head: LedgerHead | null): string[] {
  return head === null ? [] : readStatements(dataDir).filter((note) => note.startsWith(`${head.origin}/`));
}

/**
 * The head says how many entries were written. Where nothing was signed over the newest ones, it is what tells that
 * some of them are gone; where a checkpoint tells it, the verdict has said so already.
 */
function withoutCutTail(verdict: Verdict, size: number): Verdict {
  if (!verdict.isValid || verdict.to >= size) return verdict;
  const gap = { from: verdict.to + 1, to: size, count: size - verdict.to };
  const note = `The head of the ledger says that ${size} entries were written; the first missing one is ${gap.from}.`;
  return {
    ...verdict,
    verdict: 'missing',
    isValid: false,
    gaps: [...verdict.gaps, gap],
    notes: [...verdict.notes, note],
  };
}
