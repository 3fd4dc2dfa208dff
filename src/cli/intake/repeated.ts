/**
 * Whether some member of the object is there twice in the text it was parsed from. `JSON.parse` takes the last and
 * says nothing, so that two readers could see two events in one line. Members are counted on both sides, which
 * costs a fraction of what a reader of our own would.
 */
export function holdsRepeatedMember(text: string, parsed: unknown): boolean {
  return membersIn(text) !== membersOf(parsed);
}

/** So many names stand in a text that is known to be JSON. */
function membersIn(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', start)) {
    let end = text.indexOf('"', start + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    start = end + 1;
    while (isSpace(text.charCodeAt(start))) start += 1;
    if (text.charCodeAt(start) === COLON) count += 1;
  }
  return count;
}

const COLON = 58;
const BACKSLASH = 92;

/** An odd number of backslashes before a quotation mark makes it a part of the string. */
function isEscaped(text: string, place: number): boolean {
  let first = place;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (place - first) % 2 === 1;
}

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** So many members the value has, however deep. */
function membersOf(value: unknown): number {
  let count = 0;
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const inner = Object.values(next);
    if (!Array.isArray(next)) count += inner.length;
    for (const one of inner) if (typeof one === 'object' && one !== null) open.push(one);
  }
  return count;
}
