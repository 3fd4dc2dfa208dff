/**
 * What is wrong with a query, for people and for programs: where, what, what would have been right, and an
 * example that works. A mistake is an answer, never an exception.
 */

export type MistakeCode =
  | 'query-too-long'
  | 'query-too-complex'
  | 'unknown-field'
  | 'not-a-field'
  | 'not-a-term'
  | 'empty-value'
  | 'empty-text'
  | 'unterminated-quote'
  | 'text-after-quote'
  | 'misplaced-star'
  | 'unknown-value'
  | 'malformed-value'
  | 'malformed-time'
  | 'time-out-of-reach'
  | 'cannot-be-excluded'
  | 'takes-one-value'
  | 'given-twice'
  | 'empty-range';

export interface QueryMistake {
  code: MistakeCode;
  /** Where in the query, counted in UTF-16 code units as JavaScript does. */
  at: number;
  length: number;
  problem: string;
  expected: string;
  /** The field or value that was probably meant. */
  nearest: string | null;
  /** A query, or a piece of one, that works. */
  example: string;
}

const LINE_WIDTH = 72;
const BEFORE_CARET = 36;

/**
 * The mistake as text of several lines, with the place marked:
 *
 * ```
 * outcom:denied since:7d
 * ^^^^^^
 * There is no field "outcom". Did you mean "outcome"?
 * Expected: …
 * Example: outcome:denied
 * ```
 */
export function explainMistake(query: string, mistake: QueryMistake): string {
  const guess = mistake.nearest === null ? '' : ` Did you mean "${mistake.nearest}"?`;
  return [
    ...caretLines(query, mistake.at, mistake.length),
    `${mistake.problem}${guess}`,
    `Expected: ${mistake.expected}`,
    `Example: ${mistake.example}`,
  ].join('\n');
}

/** The part of the query around the mistake, and a line of carets under it. */
function caretLines(query: string, at: number, length: number): [string, string] {
  const first = Math.max(0, at - BEFORE_CARET);
  const last = Math.min(query.length, first + LINE_WIDTH);
  const lead = (first > 0 ? '…' : '') + showOnOneLine(query.slice(first, at));
  const marked = showOnOneLine(query.slice(at, Math.min(last, at + length)));
  const rest =
    showOnOneLine(query.slice(Math.min(last, at + length), last)) + (last < query.length ? '…' : '');
  const carets = '^'.repeat(Math.max(1, [...marked].length));
  return [`${lead}${marked}${rest}`.trimEnd(), ' '.repeat([...lead].length) + carets];
}

/** A piece of the query for use inside a sentence: short, on one line, without characters that act. */
export function shown(text: string): string {
  const clipped = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return showOnOneLine(clipped);
}

// Line breaks, controls and direction marks would move the caret or the whole line; one dot each does not.
function showOnOneLine(text: string): string {
  return text
    .replace(/\s/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '·')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
