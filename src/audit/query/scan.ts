/**
 * Cuts a query into its pieces: free text, and fields with their values. Knows the punctuation (quotation
 * marks, commas, minus, star) and no field by name. One pass, so the time is linear in the query's length.
 *
 * Phones "improve" what is typed: curly quotation marks count as straight ones, and a long dash as a minus.
 * Numbers copied out of a chat come wrapped in invisible direction marks: outside quotation marks those are
 * dropped.
 */
import type { QueryMistake } from './mistake.js';

export interface ScannedValue {
  at: number;
  end: number;
  /** Without quotation marks and star; empty where nothing was written. */
  text: string;
  quoted: boolean;
  /** A star ended it: the text is a beginning. */
  star: boolean;
}

export interface ScannedText extends ScannedValue {
  kind: 'text';
  not: boolean;
}

export interface ScannedField {
  kind: 'field';
  at: number;
  end: number;
  not: boolean;
  name: string;
  nameAt: number;
  nameEnd: number;
  values: ScannedValue[];
}

export type Scanned = ScannedText | ScannedField;

/** The pieces, or the first mistake. */
export function scanQuery(query: string): Scanned[] | QueryMistake {
  const pieces: Scanned[] = [];
  let at = 0;
  while (true) {
    while (at < query.length && (isSpace(query.charCodeAt(at)) || isInvisible(query.charCodeAt(at)))) at++;
    if (at === query.length) return pieces;
    const piece = scanPiece(query, at);
    if ('problem' in piece) return piece;
    pieces.push(piece);
    at = piece.end;
  }
}

function scanPiece(query: string, at: number): Scanned | QueryMistake {
  const not = MINUS.includes(query[at]!) && at + 1 < query.length && !isSpace(query.charCodeAt(at + 1));
  const start = not ? at + 1 : at;
  if (QUOTES.includes(query[start]!)) {
    const value = scanQuoted(query, start);
    return 'problem' in value ? value : { kind: 'text', not, ...value, at };
  }
  let nameEnd = start;
  while (isNameCharacter(query.charCodeAt(nameEnd))) nameEnd++;
  const name = visible(query.slice(start, nameEnd));
  if (query[nameEnd] !== ':' || !/^[A-Za-z]/.test(name)) {
    const value = scanBare(query, start, false);
    return { kind: 'text', not, ...value, at };
  }
  const values: ScannedValue[] = [];
  let end = nameEnd;
  do {
    const value = scanValue(query, end + 1);
    if ('problem' in value) return value;
    values.push(value);
    end = value.end;
  } while (query[end] === ',');
  return { kind: 'field', at, end, not, name, nameAt: start, nameEnd, values };
}

function scanValue(query: string, at: number): ScannedValue | QueryMistake {
  let start = at;
  while (isInvisible(query.charCodeAt(start))) start++;
  return QUOTES.includes(query[start] ?? ' ') ? scanQuoted(query, start) : scanBare(query, start, true);
}

/** Up to the next space, or comma where a list may go on. */
function scanBare(query: string, at: number, listed: boolean): ScannedValue {
  let end = at;
  while (end < query.length && !isSpace(query.charCodeAt(end)) && !(listed && query[end] === ',')) end++;
  const text = visible(query.slice(at, end));
  const star = text.endsWith('*');
  return { at, end, text: star ? text.slice(0, -1) : text, quoted: false, star };
}

/** From the opening quotation mark to after the closing one, and a star that follows it. */
function scanQuoted(query: string, at: number): ScannedValue | QueryMistake {
  const closers = query[at] === '"' ? '"' : QUOTES;
  const kept: string[] = [];
  let from = at + 1;
  for (let i = from; i < query.length; i++) {
    const character = query[i]!;
    if (character === '\\' && i + 1 < query.length && `${QUOTES}\\`.includes(query[i + 1]!)) {
      kept.push(query.slice(from, i));
      from = i + 1;
      i++;
    } else if (closers.includes(character)) {
      kept.push(query.slice(from, i));
      return afterQuote(query, { at, end: i + 1, text: kept.join(''), quoted: true, star: false });
    }
  }
  return {
    code: 'unterminated-quote',
    at,
    length: query.length - at,
    problem: 'A quotation mark is opened here and never closed.',
    expected: 'a closing ", and \\" for a quotation mark inside',
    nearest: null,
    example: '"word of mouth"',
  };
}

function afterQuote(query: string, value: ScannedValue): ScannedValue | QueryMistake {
  let end = value.end;
  const star = query[end] === '*';
  if (star) end++;
  while (isInvisible(query.charCodeAt(end))) end++;
  if (end === query.length || query[end] === ',' || isSpace(query.charCodeAt(end)))
    return { ...value, end, star };
  return {
    code: 'text-after-quote',
    at: end,
    length: 1,
    problem: 'Something follows a closing quotation mark directly.',
    expected: 'a space or a comma after the closing ", and \\" for a quotation mark inside',
    nearest: null,
    example: 'name:"Ana Maria","Ben Adam" since:7d',
  };
}

const MINUS = '-−–—';
const QUOTES = '"“”„‟«»＂';

/** Spaces of any script, and control characters, which separate as well as a space does. */
function isSpace(code: number): boolean {
  if (code <= 0x20 || (code >= 0x7f && code <= 0xa0)) return true;
  if (code < 0x1680) return false;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return [0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code);
}

/** Characters that show nothing and only steer the direction or the breaking of lines. */
function isInvisible(code: number): boolean {
  if (code < 0x61c) return code === 0xad;
  if (code === 0x61c || code === 0xfeff || code === 0x200b) return true;
  return (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || isIsolate(code);
}

function isIsolate(code: number): boolean {
  return code === 0x2060 || (code >= 0x2066 && code <= 0x2069);
}

const INVISIBLE = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** Without the invisible characters. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, '');
}

function isNameCharacter(code: number): boolean {
  if (code >= 0x61 && code <= 0x7a) return true;
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)) return true;
  return code === 0x5f || code === 0x2e || code === 0x2d || isInvisible(code);
}
