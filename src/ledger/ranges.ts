/** Sets of entry numbers as ascending closed ranges that do not meet: `[[3, 5], [9, 9]]`. */

export type Ranges = [from: number, to: number][];

/** Adds a number that is not below the last one. */
export function addNumber(ranges: Ranges, number: number): void {
  addRange(ranges, number, number);
}

/** Adds a range that does not begin before the last one. */
function addRange(ranges: Ranges, from: number, to: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && from >= last[0] && from <= last[1] + 1) last[1] = Math.max(last[1], to);
  else ranges.push([from, to]);
}

/** The set in any number of pieces, in any order, put in order and joined. */
export function joined(pieces: Iterable<readonly [number, number]>): Ranges {
  const ranges: Ranges = [];
  for (const [from, to] of [...pieces].sort((a, b) => a[0] - b[0])) addRange(ranges, from, to);
  return ranges;
}

/** Those of `ranges` that are not in `others`. Both are in order and joined. */
export function without(ranges: Ranges, others: Ranges): Ranges {
  const left: Ranges = [];
  let next = 0;
  for (const [from, to] of ranges) {
    let start = from;
    while (next < others.length && others[next]![1] < start) next += 1;
    for (let i = next; i < others.length && others[i]![0] <= to; i += 1) {
      const [cutFrom, cutTo] = others[i]!;
      if (cutFrom > start) left.push([start, cutFrom - 1]);
      start = Math.max(start, cutTo + 1);
    }
    if (start <= to) left.push([start, to]);
  }
  return left;
}

export function countOf(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/** Whether the number is in the set, which is in order. */
export function includes(ranges: Ranges, number: number): boolean {
  return indexOf(ranges, number) >= 0;
}

/** The index of the range that holds the number, or -1. The ranges are in order. */
export function indexOf(ranges: Ranges, number: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]![1] < number) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= number ? low : -1;
}

/** Every number of the set, in order, up to a limit. */
export function* numbers(ranges: Ranges, limit = Number.POSITIVE_INFINITY): Generator<number> {
  let left = limit;
  for (const [from, to] of ranges) {
    for (let number = from; number <= to; number += 1, left -= 1) {
      if (left <= 0) return;
      yield number;
    }
  }
}
