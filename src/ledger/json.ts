/**
 * JSON as a ledger needs it: one spelling for one value (RFC 8785, "JCS"), so that a hash can be made of it,
 * and a reader that refuses what an ordinary one lets pass, so that two readers cannot see two things.
 */

/** Deeper than anything Reeve writes, shallower than any stack. */
const MAX_DEPTH = 200;

const UNCLEAN = /[\0\ud800-\udfff]/u;
const UNCLEAN_ALL = /[\0\ud800-\udfff]/gu;

/**
 * U+0000 and lone surrogates become U+FFFD: PostgreSQL stores neither, and UTF-8 has no lone surrogates,
 * so a text that kept them would not come back as it was hashed.
 */
export function cleanText(text: string): string {
  // With the `u` flag a surrogate class matches only surrogates that stand alone.
  return UNCLEAN.test(text) ? text.replace(UNCLEAN_ALL, '\ufffd') : text;
}

export function isCleanText(text: string): boolean {
  return !UNCLEAN.test(text);
}

const AWKWARD = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string as it stands in JSON. `JSON.stringify` does no more, but the common case goes faster so. */
export function quoted(value: string): string {
  // A database may hand over anything; the number 5 must not pass for '5'.
  if (typeof value !== 'string') throw new TypeError('a field that must be a string is not one');
  return AWKWARD.test(value) ? JSON.stringify(value) : `"${value}"`;
}

/**
 * The canonical text of a clean value. What JSON would drop or bend without a word (`undefined`, NaN, a Date,
 * a bigint, a lone surrogate) is a TypeError that names the path.
 */
export function canonicalJson(value: unknown): string {
  return canonical(value, '$', 0);
}

function canonical(value: unknown, path: string, depth: number): string {
  if (depth > MAX_DEPTH) throw new TypeError(`${path} is nested deeper than ${MAX_DEPTH} levels`);
  switch (typeof value) {
    case 'string':
      if (/[\ud800-\udfff]/u.test(value)) throw new TypeError(`${path} holds a lone surrogate`);
      return JSON.stringify(value);
    case 'number':
      // ECMAScript's own number formatting is the one that RFC 8785 prescribes.
      if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot say`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) {
        const items = Array.from(value, (item, i) => canonical(item, `${path}[${i}]`, depth + 1));
        return `[${items.join(',')}]`;
      }
      return canonicalObject(value, path, depth);
    default:
      throw new TypeError(`${path} is of type ${typeof value}, which JSON cannot say`);
  }
}

function canonicalObject(value: object, path: string, depth: number): string {
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null && !isForeignPlain(proto)) {
    throw new TypeError(`${path} is not a plain object`);
  }
  const record = value as Record<string, unknown>;
  // The default sort compares UTF-16 code units, as RFC 8785 asks.
  const members = Object.keys(record)
    .sort()
    .map((key) => {
      const name = canonical(key, `${path}.${key}`, depth);
      return `${name}:${canonical(record[key], `${path}.${key}`, depth + 1)}`;
    });
  return `{${members.join(',')}}`;
}

/** An object literal made in another realm (a vm context) is just as plain. */
function isForeignPlain(proto: unknown): boolean {
  return Object.getPrototypeOf(proto) === null && Object.hasOwn(proto as object, 'isPrototypeOf');
}

export type Parsed = { ok: true; value: unknown } | { ok: false; why: string };

/**
 * Parses JSON and refuses, beside all that `JSON.parse` refuses, a member that is there twice (in whatever
 * spelling). With `integers`, numbers must be written as integers within ±(2^53 − 1): no fraction, no
 * exponent, nothing that a double would round.
 */
export function parseStrict(text: string, options: { integers?: boolean } = {}): Parsed {
  try {
    const reader = new Reader(text, options.integers === true);
    return { ok: true, value: reader.document() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, why: error.message };
    throw error;
  }
}

class Refusal extends Error {}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  readonly #text: string;
  readonly #integers: boolean;
  #at = 0;

  constructor(text: string, integers: boolean) {
    this.#text = text;
    this.#integers = integers;
  }

  document(): unknown {
    const value = this.#value(0);
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  /** One value with the white space around it. */
  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new Refusal(`it is nested deeper than ${MAX_DEPTH} levels`);
    this.#match(SPACE);
    const value = this.#bare(depth);
    this.#match(SPACE);
    return value;
  }

  #bare(depth: number): unknown {
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#at += 1;
    this.#match(SPACE);
    if (this.#take('}')) return object;
    do {
      this.#match(SPACE);
      const name = this.#string();
      if (Object.hasOwn(object, name)) throw new Refusal(`the member ${JSON.stringify(name)} is there twice`);
      this.#match(SPACE);
      if (!this.#take(':')) throw this.#unexpected();
      const value = this.#value(depth + 1);
      // Defined, not assigned: `__proto__` is a name like any other here.
      Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#unexpected();
    return object;
  }

  #array(depth: number): unknown[] {
    const array: unknown[] = [];
    this.#at += 1;
    this.#match(SPACE);
    if (this.#take(']')) return array;
    do array.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#unexpected();
    return array;
  }

  #string(): string {
    const text = this.#text;
    if (text[this.#at] !== '"') throw this.#unexpected();
    let end = this.#at;
    do {
      end = text.indexOf('"', end + 1);
      if (end < 0) throw new Refusal('it is not JSON: a string does not end');
    } while (this.#isEscaped(end));
    const token = text.slice(this.#at, end + 1);
    try {
      const value = JSON.parse(token) as string;
      this.#at = end + 1;
      return value;
    } catch {
      throw this.#unexpected();
    }
  }

  /** Whether an odd number of backslashes stands before a place within a string. */
  #isEscaped(place: number): boolean {
    let first = place;
    while (this.#text[first - 1] === '\\') first -= 1;
    return (place - first) % 2 === 1;
  }

  #number(): number {
    const spelled = this.#match(NUMBER);
    if (spelled === null) throw this.#unexpected();
    const value = Number(spelled);
    if (this.#integers && !(Number.isSafeInteger(value) && /^-?[0-9]+$/.test(spelled))) {
      throw new Refusal('it holds a number that is not an integer within ±(2^53 − 1), plainly written');
    }
    return value;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #unexpected(): Refusal {
    if (this.#at >= this.#text.length) return new Refusal('it is not JSON: it ends too early');
    return new Refusal(`it is not JSON: unexpected character at position ${this.#at + 1}`);
  }
}
