/**
 * The query language: one line of text to one filter.
 *
 * ```
 * actor:+12025550100 action:role.* -outcome:success since:7d until:yesterday "free text"
 * ```
 *
 * - All pieces must hold together. `field:a,b` is any of the values, `-field:a,b` none of them (rows without
 *   a value included), `field:abc*` a beginning. Values with spaces or commas stand in quotation marks, and
 *   a star inside those is a star.
 * - `since:` and `until:` take the times of `time.ts`, also of several words without quotation marks; what
 *   they name is included. Each works alone.
 * - `seq:100..200` (`100..`, `..200`, `100`) are case numbers, both ends included.
 * - Anything else is free text: words and `"phrases"`, all of which must occur.
 *
 * Nothing here throws, whatever the text, and the time is linear in its length.
 */
import { nearest } from '../../config/nearest.js';
import { cleanText } from '../../ledger/json.js';
import { describeInstant, describeRange } from './describe.js';
import { FIELD_NAMES, findField, NOT_FIELDS, QUERY_FIELDS, type QueryField } from './fields.js';
import type { AuditFilter, Term } from './filter.js';
import { wordsOf } from './matches.js';
import { type QueryMistake, shown } from './mistake.js';
import {
  type Scanned,
  type ScannedField,
  type ScannedText,
  type ScannedValue,
  scanQuery,
  visible,
} from './scan.js';
import { readTime, type TimeSpan } from './time.js';
import { type KnownNames, readValue } from './values.js';

export interface QueryContext {
  /** Milliseconds since 1970. */
  now: number;
  /** An IANA time zone that exists, as configuration has checked. */
  timeZone: string;
  /**
   * The names that exist, by field (`action`, `category`, `role`, `entityType`). With them an unknown name is
   * a mistake that says which is nearest; without, it merely finds nothing.
   */
  known?: KnownNames;
}

export type ParsedQuery =
  | { ok: true; filter: AuditFilter; range: string }
  | { ok: false; error: QueryMistake };

export const LONGEST_QUERY = 65_536;
// Far above what a person types, far below what a database takes in one statement.
const MOST_TERMS = 100;
const MOST_VALUES = 500;
const MOST_TEXTS = 50;

/** What has been read so far. */
interface Draft {
  terms: Term[];
  text: string[];
  values: number;
  since?: { span: TimeSpan; piece: ScannedField };
  until?: { span: TimeSpan; piece: ScannedField };
  seq?: { from: number; to: number };
}

export function parseQuery(query: string, context: QueryContext): ParsedQuery {
  if (query.length > LONGEST_QUERY) {
    return failed(tooMuch('query-too-long', 0, `A query has at most ${LONGEST_QUERY} characters.`));
  }
  const pieces = scanQuery(query);
  if (!Array.isArray(pieces)) return failed(pieces);
  const draft: Draft = { terms: [], text: [], values: 0 };
  for (let index = 0; index < pieces.length; ) {
    const piece = pieces[index]!;
    const read = piece.kind === 'text' ? readText(draft, piece) : readField(draft, pieces, index, context);
    if (typeof read !== 'number') return failed(read);
    index += read;
  }
  return finish(draft, context);
}

function failed(error: QueryMistake): ParsedQuery {
  return { ok: false, error };
}

function finish(draft: Draft, context: QueryContext): ParsedQuery {
  const { since, until, seq } = draft;
  const filter: AuditFilter = { terms: draft.terms, text: draft.text };
  if (since !== undefined) filter.since = since.span.start;
  if (until !== undefined) filter.until = until.span.end;
  if (seq !== undefined && seq.from > 0) filter.seqFrom = seq.from;
  if (seq !== undefined && seq.to < Number.MAX_SAFE_INTEGER) filter.seqTo = seq.to;
  if (since !== undefined && until !== undefined && since.span.start >= until.span.end) {
    const later = since.piece.at > until.piece.at ? since.piece : until.piece;
    const from = describeInstant(since.span.start, context.timeZone);
    const to = describeInstant(until.span.end - 1, context.timeZone);
    return failed({
      code: 'empty-range',
      at: later.at,
      length: later.end - later.at,
      problem: `The range is empty: since: begins at ${from}, after until: has ended at ${to}.`,
      expected: 'a time in until: that is later than the one in since:',
      nearest: null,
      example: 'since:7d until:yesterday',
    });
  }
  return { ok: true, filter, range: describeRange(filter, context) };
}

/** Each reader answers with how many pieces it has used, or with a mistake. */
type Used = number | QueryMistake;

function readText(draft: Draft, piece: ScannedText): Used {
  const { at, end } = piece;
  const place = { at, length: end - at };
  // Everything is joined by "and" already; to say so changes nothing.
  if (!piece.quoted && !piece.not && piece.text === 'AND') return 1;
  if (!piece.quoted && !piece.not && (piece.text === 'OR' || piece.text === 'NOT')) {
    return {
      code: 'not-a-term',
      ...place,
      problem: `"${piece.text}" joins nothing here; all pieces of a query must hold together.`,
      expected: 'commas for any of several values, a minus for none of them, "quotation marks" for the word',
      nearest: null,
      example: piece.text === 'OR' ? 'category:AUTH,ADMIN' : '-outcome:success',
    };
  }
  if (piece.not) {
    return {
      code: 'cannot-be-excluded',
      ...place,
      problem: 'Free text cannot be excluded.',
      expected: 'a field after the minus, or quotation marks around text that begins with a minus',
      nearest: null,
      example: '-outcome:success "-5 degrees"',
    };
  }
  const operator = piece.quoted ? null : /^([A-Za-z]{2,12})[=<>]/.exec(piece.text);
  if (operator !== null && findField(operator[1]!) !== undefined) {
    const field = findField(operator[1]!)!;
    return {
      code: 'not-a-term',
      ...place,
      problem: 'A field and its value are joined by a colon.',
      expected: `${field.name}: and ${field.takes}`,
      nearest: `${field.name}:`,
      example: field.example,
    };
  }
  if (piece.star || (!piece.quoted && piece.text.includes('*'))) {
    return {
      code: 'misplaced-star',
      ...place,
      problem: 'Free text is found by whole words; a star works in the value of a field only.',
      expected: 'whole words without a star',
      nearest: null,
      example: 'promoted action:role.*',
    };
  }
  if (wordsOf(piece.text).length === 0) {
    return {
      code: 'empty-text',
      ...place,
      problem: 'There is no letter or digit to look for.',
      expected: 'at least one letter or digit in each piece of free text',
      nearest: null,
      example: '"word of mouth"',
    };
  }
  if (draft.text.length === MOST_TEXTS) {
    return tooMuch('query-too-complex', at, `A query has at most ${MOST_TEXTS} pieces of free text.`);
  }
  draft.text.push(cleanText(piece.text));
  return 1;
}

function readField(draft: Draft, pieces: readonly Scanned[], index: number, context: QueryContext): Used {
  const piece = pieces[index] as ScannedField;
  const field = findField(piece.name);
  if (field === undefined) return unknownField(piece);
  const empty = piece.values.find((value) => value.text === '' && !value.star);
  if (empty !== undefined) return emptyValue(field, piece, empty);
  if (field.kind === 'time') return readTimeField(draft, field, pieces, index, context);
  const { values, used } = joinPhone(field, pieces, index);
  draft.values += values.length;
  if (draft.values > MOST_VALUES || draft.terms.length === MOST_TERMS) {
    const bounds = `at most ${MOST_TERMS} fields and ${MOST_VALUES} values`;
    return tooMuch('query-too-complex', piece.at, `A query has ${bounds}.`);
  }
  const readings = [];
  for (const value of values) {
    const reading = readValue(field, value, context.known ?? {});
    if ('problem' in reading) {
      const defaults = { expected: field.takes, nearest: null, example: field.example };
      return { ...defaults, ...reading, at: value.at, length: value.end - value.at };
    }
    readings.push(reading);
  }
  const anyOf = readings.flatMap((reading) => reading.anyOf);
  const term = {
    field: field.name,
    not: piece.not,
    values: readings.map((reading) => reading.written),
    anyOf,
  };
  if (field.kind === 'seq' && !piece.not && readings.length === 1) return readSeq(draft, piece, term);
  draft.terms.push(term);
  return used;
}

/** One range of case numbers bounds the whole query; lists and exclusions of them stay ordinary terms. */
function readSeq(draft: Draft, piece: ScannedField, term: Term): Used {
  if (draft.seq !== undefined) return givenTwice(piece, 'seq', 'seq:100..200', 'seq:5,9,100..200');
  const [test] = term.anyOf[0]!;
  if (test !== undefined && 'from' in test) draft.seq = { from: test.from, to: test.to };
  return 1;
}

function readTimeField(
  draft: Draft,
  field: QueryField,
  pieces: readonly Scanned[],
  index: number,
  context: QueryContext,
): Used {
  const piece = pieces[index] as ScannedField;
  const side = field.name as 'since' | 'until';
  const place = { at: piece.at, length: piece.end - piece.at };
  if (piece.not) {
    const other = side === 'since' ? 'until' : 'since';
    return {
      code: 'cannot-be-excluded',
      ...place,
      problem: `${side}: cannot be excluded.`,
      expected: `${other}: for the other side of a time`,
      nearest: other,
      example: `${other}:yesterday`,
    };
  }
  if (draft[side] !== undefined) return givenTwice(piece, side, 'since:7d until:yesterday');
  if (piece.values.length > 1) {
    return {
      code: 'takes-one-value',
      ...place,
      problem: `${side}: takes one time.`,
      expected: field.takes,
      nearest: null,
      example: field.example,
    };
  }
  const value = piece.values[0]!;
  const tail = value.quoted || value.star ? [] : bareTextAfter(pieces, index, 3);
  const first = value.star ? `${value.text}*` : value.text;
  // The longest reading wins: `since:last monday` is one time, `since:monday promoted` a time and a word.
  for (let extra = tail.length; extra >= 0; extra--) {
    const words = [first, ...tail.slice(0, extra).map((text) => text.text)].join(' ');
    const reading = readTime(visible(words), context);
    if (reading.ok) {
      draft[side] = { span: reading.span, piece };
      return 1 + extra;
    }
    if (extra > 0 && reading.about === 'form') continue;
    const end = extra > 0 ? tail[extra - 1]!.end : value.end;
    return {
      code: reading.about === 'reach' ? 'time-out-of-reach' : 'malformed-time',
      at: value.at,
      length: end - value.at,
      problem: TIME_PROBLEMS[reading.about](shown(words)),
      expected: reading.about === 'reach' ? 'a time between the years 1900 and 9999' : field.takes,
      nearest: reading.about === 'form' ? nearest(words, TIME_WORDS) : null,
      example: field.example,
    };
  }
  return 1;
}

const TIME_WORDS = [
  'now',
  'today',
  'yesterday',
  'tomorrow',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
].concat(['friday', 'saturday', 'sunday', 'last week', 'last month', 'last year', 'last monday']);

const TIME_PROBLEMS = {
  form: (words: string) => `"${words}" is not understood as a time.`,
  calendar: (words: string) => `"${words}" is in no calendar or on no clock.`,
  reach: (words: string) => `"${words}" is too far away.`,
};

/** Up to `most` words of bare text that follow a piece directly. */
function bareTextAfter(pieces: readonly Scanned[], index: number, most: number): ScannedText[] {
  const found: ScannedText[] = [];
  for (let next = index + 1; found.length < most; next++) {
    const piece = pieces[next];
    if (piece?.kind !== 'text' || piece.quoted || piece.not || piece.star) break;
    found.push(piece);
  }
  return found;
}

/** `actor:+49 30 23125 000` is one number: after a bare country code the groups of digits belong to it. */
function joinPhone(field: QueryField, pieces: readonly Scanned[], index: number) {
  const piece = pieces[index] as ScannedField;
  const value = piece.values[0]!;
  const alone = { values: piece.values, used: 1 };
  if ((field.kind !== 'actor' && field.kind !== 'phone') || piece.values.length !== 1) return alone;
  if (value.quoted || value.star || !/^\+[0-9]{1,4}$/.test(value.text)) return alone;
  let joined = value.text;
  const groups: ScannedText[] = [];
  for (const group of bareTextAfter(pieces, index, 12)) {
    if (!/^[()0-9./-]{1,24}$/.test(group.text) || !/[0-9]/.test(group.text)) break;
    const longer = joined + group.text.replace(/[^0-9]/g, '');
    if (longer.length > 16) break;
    joined = longer;
    groups.push(group);
  }
  const end = groups.at(-1)?.end ?? value.end;
  const whole: ScannedValue = { ...value, text: joined, end };
  return { values: [whole], used: 1 + groups.length };
}

function unknownField(piece: ScannedField): QueryMistake {
  const place = { at: piece.nameAt, length: Math.max(1, piece.nameEnd - piece.nameAt) };
  const explained = NOT_FIELDS.get(piece.name.toLowerCase());
  if (explained !== undefined) {
    const { problem, instead, nearest: meant, example } = explained;
    return { code: 'not-a-field', ...place, problem, expected: instead, nearest: meant, example };
  }
  const meant = nearest(piece.name, FIELD_NAMES);
  const names = QUERY_FIELDS.map((field) => field.name).join(', ');
  return {
    code: 'unknown-field',
    ...place,
    problem: `There is no field "${shown(piece.name)}".`,
    expected: `one of ${names}; or quotation marks around text that has a colon`,
    nearest: meant,
    example: findField(meant ?? 'action')!.example,
  };
}

function emptyValue(field: QueryField, piece: ScannedField, value: ScannedValue): QueryMistake {
  // Where the query ends, there is nothing to point at but what stands before.
  const at = value.end > value.at ? value.at : value.at - 1;
  return {
    code: 'empty-value',
    at,
    length: Math.max(1, value.end - at),
    problem: `A value is missing after "${piece.values.length > 1 ? ',' : `${shown(piece.name)}:`}".`,
    expected: `${field.takes}; with no space after the colon or a comma`,
    nearest: null,
    example: field.example,
  };
}

function givenTwice(piece: ScannedField, name: string, example: string, instead = example): QueryMistake {
  return {
    code: 'given-twice',
    at: piece.at,
    length: piece.end - piece.at,
    problem: `${name}: is given twice.`,
    expected: `${name}: once`,
    nearest: null,
    example: instead,
  };
}

function tooMuch(code: 'query-too-long' | 'query-too-complex', at: number, problem: string): QueryMistake {
  return {
    code,
    at,
    length: 1,
    problem,
    expected: 'a shorter query, or several',
    nearest: null,
    example: 'category:SECURITY since:7d',
  };
}
