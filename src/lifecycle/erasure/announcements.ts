import { countOf, joined, type Ranges } from '../../ledger/ranges.js';

/** The entries of which parts are to be emptied. */
export interface Parts {
  readonly actor: Ranges;
  readonly rest: Ranges;
}

/** What one SUBJECT_ERASED entry says. */
export interface Announcement {
  actor: Ranges;
  rest: Ranges;
  count: number;
}

/** `"actor":[],"rest":[],"count":` and a number, and brackets. */
const FRAME_BYTES = 64;

/**
 * In as many entries as it takes: none may become so large that it would be shortened. Each names ranges of its own, in
 * ascending order.
 */
export function announcements({ actor, rest }: Parts, maxBytes: number): Announcement[] {
  const pieces = [
    ...actor.map((range) => ({ part: 'actor' as const, range })),
    ...rest.map((range) => ({ part: 'rest' as const, range })),
  ].sort((a, b) => a.range[0] - b.range[0]);
  const all: Announcement[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { part, range } of pieces) {
    const size = JSON.stringify(range).length + 1;
    if (bytes + size > maxBytes) {
      all.push({ actor: [], rest: [], count: 0 });
      bytes = FRAME_BYTES;
    }
    all.at(-1)![part].push(range);
    bytes += size;
  }
  for (const one of all) one.count = countOfParts(one);
  return all;
}

/** How many entries are named, each once. */
export const countOfParts = ({ actor, rest }: Parts): number => countOf(joined([...actor, ...rest]));
