import type { Segment } from './archive.js';

export interface Chain {
  /** Segments that follow one another up to the anchor. */
  segments: Segment[];
  /** What belongs to no place: left by a run that was given up, or archived and not deleted yet. */
  idle: Segment[];
}

/**
 * Which of the archived segments make up the history up to the anchor. A step that was given up may have left one that
 * overlaps those that came after it, and may be the longer one; so those count that hold the most entries together,
 * none of them twice. Where one is missing, those before it and after it still count, and the gap shows.
 */
export function chainOf(all: readonly Segment[], anchor: number): Chain {
  const covered = all.filter(({ to }) => to <= anchor).sort((a, b) => a.to - b.to || b.from - a.from);
  /** Of the first so many segments: how many entries the best choice holds, and whether its last one is among them. */
  const best: { entries: number; isTaken: boolean; before: number }[] = [
    { entries: 0, isTaken: false, before: 0 },
  ];
  covered.forEach(({ from, to }, i) => {
    const before = endedBefore(covered, from);
    const taken = best[before]!.entries + to - from + 1;
    const left = best[i]!.entries;
    const isTaken = taken >= left;
    best.push({ entries: isTaken ? taken : left, isTaken, before });
  });
  const segments: Segment[] = [];
  for (let i = covered.length; i > 0; ) {
    const { isTaken, before } = best[i]!;
    if (isTaken) segments.unshift(covered[i - 1]!);
    i = isTaken ? before : i - 1;
  }
  return { segments, idle: all.filter((segment) => !segments.includes(segment)) };
}

/** How many of the segments, in the order in which they end, end before an entry. */
function endedBefore(segments: readonly Segment[], seq: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle]!.to < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
