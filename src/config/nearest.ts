/**
 * The name somebody probably meant. A mistake that says "did you mean `outcome`?" is mended in one go; one
 * that only says "unknown" is not. A wrong guess is worse than none, so distant candidates are not offered.
 */

const LONGEST_WORD = 64;

/**
 * The candidate nearest to `word`, or null where none is near: the beginning of a candidate, at most two
 * slips of the finger away (one for short words; a swap of two neighbours is one slip), or the same stem.
 * Upper and lower case are equal.
 *
 * @example nearest('outcom', ['action', 'outcome']) // 'outcome'
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length === 0 || word.length > LONGEST_WORD) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const score = distance(wanted, candidate.toLowerCase());
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** How far apart two lower-case names are; infinite where one is no plausible slip for the other. */
function distance(word: string, candidate: string): number {
  if (candidate.length === 0 || candidate.length > LONGEST_WORD) return Number.POSITIVE_INFINITY;
  if (word === candidate) return 0;
  const scores = [Number.POSITIVE_INFINITY];
  // Of several completions the shortest wins: `act` is `actor` or `action` sooner than `actorType`.
  if (word.length >= 2 && candidate.startsWith(word)) scores.push(0.5 + candidate.length / 1000);
  if (candidate.length >= 3 && word.startsWith(candidate)) scores.push(1.5);
  const slips = slipsBetween(word, candidate);
  const stem = sharedBeginning(word, candidate);
  const ending = sharedBeginning([...word].reverse().join(''), [...candidate].reverse().join(''));
  // Of two that are as many slips away, the one that agrees at both ends: `acton` is `action`, not `actor`.
  const allowed = Math.min(word.length, candidate.length) <= 3 ? 1 : 2;
  if (slips <= allowed) scores.push(slips - (stem + ending) / 1000);
  // A common house prefix (`REEVE_`) is no likeness: more than half of the longer name must agree.
  if (stem >= 4 && stem > 0.55 * Math.max(word.length, candidate.length)) scores.push(2.5);
  return Math.min(...scores);
}

function sharedBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** Damerau–Levenshtein distance (optimal string alignment): insert, drop, replace, swap neighbours. */
function slipsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
