import { type Address, addressKind, writtenForms } from '../../access/address.js';
import type { ActorPart, RestPart } from '../../ledger/entry.js';
import { fold, hasLetters } from './fold.js';
import type { Subject } from './subject.js';

/** Between two digits of one number so much may stand that is none of it: `+1 (202) 555-0100`. */
const GAP = '[\\s()./\\u2010-\\u2015-]{0,3}';

/** Between two words of one name. What stands between two fields is none of it. */
const BETWEEN_WORDS = '[^\\p{L}\\p{N}\\p{M}\\0]{1,8}';

/** A LID with fewer digits than this is looked for only where it is said to be one. */
const DISTINCT_DIGITS = 10;

/** An id with fewer characters could be a word of any text. */
const DISTINCT_ID = 8;

/** Texts within texts within texts: JSON that was put into a string of JSON. */
const MOST_LAYERS = 4;

/**
 * Whether a text speaks of somebody: by number, however it is spaced, by LID, by id, or by name as whole words in any
 * case. Also inside of JSON, of message keys and of chat ids. Pure: the same for rows, archives and files.
 *
 * @example new Mentions({ addresses: ['+12025550101'], ids: [], names: ['Bob'] }).inText('call 1 202 555 0101') // true
 */
export class Mentions {
  readonly #subject: Subject;
  readonly #ids: ReadonlySet<string>;
  readonly #addresses: ReadonlySet<string>;
  readonly #pattern: RegExp;

  /** In the texts of an installation in that country its numbers are also written without the country's code. */
  constructor(subject: Subject, country?: string) {
    this.#subject = subject;
    this.#ids = new Set(subject.ids);
    this.#addresses = new Set(subject.addresses);
    const parts = [
      ...subject.addresses.flatMap((address) => addressPatterns(address, country)),
      ...subject.ids.filter((id) => id.length >= DISTINCT_ID).map(idPattern),
      ...subject.names.flatMap(namePattern),
    ];
    this.#pattern = new RegExp(parts.length === 0 ? '(?!)' : parts.join('|'), 'u');
  }

  inText(text: string): boolean {
    let layer = fold(text);
    for (let depth = 0; depth < MOST_LAYERS; depth += 1) {
      if (this.#pattern.test(layer)) return true;
      if (!layer.includes('\\')) return false;
      layer = unescaped(layer);
    }
    return false;
  }

  /** Whether they acted. */
  inActor(part: ActorPart): boolean {
    const { actorId, actorPhone } = part;
    if (actorId !== undefined && this.#ids.has(actorId)) return true;
    if (actorPhone !== undefined && this.#addresses.has(actorPhone)) return true;
    return this.inText(joined(part));
  }

  /** Whether it concerns or mentions them. */
  inRest(part: RestPart): boolean {
    const { entityId } = part;
    if (entityId !== undefined && (this.#ids.has(entityId) || this.#addresses.has(entityId))) return true;
    return this.inText(joined(part));
  }

  get subject(): Subject {
    return this.#subject;
  }
}

/** The texts of a part, parted by what can stand in none of them. */
function joined(part: ActorPart | RestPart): string {
  let text = '';
  for (const name in part) {
    const value = part[name as keyof typeof part] as unknown;
    if (typeof value === 'string') text += `${value}\0`;
  }
  return text;
}

/** What a text in JSON stands for, one layer of it. Signs for line ends and the like become spaces. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-f]{4})|(.))/gsu,
    (_, code: string | undefined, sign: string | undefined) => {
      if (code !== undefined) return fold(String.fromCharCode(Number.parseInt(code, 16)));
      return sign === '"' || sign === '\\' || sign === '/' ? sign : ' ';
    },
  );
}

function addressPatterns(address: Address, country: string | undefined): string[] {
  switch (addressKind(address)) {
    case 'phone':
      return writtenForms(address, country).map((digits) => digitsPattern(digits, GAP));
    case 'lid': {
      const digits = address.slice('lid:'.length);
      const marked = [`lid:${digits}(?!\\d)`, `${digits[0]}(?<!\\d\\d)${digits.slice(1)}(?::\\d{1,4})?@lid`];
      return digits.length < DISTINCT_DIGITS ? marked : [...marked, digitsPattern(digits, '')];
    }
    default:
      return [`${escaped(fold(address))}(?![\\p{L}\\p{N}])`];
  }
}

/** The first digit stands in front of what is asked about it: so a search can leap to it. */
function digitsPattern(digits: string, gap: string): string {
  const [first, ...others] = digits;
  return `${first}(?<!\\d\\d)${others.map((digit) => gap + digit).join('')}(?!\\d)`;
}

function idPattern(id: string): string {
  return wholeWords(escaped(fold(id)), [...fold(id)][0]!);
}

/** None where there is too little of it to be told from other words. */
function namePattern(name: string): string[] {
  if (!hasLetters(name)) return [];
  const words = fold(name).match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return [wholeWords(words.map(escaped).join(BETWEEN_WORDS), [...words[0]!][0]!)];
}

function wholeWords(pattern: string, first: string): string {
  const head = escaped(first);
  return `${head}(?<![\\p{L}\\p{N}\\p{M}]${head})${pattern.slice(head.length)}(?![\\p{L}\\p{N}\\p{M}])`;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
