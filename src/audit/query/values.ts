/**
 * Turns the value of a field into what it asks of the columns. Each kind of field has its own reader; all
 * answer with alternatives (see `filter.ts`) and with the value as the query language writes it.
 */
import { nearest } from '../../config/nearest.js';
import { cleanText } from '../../ledger/json.js';
import { PHONE_FORM, type QueryField } from './fields.js';
import type { Alternative, NumberColumn, Test, TextColumn } from './filter.js';
import { type MistakeCode, shown } from './mistake.js';
import { type ScannedValue, visible } from './scan.js';

export interface ReadValue {
  anyOf: Alternative[];
  written: string;
}

/** A mistake in a value, before the parser adds where it stands. */
export interface ValueMistake {
  code: MistakeCode;
  problem: string;
  expected?: string;
  nearest?: string | null;
  example?: string;
}

/** The names that exist, for fields whose names the catalogue decides. Unknown ones are then mistakes. */
export type KnownNames = { readonly [field: string]: readonly string[] | undefined };

const ENTITY_TYPE = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;
const E164 = /^\+[0-9]{7,15}$/;

export function readValue(
  field: QueryField,
  value: ScannedValue,
  known: KnownNames,
): ReadValue | ValueMistake {
  // As the ledger stores it, or it would never be found.
  const text = cleanText(value.text);
  if (!value.quoted && text.includes('*')) {
    return {
      code: 'misplaced-star',
      problem: 'A star stands for the rest of a value, so it can only be its last character.',
      expected: 'the star at the end, or quotation marks around a value that has a star in it',
    };
  }
  if (field.kind === 'actor' || field.kind === 'phone') return readActor(field, text, value.star);
  if (field.kind === 'entity') return readEntity(text, value.star);
  if (field.kind === 'action') return readAction(field, text, value.star, known);
  if (field.kind === 'word') return readWord(field, text, value.star, known);
  if (field.kind === 'status' || field.kind === 'seq') return readNumber(field, text, value.star);
  const names = known[field.name];
  if (names !== undefined && !value.star && !names.includes(text)) return unknown(field, text, names);
  return { anyOf: [[testOf(field.column!, text, value.star)]], written: written(text, value.star) };
}

function testOf(column: TextColumn, text: string, star: boolean): Test {
  return star ? { column, startsWith: text } : { column, is: text };
}

/** The value in the query language, quoted only where it must be. */
export function written(text: string, star = false): string {
  const bare = /^[A-Za-z0-9+_.:@/#-]+$/.test(text) || (text === '' && star);
  return (bare ? text : `"${text.replace(/["“”„‟«»＂\\]/g, '\\$&')}"`) + (star ? '*' : '');
}

function readActor(field: QueryField, text: string, star: boolean): ReadValue | ValueMistake {
  const phone = readPhone(visible(text).trim(), star);
  if (phone !== null && typeof phone !== 'string') return phone;
  if (phone !== null) {
    return { anyOf: [[testOf('actorPhone', phone, star)]], written: written(phone, star) };
  }
  if (field.kind === 'actor') {
    const columns: TextColumn[] =
      text === '' ? ['actorId', 'actorName', 'actorPhone'] : ['actorId', 'actorName'];
    return { anyOf: columns.map((column) => [testOf(column, text, star)]), written: written(text, star) };
  }
  if (text === '') return { anyOf: [[testOf('actorPhone', '', true)]], written: '*' };
  const digits = text.replace(/[\s().-]/g, '');
  return {
    code: 'malformed-value',
    problem: `"${shown(text)}" is no phone number as the ledger writes them.`,
    nearest: E164.test(`+${digits}`) ? `+${digits}` : null,
  };
}

/** A phone number or one of its stand-ins as the ledger stores it; null where the text is neither. */
function readPhone(text: string, star: boolean): string | ValueMistake | null {
  const lower = text.toLowerCase();
  if (!star && lower === 'system') return 'SYSTEM';
  if (lower === 'console:local') return lower;
  if (lower.startsWith('lid:')) {
    const digits = lower.slice(4).replace(/\s/g, '');
    if (star ? /^[0-9]*$/.test(digits) : /^[0-9]+$/.test(digits)) return `lid:${digits}`;
    return {
      code: 'malformed-value',
      problem: `"${shown(text)}" is not lid: and digits.`,
      expected: PHONE_FORM,
    };
  }
  if (!text.startsWith('+')) return null;
  const number = joinedPhone(text);
  if (star ? /^\+[0-9]{0,15}$/.test(number) : E164.test(number)) return number;
  return { code: 'malformed-value', problem: `"${shown(text)}" is no phone number.`, expected: PHONE_FORM };
}

/** Without the spaces, dashes, dots, slashes and brackets that people write into numbers. */
export function joinedPhone(text: string): string {
  return text.replace(/[\s().\u2010-\u2015\u2212/-]/g, '');
}

function readEntity(text: string, star: boolean): ReadValue {
  const id = text.startsWith('+') && E164.test(joinedPhone(text)) ? joinedPhone(text) : text;
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(0, colon));
  const anyOf: Alternative[] = [];
  if (colon > 0 && ENTITY_TYPE.test(type)) {
    const rest = text.slice(colon + 1);
    const joined = joinedPhone(rest);
    const inner = rest.startsWith('+') && E164.test(joined) ? joined : rest;
    // `type:` and `type:*` ask for the type alone.
    const only = inner === '';
    anyOf.push(
      only
        ? [{ column: 'entityType', is: type }]
        : [{ column: 'entityType', is: type }, testOf('entityId', inner, star)],
    );
    if (!only) anyOf.push([testOf('entityId', id, star)]);
    return { anyOf, written: written(`${type}:${inner}`, star) };
  }
  if (ENTITY_TYPE.test(text) || (text === '' && star)) anyOf.push([testOf('entityType', text, star)]);
  anyOf.push([testOf('entityId', id, star)]);
  return { anyOf, written: written(id, star) };
}

function readAction(
  field: QueryField,
  text: string,
  star: boolean,
  known: KnownNames,
): ReadValue | ValueMistake {
  const name = text
    .trim()
    .toUpperCase()
    .replace(/[.\s-]/g, '_');
  if (star ? !/^[A-Z0-9_]{0,64}$/.test(name) : !/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) {
    return { code: 'malformed-value', problem: `"${shown(text)}" cannot be the name of an action.` };
  }
  const names = known[field.name];
  if (names !== undefined && !fits(name, star, names)) return unknown(field, name, names);
  return { anyOf: [[testOf('action', name, star)]], written: written(name, star) };
}

function readWord(
  field: QueryField,
  text: string,
  star: boolean,
  known: KnownNames,
): ReadValue | ValueMistake {
  const word = field.letters === 'upper' ? text.trim().toUpperCase() : text.trim().toLowerCase();
  const names = field.words ?? known[field.name];
  if (names !== undefined && !fits(word, star, names)) return unknown(field, word, names);
  return { anyOf: [[testOf(field.column!, word, star)]], written: written(word, star) };
}

function fits(word: string, star: boolean, names: readonly string[]): boolean {
  return star ? names.some((name) => name.startsWith(word)) : names.includes(word);
}

function unknown(field: QueryField, word: string, names: readonly string[]): ValueMistake {
  const meant = nearest(word, names);
  return {
    code: 'unknown-value',
    problem: `There is no ${field.name} "${shown(word)}".`,
    expected: names.length > 24 ? field.takes : `one of ${names.join(', ')}`,
    nearest: meant,
    example: `${field.name}:${meant ?? names[0] ?? '*'}`,
  };
}

function readNumber(field: QueryField, text: string, star: boolean): ReadValue | ValueMistake {
  const bounds = star ? null : readBounds(visible(text).trim().toLowerCase(), field.kind === 'status');
  if (bounds === null) {
    return { code: 'malformed-value', problem: `"${shown(text)}${star ? '*' : ''}" is not understood.` };
  }
  const [from, to] = bounds;
  if (from > to) {
    return { code: 'empty-range', problem: `${from} is greater than ${to}, so nothing lies between.` };
  }
  const column: NumberColumn = field.kind === 'status' ? 'status' : 'seq';
  return { anyOf: [[{ column, from, to }]], written: writtenBounds(from, to) };
}

function readBounds(text: string, classes: boolean): [number, number] | null {
  const family = classes ? /^([1-9])xx$/.exec(text) : null;
  if (family !== null) return [Number(family[1]) * 100, Number(family[1]) * 100 + 99];
  const match = /^#?([0-9]{0,16})(\.\.#?([0-9]{0,16}))?$/.exec(text);
  if (match === null) return null;
  const [, first, range, last] = match;
  if (first === '' && (last ?? '') === '') return null;
  const from = first === '' ? 0 : Number(first);
  const to = range === undefined ? from : last === '' ? Number.MAX_SAFE_INTEGER : Number(last);
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) ? [from, to] : null;
}

export function writtenBounds(from: number, to: number): string {
  if (from === to) return `${from}`;
  if (from === 0 && to === Number.MAX_SAFE_INTEGER) return '0..';
  return `${from === 0 ? '' : from}..${to === Number.MAX_SAFE_INTEGER ? '' : to}`;
}
