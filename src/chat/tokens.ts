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

// Sticky: each looks at where it is told to, and nowhere else.
const SPACES = /[\s\u0000-\u001f\u007f-\u009f]+/y;
const WORD = /[^\s\u0000-\u001f\u007f-\u009f]+/y;
const NAME = /[a-z][a-z0-9-]{0,31}:/iy;

/** What WhatsApp puts around a mention, and others into a text to deceive: direction marks and zero-width ones. */
const UNSEEN = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u00ad]/g;
const UNSEEN_RUN = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u00ad]+/y;

export const visible = (text: string): string => text.replace(UNSEEN, '');

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
  const seen = text.search(UNSEEN) === -1 ? (word: string) => word : visible;
  let at = 0;
  while (at < text.length) {
    at = endOf(SPACES, text, at);
    if (at === text.length) break;
    const start = at;
    const from = endOf(NAME, text, start);
    const name = from === start ? null : text.slice(start, from - 1).toLowerCase();
    const opening = name === null ? endOf(UNSEEN_RUN, text, start) : from;
    const quoted = readQuoted(text, opening, unclosed);
    if (quoted !== null) {
      tokens.push({ text: seen(quoted.text), isQuoted: true, name, start, end: quoted.end });
      at = quoted.end;
      continue;
    }
    at = endOf(WORD, text, from);
    const bare = seen(text.slice(from, at));
    if (bare !== '' || name !== null) tokens.push({ text: bare, isQuoted: false, name, start, end: at });
  }
  return tokens;
}

/** Where what the pattern matches here ends; here, where it matches nothing. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function readQuoted(
  text: string,
  start: number,
  unclosed: Set<string>,
): { text: string; end: number } | null {
  const opening = text[start] ?? '';
  const closing = CLOSING.get(opening);
  if (closing === undefined || unclosed.has(opening)) return null;
  let quoted = '';
  let from = start + 1;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && closing.includes(text[at + 1] ?? ' ')) {
      quoted += text.slice(from, at);
      from = at + 1;
      at += 1;
    } else if (closing.includes(char)) {
      return { text: quoted + text.slice(from, at), end: at + 1 };
    }
  }
  unclosed.add(opening);
  return null;
}
