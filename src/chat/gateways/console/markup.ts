/** How a chat formats text, and how a terminal does. */
const STYLES = [
  { mark: '*', on: '\u001b[1m', off: '\u001b[22m' },
  { mark: '_', on: '\u001b[3m', off: '\u001b[23m' },
  { mark: '~', on: '\u001b[9m', off: '\u001b[29m' },
] as const;
const CODE = { on: '\u001b[36m', off: '\u001b[39m' };

/** One line's `code`, or a run of one of the marks with something between that neither begins nor ends with a space. */
const MARKED = /`([^`\n]+)`|(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\2(?![\p{L}\p{N}])/gu;

/** What moves a cursor, colours a screen, or turns a line round. Answers hold none; this is the second wall. */
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * An answer as a terminal shows it: bold for `*bold*`, and without the marks. Without colours the marks go as well;
 * code keeps its backticks there, so that one sees what to copy.
 */
export function onTerminal(text: string, hasColours: boolean): string {
  return formatted(text.replace(UNPRINTABLE, '\ufffd'), hasColours);
}

function formatted(text: string, hasColours: boolean): string {
  return text.replace(MARKED, (whole, code?: string, mark?: string, inner?: string) => {
    if (code !== undefined) return hasColours ? `${CODE.on}${code}${CODE.off}` : whole;
    const { on, off } = STYLES.find((style) => style.mark === mark)!;
    const words = formatted(inner!, hasColours);
    return hasColours ? `${on}${words}${off}` : words;
  });
}

/** Beside the answers, and less than they are. */
export const faint = (text: string, hasColours: boolean): string =>
  hasColours ? `\u001b[2m${text}\u001b[22m` : text;

/** Stands out: who is speaking. */
export const bright = (text: string, hasColours: boolean): string =>
  hasColours ? `\u001b[1;36m${text}\u001b[0m` : text;
