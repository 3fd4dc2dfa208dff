const LONGEST = 200;

/**
 * What is wrong with a pattern, as a sentence without its subject; null where it can be used. Beside what cannot be
 * read, such are refused that can take exponential time: a repetition of what repeats itself, and references back. What
 * else may be slow is ended by a time limit.
 */
export function patternProblem(pattern: string): string | null {
  if (pattern === '') return 'it is empty';
  if (pattern.length > LONGEST) return `it is longer than ${LONGEST} characters`;
  try {
    if (new RegExp(pattern, 'iu').test('')) return 'it fits the empty text, so it would fit everything';
  } catch {
    return 'it cannot be read as a regular expression';
  }
  if (/\\[1-9k]/.test(pattern.replace(/\\\\/g, ''))) return 'it refers back to a group';
  return repeatsRepetition(pattern) ? 'it repeats a group that repeats something itself' : null;
}

/** Whether a group with `*`, `+` or `{n,}` in it is repeated by one of these. */
function repeatsRepetition(pattern: string): boolean {
  const groups: boolean[] = [false];
  let closed = false;
  for (let at = 0; at < pattern.length; at++) {
    const mark = pattern[at]!;
    const wasClosed = closed;
    closed = false;
    if (mark === '\\') at += 1;
    else if (mark === '[') at = endOfClass(pattern, at);
    else if (mark === '(') groups.push(false);
    else if (mark === ')') {
      closed = groups.pop() ?? false;
      if (closed) groups[groups.length - 1] = true;
    } else if (isUnbounded(pattern, at)) {
      if (wasClosed) return true;
      groups[groups.length - 1] = true;
    }
  }
  return false;
}

const isUnbounded = (pattern: string, at: number): boolean =>
  /^(?:[*+]|\{\d+,(?:\d+)?\})/.test(pattern.slice(at, at + 24));

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  return pattern.length;
}
