/** One word of a command, or several that stood in quotation marks. */
export interface Token {
  /** Without its quotation marks, and without what nobody sees. */
  readonly text: string;
  readonly isQuoted: boolean;
  /** Of `reason:"left the company"` it is `reason`, in lower case, and the text is what follows. */
  readonly name: string | null;
  /** Where it stands in the whole text, quotation marks and name included. */
  readonly start: number;
  readonly end: number;
}

/** Phones put other quotation marks than keyboards do. Each opens with its own and closes with any of its list. */
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['“', '”“"'],
  ['”', '”"'],
  ['„', '“”"'],
  ['«', '»'],
]);

const isSpace = (char: string): boolean => /[\s\u0000-\u001f\u007f-\u009f]/.test(char);

/** What WhatsApp puts around a mention, and others into a text to deceive: direction marks and zero-width ones. */
const UNSEEN = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u00ad]/g;

export const visible = (text: string): string => text.replace(UNSEEN, '');

const LONGEST_NAME = 32;

/**
 * The words of a text. Nothing throws, whatever the text: a quotation mark that is never closed is a character like
 * any other. The time is linear in the length.
 *
 * @example tokensOf('promote "Ana Maria" reason:"on call"').map(({ text }) => text) // promote, Ana Maria, on call
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  /** Opening marks that are known to be never closed from here on: looked for once, not once a word. */
  const unclosed = new Set<string>();
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at]!)) {
      at += 1;
      continue;
    }
    const start = at;
    const name = nameAt(text, start);
    const from = name === null ? skipUnseen(text, start) : start + name.length + 1;
    const quoted = readQuoted(text, from, unclosed);
    if (quoted !== null) {
      tokens.push({ text: visible(quoted.text), isQuoted: true, name: lower(name), start, end: quoted.end });
      at = quoted.end;
      continue;
    }
    at = from;
    while (at < text.length && !isSpace(text[at]!)) at += 1;
    const bare = visible(text.slice(from, at));
    if (bare !== '' || name !== null)
      tokens.push({ text: bare, isQuoted: false, name: lower(name), start, end: at });
  }
  return tokens;
}

const lower = (name: string | null): string | null => name?.toLowerCase() ?? null;

/** The name in front of a colon, where the word that begins here has one. */
function nameAt(text: string, start: number): string | null {
  return /^[a-z][a-z0-9-]*(?=:)/i.exec(text.slice(start, start + LONGEST_NAME + 1))?.[0] ?? null;
}

function skipUnseen(text: string, start: number): number {
  let at = start;
  while (at < text.length && visible(text[at]!) === '') at += 1;
  return at;
}

function readQuoted(
  text: string,
  start: number,
  unclosed: Set<string>,
): { text: string; end: number } | null {
  const opening = text[start] ?? '';
  const closing = CLOSING.get(opening);
  if (closing === undefined || unclosed.has(opening)) return null;
  const pieces: string[] = [];
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && closing.includes(text[at + 1] ?? ' ')) {
      pieces.push(text.slice(from, at));
      from = at + 1;
      at += 1;
    } else if (closing.includes(char)) {
      pieces.push(text.slice(from, at));
      return { text: pieces.join(''), end: at + 1 };
    }
  }
  unclosed.add(opening);
  return null;
}
