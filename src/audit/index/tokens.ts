/**
 * What the search index knows of an entry: its words, and the whole values of the columns that people look
 * things up by, each as one token. The words are cut out here, the same way for a text and for what is looked
 * for, and by the query language's own rule, so that no database's idea of a word can lose an entry. What the
 * index answers with are candidates: a row is shown only after the filter itself has been asked about it.
 */
import type { TextColumn } from '../query/filter.js';
import { TEXT_COLUMNS, wordsOf } from '../query/matches.js';

/** Columns that are found by their whole value, and the letter that tells one from another. */
const KEYS: readonly (readonly [TextColumn, string])[] = [
  ['category', 'c'],
  ['action', 'a'],
  ['outcome', 'o'],
  ['actorType', 'y'],
  ['entityType', 't'],
  ['channel', 'l'],
  ['actorPhone', 'p'],
  ['actorId', 'u'],
  ['actorName', 'n'],
  ['actorRole', 'r'],
  ['entityId', 'e'],
  ['chatId', 'h'],
  ['messageKey', 'm'],
  ['requestId', 'q'],
  ['ip', 'i'],
];
const LETTERS: ReadonlyMap<string, string> = new Map(KEYS);

/** The columns an entry's document is made from, in the order in which `documentOf` takes them. */
export const DOCUMENT_COLUMNS: readonly string[] = [...KEYS.map(([column]) => column), ...TEXT_COLUMNS];

// A character that is in no word and that both databases leave alone; it begins every token that is no word.
const MARK = '§';
/** Stands in a document whose text was too long to take apart: it is a candidate for every text. */
const UNREAD = `${MARK}${MARK}`;

/** Beyond this a text is not taken apart: one entry must not make the index stumble. */
const LONGEST_TEXT = 256 * 1024;
/** Tokens are compared by their beginning; the filter decides about the rest. */
const LONGEST_KEY = 48;
const LONGEST_WORD = 250;
/** So many words of a phrase are looked up. */
const MOST_WORDS = 16;

const SEPARATORS = /[^0-9a-z\u0080-\uffff]/g;
const ASCII = /^[\x00-\x7f]*$/;

/** Whether a column's whole value can be looked up. */
export const hasKey = (column: string): boolean => LETTERS.has(column);

/** A text's first `most` code units, never half a pair. */
function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const isSplit = /[\uD800-\uDBFF]/.test(text[most - 1]!);
  return text.slice(0, isSplit ? most - 1 : most);
}

/** The token of a column's whole value. Two values may share one. */
export function keyToken(column: string, value: string): string {
  const text = beginning(value, LONGEST_KEY).toLowerCase();
  return `${MARK}${LETTERS.get(column)!}${text.replace(SEPARATORS, '·')}`;
}

/** Values of DOCUMENT_COLUMNS, somewhere in a row. */
export type DocumentRow = readonly unknown[];

function keysOf(row: DocumentRow, at: number): string[] {
  const keys: string[] = [];
  for (let i = 0; i < KEYS.length; i++) {
    const value = row[at + i];
    if (typeof value === 'string') keys.push(keyToken(KEYS[i]![0], value));
  }
  return keys;
}

function textsOf(row: DocumentRow, at: number): string[] | null {
  const texts: string[] = [];
  let length = 0;
  for (let i = 0; i < TEXT_COLUMNS.length; i++) {
    const value = row[at + KEYS.length + i];
    if (typeof value !== 'string') continue;
    texts.push(value);
    length += value.length;
  }
  return length > LONGEST_TEXT ? null : texts;
}

/**
 * The document as running text, words in their order, for a tokenizer that parts words at every ASCII character
 * that is neither letter nor digit and takes A for a. A lone mark keeps phrases from reaching over columns.
 */
export function documentText(row: DocumentRow, at = 0): string {
  const texts = textsOf(row, at);
  let document = keysOf(row, at).join(' ');
  if (texts === null) return `${document} ${UNREAD}`;
  for (const text of texts) {
    document += ` ${MARK} ${ASCII.test(text) ? text : wordsOf(text).join(' ')}`;
  }
  return document;
}

/** The document as a set of tokens. */
export function documentTokens(row: DocumentRow, at = 0): string[] {
  const tokens = new Set(keysOf(row, at));
  const texts = textsOf(row, at);
  if (texts === null) tokens.add(UNREAD);
  for (const text of texts ?? []) {
    const words = ASCII.test(text) ? (text.toLowerCase().match(/[0-9a-z]+/g) ?? []) : wordsOf(text);
    for (const word of words) tokens.add(beginning(word, LONGEST_WORD));
  }
  return [...tokens];
}

/** Tokens that stand one after the other; a whole value is a sequence of one. */
export type Sequence = readonly string[];

/** What is looked for: of every group at least one sequence. */
export type Sought = readonly (readonly Sequence[])[];

/** What to look for where a phrase of free text is wanted; null where it has no words to look for. */
export function phraseGroup(phrase: string): readonly Sequence[] | null {
  const words = wordsOf(phrase).slice(0, MOST_WORDS);
  return words.length === 0 ? null : [words, [UNREAD]];
}

/** As SQLite's full-text search wants it. No token holds a quotation mark. */
export function matchExpression(sought: Sought): string {
  const groups = sought.map((group) => group.map((words) => `"${words.join(' ')}"`).join(' OR '));
  return groups.map((group) => `(${group})`).join(' AND ');
}

/** As PostgreSQL's tsquery wants it. It holds no positions, so a phrase is all of its words. */
export function tsqueryText(sought: Sought): string {
  const groups = sought.map((group) =>
    group.map((words) => words.map((word) => `'${beginning(word, LONGEST_WORD)}'`).join(' & ')).join(' | '),
  );
  return groups.map((group) => `(${group})`).join(' & ');
}
