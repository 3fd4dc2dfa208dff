import type { AuditFilter } from '../../audit/query/filter.js';
import { type AuditRow, matches } from '../../audit/query/matches.js';
import { type AuditItem, EXPORT_FIELDS } from '../../audit/reading/item.js';
import type { Entry } from '../../ledger/entry.js';
import type { Archive, Segment } from './archive.js';
import { chainOf } from './chain.js';
import { segmentEntries, whyUnreadable } from './segmentFile.js';

export interface SearchOptions {
  /** The present anchor: what lies after it is found in the ledger. */
  anchor: number;
  limit: number;
  onProgress?(done: number, total: number): void;
  /** Told of a segment that could not be read to its end, and why: what else there is in it was not searched. */
  onUnreadable(file: string, why: string): void;
}

/** What of the archive a filter lets through, newest first. Segments that cannot hold any of it are not read. */
export async function searchArchive(
  archive: Archive,
  filter: AuditFilter,
  { anchor, limit, onProgress, onUnreadable }: SearchOptions,
): Promise<AuditItem[]> {
  const { segments } = chainOf(await archive.segments(), anchor);
  const worth = segments.filter((segment) => mayHold(segment, filter)).toReversed();
  const found: AuditItem[] = [];
  for (const [index, { file }] of worth.entries()) {
    const here: AuditItem[] = [];
    try {
      for await (const entry of segmentEntries(archive.read(file))) {
        const item = itemOf(entry);
        if (matches(filter, item as unknown as AuditRow)) here.push(item);
      }
    } catch (error) {
      onUnreadable(file, whyUnreadable(error));
    }
    found.push(...here.toReversed());
    onProgress?.(index + 1, worth.length);
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** Times within a segment need not ascend, so only its latest can exclude it; numbers always do. */
function mayHold({ from, to, lastAt }: Segment, { since, seqFrom, seqTo }: AuditFilter): boolean {
  if (since !== undefined && lastAt < since) return false;
  return (seqFrom ?? 0) <= to && (seqTo ?? Number.MAX_SAFE_INTEGER) >= from;
}

function itemOf({ public: pub, actor, rest, erasedAt }: Entry): AuditItem {
  const all: Record<string, unknown> = { ...pub, ...actor, ...rest, erasedAt };
  return Object.fromEntries(EXPORT_FIELDS.map((name) => [name, all[name] ?? null])) as unknown as AuditItem;
}
