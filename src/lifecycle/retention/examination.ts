/**
 * The look that comes before anything is deleted: one pass over the entries that are to go and on to the next signed
 * checkpoint. It finds whatever does not verify, gathers what must outlive the entries (the edge, the proofs from
 * every checkpoint among them), and writes the segment for the archive where there is to be one.
 *
 * It runs in a thread of its own, so everything that goes in and comes out is plain data.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { joinHashes, readHead } from '../../audit/ledgerRows.js';
import { piecesOf } from '../../audit/verify/pieces.js';
import { scanSealed } from '../../audit/verify/sealedRows.js';
import { openCheckpoint, parseNumber } from '../../ledger/checkpoint.js';
import { ConsistencyPaths } from '../../ledger/consistency.js';
import type { Entry } from '../../ledger/entry.js';
import { Frontier, HASH_BYTES } from '../../ledger/frontier.js';
import { Inspection } from '../../ledger/inspect.js';
import { parseVerifierKey, type VerifierKey } from '../../ledger/note.js';
import { openStatement } from '../../ledger/statement.js';
import { type Verdict, Verification } from '../../ledger/verify.js';
import { verifyFile } from '../../ledger/verifyFile.js';
import { readCheckpoints } from '../../signing/notesFile.js';
import type { Reads } from '../../store/sql.js';
import { unpacked } from '../archive/segmentFile.js';
import { SegmentWriter } from '../archive/segmentWriter.js';

export interface ExaminationRequest {
  tenant: string;
  origin: string;
  /** The trusted keys, as text. */
  vkeys: string[];
  dataDir: string;
  /** The last entry that is to go. */
  to: number;
  /** Entries from this time on must not be among them. */
  cutoff: number;
  /** Where the segment is to be written, on its way to the archive; null where nothing is archived. */
  segmentPath: string | null;
}

/** What is known of entries that may go. */
export interface Examined {
  from: number;
  to: number;
  root: string;
  /** The anchor's hashes once they are gone, as the database keeps them. */
  edge: string;
  leavesSha256: string;
  firstAt: number;
  lastAt: number;
  /** Proofs from each checkpoint among them, and from the present anchor, as the database keeps them. */
  consistency: { from: number; path: string }[];
  /** Some of them were erased by an entry that comes after them. */
  isErasedLater: boolean;
  segment: { sha256: string; bytes: number } | null;
  /** How many erasures the ledger knew of before the look: one more, and it is to be looked at again. */
  erasures: number;
}

/** How many times somebody was erased from this ledger. */
export async function erasuresOf(reads: Reads, tenant: string): Promise<number> {
  const row = await reads.get<{ count: number }>(
    `SELECT COUNT(*) AS "count" FROM "LedgerStatement" WHERE "tenant" = ? AND "kind" = 'erased'`,
    [tenant],
  );
  return row?.count ?? 0;
}

/** Why they may not go. */
export interface Refused {
  code: 'NOT_VERIFIED' | 'NOT_EXPIRED';
  why: string;
}

export type Examination = { examined: Examined } | { refused: Refused };

/**
 * Entries that are looked at in one go, and how much longer than that others then have the processor: it is at most a
 * part of one, but a small machine has no more than two, and a server's half of the work is done on it, too.
 */
const PIECE = 256;
const REST = 2;
const LONG_MS = 20;

/** Verified as one piece of work; in between whoever else is in the thread has a turn. */
export async function examine(reads: Reads, request: ExaminationRequest): Promise<Examination> {
  const { tenant, to, cutoff, segmentPath } = request;
  const head = await readHead(reads, tenant);
  if (head === null || to <= head.anchor.size)
    throw new RangeError(`there is nothing up to ${to} to examine`);
  const { anchor } = head;
  const erasures = await erasuresOf(reads, tenant);
  const notes = await readNotes(reads, request, anchor.size);
  if (notes.until === null)
    return { refused: { code: 'NOT_VERIFIED', why: `no signed checkpoint covers entry ${to}` } };
  const { until } = notes;
  const verification = new Verification({
    live: true,
    tenant,
    origin: request.origin,
    keys: notes.keys,
    anchor: anchor.size === 0 ? null : anchor,
    statements: notes.statements,
    checkpoints: notes.checkpoints,
  });
  const passing = new Passing(anchor.size, to);
  const segment = segmentPath === null ? null : new SegmentWriter(segmentPath);
  let isWritten = false;
  try {
    await segment?.begin({ ...head, origin: request.origin, from: anchor.size + 1, to });
    const paths = new ConsistencyPaths(
      notes.sizes.filter((size) => size < to),
      to,
      anchor,
    );
    const rest = resting();
    for await (const piece of piecesOf(reads, tenant, { after: anchor.size, to: until }, PIECE)) {
      const inspection = new Inspection(tenant);
      await scanSealed(reads, tenant, piece, (entry) => {
        inspection.add(entry);
        passing.look(entry);
        if (entry.public.seq <= to) segment?.entry(entry);
      });
      const report = inspection.report();
      passing.take(report.leaves, report.runs, paths);
      verification.take(report);
      await segment?.drained();
      await rest();
    }
    const why = problemOf(verification.finish(0), until);
    if (why !== null) return { refused: { code: 'NOT_VERIFIED', why } };
    const { lastAt } = passing;
    if (lastAt >= cutoff)
      return { refused: { code: 'NOT_EXPIRED', why: `not every entry up to ${to} has expired` } };
    const edge = paths.edge();
    const consistency = paths.finish();
    const concerning = notes.statementsAbout(anchor.size + 1, to);
    const written = await segment?.end({
      statements: concerning.notes,
      checkpoints: notes.within(to),
    });
    isWritten = true;
    if (segmentPath !== null && concerning.isProvable)
      await readBack(segmentPath, { from: anchor.size + 1, to, keys: notes.keys, now: cutoff });
    return {
      examined: {
        from: anchor.size + 1,
        to,
        root: Frontier.fromAnchor(to, edge.hashes).root().toString('hex'),
        edge: joinHashes(edge.hashes),
        leavesSha256: passing.leavesSha256(),
        firstAt: passing.firstAt,
        lastAt,
        consistency: consistency.map(({ from, path }) => ({ from, path: joinHashes(path) })),
        isErasedLater: concerning.isLater,
        segment: written ?? null,
        erasures,
      },
    };
  } finally {
    if (!isWritten) await segment?.discard();
  }
}

/** What was packed must prove by itself what it is to prove once the entries are gone from everywhere else. */
async function readBack(
  path: string,
  { from, to, keys, now }: { from: number; to: number; keys: readonly VerifierKey[]; now: number },
): Promise<void> {
  const verdict = await verifyFile(restful(unpacked(createReadStream(path))), { keys, now });
  if (verdict.isValid && verdict.from === from && verdict.to === to) return;
  throw new Error(`the segment that was written does not verify (${verdict.verdict})`);
}

async function* restful(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const rest = resting(LONG_MS);
  for await (const piece of pieces) {
    yield piece;
    await rest();
  }
}

/** What it gives leaves the processor to others, where it has been worked for so long since the last rest. */
function resting(afterMs = 0): () => Promise<void> {
  let begun = performance.now();
  return async () => {
    const workedMs = performance.now() - begun;
    if (workedMs < afterMs) return;
    await wait(workedMs * REST);
    begun = performance.now();
  };
}

/** What is wrong, in a sentence, or null: a checkpoint beyond what was read says nothing against it. */
function problemOf(verdict: Verdict, until: number): string | null {
  const isWell = ['intact', 'intact-from', 'truncated'].includes(verdict.verdict);
  if (isWell && verdict.to === until && verdict.covered >= until) return null;
  if (!isWell) return `${verdict.verdict}: ${verdict.notes[0] ?? 'it does not verify'}`;
  return `missing: entries up to ${until} were signed, and not all of them are there`;
}

/** What is gathered entry by entry. */
class Passing {
  firstAt = 0;
  lastAt = 0;
  readonly #anchor: number;
  readonly #to: number;
  readonly #leaves: Hash = createHash('sha256');
  #next: number;

  constructor(anchor: number, to: number) {
    this.#anchor = anchor;
    this.#to = to;
    this.#next = anchor + 1;
  }

  look({ public: { seq, at } }: Entry): void {
    if (seq > this.#to || typeof at !== 'number') return;
    if (seq === this.#anchor + 1) this.firstAt = at;
    this.lastAt = Math.max(this.lastAt, at);
  }

  /** Leaves count only as long as every number comes in its turn; where one does not, the verdict says so. */
  take(leaves: Uint8Array, runs: readonly (readonly [number, number])[], paths: ConsistencyPaths): void {
    let at = 0;
    for (const [from, to] of runs) {
      for (let seq = from; seq <= to; seq += 1, at += HASH_BYTES) {
        if (seq !== this.#next || seq > this.#to) continue;
        const leaf = leaves.subarray(at, at + HASH_BYTES);
        this.#leaves.update(leaf);
        paths.push(leaf);
        this.#next += 1;
      }
    }
  }

  leavesSha256(): string {
    return this.#leaves.digest('hex');
  }
}

/** The notes that say something about these entries. */
async function readNotes(reads: Reads, request: ExaminationRequest, anchorSize: number) {
  const { tenant, origin, dataDir, to } = request;
  const keys: VerifierKey[] = request.vkeys.map((text) => parseVerifierKey(text));
  const isValid = (note: string, size: number): boolean => {
    const checkpoint = openCheckpoint(note, keys);
    return checkpoint?.origin === origin && checkpoint.size === size;
  };
  const rows = await reads.all<{ size: number; note: string }>(
    `SELECT "size", "note" FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" >= ? ORDER BY "size"`,
    [tenant, anchorSize],
  );
  // Whoever can write to the database may put a row in the way; the next one that is signed is as good.
  const until = rows.find(({ size, note }) => size >= to && isValid(note, size))?.size ?? null;
  const inReach = rows.filter(({ size }) => until !== null && size <= until);
  const fromFile = readCheckpoints(dataDir).filter((note) => {
    const [first, second = ''] = note.split('\n', 2);
    const size = parseNumber(second);
    return first === origin && size !== null && size >= anchorSize && until !== null && size <= until;
  });
  const newest = rows.findLast(({ size, note }) => isValid(note, size));
  const statements = (
    await reads.all<{ note: string }>(`SELECT "note" FROM "LedgerStatement" WHERE "tenant" = ?`, [tenant])
  ).map(({ note }) => note);
  const sizes = new Set([anchorSize, ...inReach.map(({ size }) => size)]);
  for (const note of fromFile) sizes.add(openCheckpoint(note, keys)?.size ?? anchorSize);
  sizes.delete(0);
  return {
    keys,
    until,
    statements,
    checkpoints: [
      ...inReach.map(({ note }) => note),
      ...fromFile,
      ...(newest === undefined ? [] : [newest.note]),
    ],
    sizes: [...sizes].filter((size) => size >= anchorSize).sort((a, b) => a - b),
    /** Those that belong into a segment. */
    within: (last: number): string[] => [
      ...new Set(
        inReach.filter(({ size, note }) => size <= last && isValid(note, size)).map(({ note }) => note),
      ),
    ],
    statementsAbout: (
      from: number,
      last: number,
    ): { notes: string[]; isLater: boolean; isProvable: boolean } => {
      const notes: string[] = [];
      let isLater = false;
      let isPruned = false;
      for (const note of statements) {
        const statement = openStatement(note, keys);
        if (statement === null) continue;
        if (statement.kind === 'pruned') {
          // About its beginning, and about its end where it has been pruned already.
          if (statement.to === from - 1 || statement.to === last) notes.push(note);
          isPruned ||= statement.to === last;
          continue;
        }
        const concerns = [...statement.actor, ...statement.rest].some(([a, b]) => a <= last && b >= from);
        if (!concerns) continue;
        notes.push(note);
        isLater ||= statement.seq > last;
      }
      // Where an erasure that comes after them has emptied some, only their own removal can vouch for the rest.
      return { notes, isLater, isProvable: !isLater || isPruned };
    },
  };
}
