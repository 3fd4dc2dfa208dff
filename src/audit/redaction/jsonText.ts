/**
 * Canonical JSON text that fits. An entry has a ceiling; what goes over it is shortened where it is longest,
 * says so at the place, and stays valid JSON: a long text ends in `…[truncated 48211 characters]`, an object
 * gets a member `"[truncated]": "12 more"` and an array an item `"[truncated] 12 more"`.
 *
 * Every member that is shown is sure of a little room. The rest is given out from the smallest member to the
 * largest in even shares: so one huge member is cut before a hundred small ones are.
 */
import { canonicalJson, cleanText, isCleanText } from '../../ledger/json.js';
import { define } from './redactor.js';

/** Below this there is no room to say that something is missing. */
export const LEAST_JSON_BYTES = 64;

/** No member is shown in less room than this, counted without its name; there it is left out instead. */
const LEAST_ROOM = 48;
const MORE = '[truncated]';

/** Data that JSON can hold, as the redactor answers with it. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * The canonical text of plain data in at most `maxBytes` bytes of UTF-8. U+0000 and lone surrogates become
 * U+FFFD, as in all of the ledger.
 */
export function toJsonText(value: unknown, maxBytes: number): string {
  if (!(maxBytes >= LEAST_JSON_BYTES)) throw new RangeError(`maxBytes must be at least ${LEAST_JSON_BYTES}`);
  const clean = isClean(value as Json) ? (value as Json) : cleaned(value as Json);
  const text = canonicalJson(clean);
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const fitted = canonicalJson(new Fitting().fit(clean, maxBytes));
  // The ceiling is a promise to the database; should the sums above ever be wrong, it is kept all the same.
  return Buffer.byteLength(fitted) <= maxBytes ? fitted : `"${MORE}"`;
}

/** A text in at most `maxBytes` bytes of UTF-8, with the same mark. */
export function fitText(text: string, maxBytes: number): string {
  const clean = cleanText(text);
  return Buffer.byteLength(clean) <= maxBytes ? clean : cut(clean, maxBytes, plainBytes);
}

function cleaned(value: Json): Json {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  const out = {};
  for (const [name, member] of Object.entries(value)) define(out, cleanText(name), cleaned(member));
  return out;
}

/** Whether there is nothing to clean, which is nearly always so: then no copy need be made. */
function isClean(value: Json): boolean {
  if (typeof value === 'string') return isCleanText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isClean);
  for (const name of Object.keys(value)) {
    if (!isCleanText(name) || !isClean((value as Record<string, Json>)[name]!)) return false;
  }
  return true;
}

interface Member {
  name: string | null;
  value: Json;
  /** Bytes that it takes whole, with its name and a comma. */
  whole: number;
  /** Bytes of the name, the colon and the comma alone. */
  frame: number;
}

class Fitting {
  /** Sizes of whole arrays and objects, each measured once. */
  readonly #sizes = new Map<object, number>();

  /** The value, or as much of it as `room` bytes hold. */
  fit(value: Json, room: number): Json {
    if (this.#size(value) <= room) return value;
    if (typeof value === 'string') return cut(value, room - 2, jsonBytes);
    if (typeof value !== 'object' || value === null) return value;
    const members = this.#members(value);
    const { kept, missing, left } = choose(members, room - 2);
    const fitted = this.#share(kept, left);
    if (Array.isArray(value)) return missing === 0 ? fitted : [...fitted, `${MORE} ${missing} more`];
    const out = {};
    kept.forEach((member, i) => {
      define(out, member.name!, fitted[i]!);
    });
    if (missing > 0) define(out, MORE, `${missing} more`);
    return out;
  }

  /** Gives every member its room, the small ones first, and answers in the order of the members. */
  #share(members: readonly Member[], room: number): Json[] {
    const fitted = new Array<Json>(members.length).fill(null);
    const bySize = members.map((_, i) => i).sort((a, b) => members[a]!.whole - members[b]!.whole);
    let spare = room;
    for (const member of members) spare -= least(member);
    bySize.forEach((index, done) => {
      const member = members[index]!;
      const share = least(member) + Math.floor(spare / (bySize.length - done));
      fitted[index] = this.fit(member.value, share - member.frame);
      spare -= Math.min(share, member.whole) - least(member);
    });
    return fitted;
  }

  #members(value: readonly Json[] | { readonly [name: string]: Json }): Member[] {
    if (Array.isArray(value)) {
      return (value as readonly Json[]).map((item) => {
        return { name: null, value: item, whole: this.#size(item) + 1, frame: 1 };
      });
    }
    // In canonical order, so that the same data is cut the same way whatever order it came in.
    const names = Object.keys(value).sort();
    return names.map((name) => {
      const member = (value as { readonly [name: string]: Json })[name]!;
      const frame = Buffer.byteLength(JSON.stringify(name)) + 2;
      return { name, value: member, whole: frame + this.#size(member), frame };
    });
  }

  #size(value: Json): number {
    if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value));
    const known = this.#sizes.get(value);
    if (known !== undefined) return known;
    let size = 2;
    for (const member of this.#members(value)) size += member.whole;
    // One comma less than members.
    if (size > 2) size -= 1;
    this.#sizes.set(value, size);
    return size;
  }
}

/** The room that a member needs to be shown at all. */
function least(member: Member): number {
  return Math.min(member.whole, member.frame + LEAST_ROOM);
}

/** The members that can be shown, how many are missing then, and the room for those that are shown. */
function choose(members: readonly Member[], room: number): { kept: Member[]; missing: number; left: number } {
  let needed = 0;
  let all = 0;
  for (const member of members) {
    needed += least(member);
    all += weight(member);
  }
  // The last comma is not written.
  if (needed <= room + 1) return { kept: [...members], missing: 0, left: room + 1 };
  const mark = `"${MORE}":"${all} more",`.length;
  let used = mark;
  let missing = all;
  const kept: Member[] = [];
  for (const member of members) {
    const fits = used + least(member) <= room + 1;
    // What is left out of an array is its end. In an object a long name does not hide those after it.
    if (!fits && member.name === null) break;
    if (!fits || member.name === MORE) continue;
    used += least(member);
    missing -= weight(member);
    kept.push(member);
  }
  return { kept, missing, left: room + 1 - mark };
}

/** How much a member stands for: one, unless it is the mark of an earlier truncation. */
function weight({ name, value }: Member): number {
  if (typeof value !== 'string' || (name !== null && name !== MORE)) return 1;
  const match = /^(\[truncated\] )?([0-9]{1,15}) more$/.exec(value);
  return match !== null && (match[1] === undefined) === (name === MORE) ? Number(match[2]) : 1;
}

/** The beginning of a text and how much is missing, in at most `room` bytes as `bytesOf` counts them. */
function cut(text: string, room: number, bytesOf: (character: string) => number): string {
  const characters = [...text].length;
  const longestMark = `…[truncated ${characters} characters]`;
  const markRoom = Buffer.byteLength(longestMark);
  if (markRoom > room) return room >= MORE.length ? MORE : '';
  let used = markRoom;
  let kept = 0;
  let end = 0;
  for (const character of text) {
    used += bytesOf(character);
    if (used > room) break;
    kept++;
    end += character.length;
  }
  return `${text.slice(0, end)}…[truncated ${characters - kept} characters]`;
}

function plainBytes(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** Bytes of a character within a JSON string, where some are written `\n` and some `\u0001`. */
function jsonBytes(character: string): number {
  const code = character.charCodeAt(0);
  if (code >= 0x20) return code === 0x22 || code === 0x5c ? 2 : plainBytes(character);
  return code === 0x0b || code < 0x08 || code > 0x0d ? 6 : 2;
}
