import type { Segment } from './archive.js';

export interface Chain {
  /** Segments that follow one another up to the anchor. */
  segments: Segment[];
  /** What belongs to no place: left by a run that was given up, or archived and not deleted yet. */
  idle: Segment[];
}

/**
 * Which of the archived segments make up the history up to the anchor. A step that was given up may have left one
 * that overlaps those that came after it; where two begin alike, the longer one that the anchor covers counts.
 */
export function chainOf(all: readonly Segment[], anchor: number): Chain {
  const segments: Segment[] = [];
  const covered = all.filter(({ to }) => to <= anchor).sort((a, b) => a.from - b.from || b.to - a.to);
  let next = 0;
  for (const segment of covered) {
    if (segment.from < next) continue;
    segments.push(segment);
    next = segment.to + 1;
  }
  return { segments, idle: all.filter((segment) => !segments.includes(segment)) };
}
