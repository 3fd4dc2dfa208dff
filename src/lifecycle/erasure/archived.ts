import { createReadStream, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readHead } from '../../audit/ledgerRows.js';
import { UserError } from '../../config/userError.js';
import type { BundleHead } from '../../ledger/bundle.js';
import type { Entry } from '../../ledger/entry.js';
import { parseNote } from '../../ledger/note.js';
import { parseStatement } from '../../ledger/statement.js';
import { UnreadableFile } from '../../ledger/verify.js';
import { readStatements } from '../../signing/notesFile.js';
import type { Reads } from '../../store/sql.js';
import type { Archive, Segment } from '../archive/archive.js';
import { chainOf } from '../archive/chain.js';
import { openSegment, whyUnreadable } from '../archive/segmentFile.js';
import { SegmentWriter } from '../archive/segmentWriter.js';
import { segmentsInTheMaking } from '../retention/segments.js';
import type { Left } from './holder.js';
import type { Mentions } from './mentions.js';
import { partsAbout } from './scan.js';

export interface ArchivedParts {
  readonly archive: Archive;
  readonly reads: Reads;
  readonly tenant: string;
  readonly dataDir: string;
}

/** One line of a segment that is neither its first nor its last. */
type Content =
  | { readonly kind: 'head'; readonly head: BundleHead }
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'statement' | 'checkpoint'; readonly note: string };

/**
 * The archived part of the record, for an erasure: what it says of somebody is emptied by the same rule, and the
 * segment sealed anew. Leaves and roots stay, so what vouched for it before goes on to do so.
 */
export class Archived {
  readonly #parts: ArchivedParts;

  constructor(parts: ArchivedParts) {
    this.#parts = parts;
  }

  segments(): Promise<Segment[]> {
    return this.#parts.archive.segments();
  }

  /** Every archived entry. */
  async *entries(): AsyncGenerator<Entry> {
    for (const segment of await this.segments()) yield* this.entriesOf(segment);
  }

  /**
   * Those of one segment; none where its file is gone, which the certificate names. One that cannot be read ends it
   * with an error: nothing is erased by halves unseen.
   */
  async *entriesOf(segment: Segment): AsyncGenerator<Entry> {
    if (!(await isInArchive(this.#parts.archive, segment.file))) return;
    for await (const content of this.#contents(segment)) if (content.kind === 'entry') yield content.entry;
  }

  /**
   * Empties what speaks of somebody and has been announced and vouched for. Returns in how many entries. `demandFree`
   * throws where one of them is held: somebody may have laid a hold since.
   */
  async erase(
    mentions: Mentions,
    now: number,
    demandFree: (entries: readonly Entry[]) => Promise<void>,
  ): Promise<{ count: number; left: Left[] }> {
    const { archive, reads, tenant, dataDir } = this.#parts;
    const anchor = (await readHead(reads, tenant))?.anchor.size ?? 0;
    const strangers = await archive.sweep(anchor);
    rmSync(segmentsInTheMaking(dataDir, tenant), { recursive: true, force: true });
    const statements = await this.#statements();
    let count = 0;
    const all = await archive.segments();
    const { segments: history } = chainOf(all, anchor);
    for (const segment of all) {
      const about: Entry[] = [];
      for await (const entry of this.entriesOf(segment)) if (isAbout(entry, mentions)) about.push(entry);
      if (about.length === 0) continue;
      await demandFree(about);
      const pruned = statements.pruned.get(segment.to);
      // Its rows are still there, or another holds the same: retention was killed after archiving them.
      if (pruned === undefined && !history.includes(segment)) await archive.remove(segment.file);
      // All that is left of its entries must not go for want of a row that anybody may have deleted.
      else if (pruned === undefined) throw new UserError(notVouched(segment.to));
      else await this.#rewrite(segment, mentions, now, { ...statements, end: pruned });
      count += about.length;
    }
    const why = 'its manifest does not know them, so they were not looked into';
    return { count, left: strangers.length === 0 ? [] : [{ what: 'files in the archive', why }] };
  }

  async #rewrite(
    segment: Segment,
    mentions: Mentions,
    now: number,
    { erased, end }: { erased: readonly Erased[]; end: string },
  ): Promise<void> {
    const { archive, dataDir } = this.#parts;
    const folder = segmentsInTheMaking(dataDir, this.#parts.tenant);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, segment.file);
    const writer = new SegmentWriter(path);
    const own = erased.filter(({ reaches }) => reaches(segment)).map(({ note }) => note);
    const statements = new Set<string>([...own, end]);
    const checkpoints: string[] = [];
    try {
      for await (const content of this.#contents(segment)) {
        if (content.kind === 'head')
          await writer.begin({ ...content.head, anchor: content.head.anchor ?? NO_ANCHOR });
        else if (content.kind === 'entry') writer.entry(emptied(content.entry, mentions, now));
        else if (content.kind === 'statement') statements.add(content.note);
        else checkpoints.push(content.note);
        await writer.drained();
      }
      const written = await writer.end({ statements: [...statements], checkpoints });
      await archive.put({ ...segment, ...written }, createReadStream(path));
    } finally {
      await writer.discard().catch(() => {});
      await rm(path, { force: true });
    }
  }

  async *#contents({ file }: Segment): AsyncGenerator<Content> {
    try {
      const { head, lines } = await openSegment(this.#parts.archive.read(file));
      yield { kind: 'head', head };
      for await (const line of lines) {
        if (line.type === 'entry') yield { kind: 'entry', entry: line.entry };
        else if (line.type === 'statement' || line.type === 'checkpoint')
          yield { kind: line.type, note: line.note };
        else if (line.type !== 'end') throw new UnreadableFile('it holds a line that cannot be read');
      }
    } catch (error) {
      throw new UserError(damaged(file, whyUnreadable(error)));
    }
  }

  async #statements(): Promise<{ pruned: Map<number, string>; erased: Erased[] }> {
    const { reads, tenant, dataDir } = this.#parts;
    const origin = (await readHead(reads, tenant))?.origin;
    const rows = await reads.all<{ kind: string; number: number; note: string }>(
      `SELECT "kind", "number", "note" FROM "LedgerStatement" WHERE "tenant" = ?`,
      [tenant],
    );
    const pruned = new Map<number, string>();
    const erased: Erased[] = [];
    // In the data directory there are those of other ledgers as well.
    for (const note of readStatements(dataDir)) {
      const statement = parseStatement(parseNote(note)?.text ?? '');
      if (statement?.kind === 'pruned' && statement.origin === origin) pruned.set(statement.to, note);
    }
    for (const { kind, number, note } of rows) {
      if (kind === 'pruned') pruned.set(number, note);
      const statement = parseStatement(parseNote(note)?.text ?? '');
      if (statement?.kind !== 'erased') continue;
      const ranges = [...statement.actor, ...statement.rest];
      const reaches = ({ from, to }: Segment) => ranges.some(([first, last]) => first <= to && last >= from);
      erased.push({ note, reaches });
    }
    return { pruned, erased };
  }
}

/** Whether the file of a segment that the manifest knows is there. */
export async function isInArchive(archive: Archive, file: string): Promise<boolean> {
  try {
    for await (const _ of archive.read(file)) break;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

interface Erased {
  readonly note: string;
  reaches(segment: Segment): boolean;
}

const notVouched = (to: number) => ({
  code: 'ARCHIVE_NOT_VOUCHED',
  message: `No statement says that the archived entries up to ${to} were pruned, so they are not touched, and nobody who is named in them can be erased.`,
  hint: 'It is missing both in the database and in statements.txt of the data directory: restore that file. Find out more with: reeve verify',
});

const damaged = (file: string, why: string) => ({
  code: 'ARCHIVE_SEGMENT_DAMAGED',
  message: `The archived segment ${file} cannot be read (${why}), so it cannot be told whom it names.`,
  hint: 'Restore it from a backup of the archive, and try again. Which others are damaged says: reeve archive verify',
});

const NO_ANCHOR = { size: 0, hashes: [] };

const isAbout = (entry: Entry, mentions: Mentions): boolean => {
  const { actor, rest } = partsAbout(entry, mentions);
  return actor || rest;
};

/** An entry without what speaks of somebody. */
export function emptied(entry: Entry, mentions: Mentions, now: number): Entry {
  const { actor, rest } = partsAbout(entry, mentions);
  return {
    ...entry,
    ...(actor && { actor: null, actorSalt: null }),
    ...(rest && { rest: null, restSalt: null }),
    ...((actor || rest) && { erasedAt: now }),
  };
}
