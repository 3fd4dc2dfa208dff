/**
 * Takes secrets out of whatever is about to be recorded, before anything of it is hashed or stored: what has
 * entered the ledger cannot be taken out of it. Names decide (`names.ts`), and so does the look of a
 * text (`values.ts`). That a secret *changed* is worth recording and gives nothing away, so
 * `redactPair` says so.
 *
 * The answer is plain data that JSON can hold, whatever came in: a Date is its ISO text, a Map an object, a
 * Set an array, a bigint its digits, an Error its name and message, bytes are counted (`[12 bytes]`).
 * `undefined`, functions and symbols are dropped from objects and null in arrays, as JSON does it. NaN and the
 * infinities become their names as text, since null would hide that something was there. `toJSON` is
 * honoured. What refers to itself is `[circular]`, what throws when it is read is `[unreadable]`, and what is
 * nested deeper than anything sensible is `[too deep]`.
 */
import { isDeepStrictEqual, types } from 'node:util';
import { maskCardNumbers } from './cards.js';
import { type NameKind, type SecretNames, type SecretNamesOptions, secretNames } from './names.js';
import { MASKED, maskText } from './values.js';

const MASKED_AND_CHANGED = '[redacted: changed]';

export interface Redactor {
  /** A copy without secrets. Never throws; null for what JSON would leave out altogether. */
  redact(value: unknown): unknown;
  redactText(text: string): string;
  /**
   * The states before and after a change. A secret that is another one afterwards reads
   * `[redacted: changed]` there; one that was added or removed shows as a member that is or is not there.
   */
  redactPair(before: unknown, after: unknown): { before: unknown; after: unknown };
}

/**
 * @example
 * const redactor = createRedactor({ keys: ['licence'], allow: ['sessionId'] });
 * redactor.redact({ user: 'u1', apiKey: 'k' }); // { user: 'u1', apiKey: '[redacted]' }
 */
export function createRedactor(options: SecretNamesOptions = {}): Redactor {
  const names = secretNames(options);
  const redactText = (text: string) => maskLongText(text, names, () => MASKED);
  const plainly: Marks = { secret: () => MASKED, text: redactText };
  return {
    redact: (value) => new Walk(names, plainly).start(value),
    redactText,
    redactPair(before, after) {
      const marks = comparableMarks(names);
      const earlier = new Walk(names, marks).start(before);
      const later = new Walk(names, marks).start(after);
      return { before: render(earlier, undefined), after: render(later, earlier ?? undefined) };
    },
  };
}

const DEEPEST = 32;
// Far more than fits into an entry; a graph whose branches share their children would otherwise unfold into
// more nodes than there are atoms.
const MOST_NODES = 20_000;
const LONGEST_TEXT = 262_144;
/** So much is cut off with the rest of an overlong text, lest the first half of a secret stays. */
const LONGEST_SECRET = 4_096;

function maskLongText(text: string, names: SecretNames, mask: (secret: string) => string): string {
  if (text.length <= LONGEST_TEXT) return maskText(text, names, mask);
  const masked = maskText(text.slice(0, LONGEST_TEXT), names, mask).slice(0, -LONGEST_SECRET);
  return `${masked}…[truncated ${text.length - LONGEST_TEXT + LONGEST_SECRET} characters]`;
}

/** What is put in the place of secrets. */
interface Marks {
  /** For a value that its name hides. */
  secret(value: unknown): unknown;
  /** For a text that may hold secrets. */
  text(text: string): unknown;
}

/** In `{ name: 'x-api-key', value: '…' }` one member says what the others hold. */
const NAMING = new Set(['name', 'key', 'field', 'setting', 'header', 'variable']);
const NAMED = new Set(['value', 'oldValue', 'newValue', 'before', 'after', 'previous', 'current']);

/** Stands for what JSON leaves out. */
const LEFT_OUT = Symbol('left out');

/** One pass over one value. */
class Walk {
  readonly #names: SecretNames;
  readonly #marks: Marks;
  readonly #above = new Set<object>();
  #nodes = 0;

  constructor(names: SecretNames, marks: Marks) {
    this.#names = names;
    this.#marks = marks;
  }

  start(value: unknown): unknown {
    const result = this.#value(value, '', 'open');
    return result === LEFT_OUT ? null : result;
  }

  #value(value: unknown, key: string, kind: NameKind): unknown {
    this.#nodes++;
    switch (typeof value) {
      case 'undefined':
      case 'function':
      case 'symbol':
        return LEFT_OUT;
      case 'boolean':
        return value;
      case 'string':
        return this.#text(value, kind);
      case 'number':
        return kind === 'secret' ? this.#marks.secret(value) : this.#number(value);
      case 'bigint':
        return kind === 'secret' ? this.#marks.secret(value) : this.#marks.text(String(value));
      default:
        if (value === null) return null;
        return kind === 'secret' ? this.#marks.secret(value) : this.#object(value as object, key, kind);
    }
  }

  #text(text: string, kind: NameKind): unknown {
    if (kind === 'open') return this.#marks.text(text);
    // Nothing to hide, or hidden before.
    if (text === '' || text === MASKED || text === MASKED_AND_CHANGED) return text;
    if (kind === 'secret-texts' && /^[0-9]{1,9}$/.test(text)) return text;
    return this.#marks.secret(text);
  }

  #number(value: number): unknown {
    if (!Number.isFinite(value)) return String(value);
    // JSON knows no negative zero.
    if (value === 0) return 0;
    if (value < 1e12 || !Number.isInteger(value)) return value;
    const digits = String(value);
    return maskCardNumbers(digits, () => MASKED) === digits ? value : this.#marks.text(digits);
  }

  #object(value: object, key: string, kind: NameKind): unknown {
    if (this.#above.has(value)) return '[circular]';
    if (this.#above.size >= DEEPEST) return '[too deep]';
    this.#above.add(value);
    try {
      return this.#known(value, key, kind);
    } catch {
      // A proxy or a method of the value's own threw.
      return '[unreadable]';
    } finally {
      this.#above.delete(value);
    }
  }

  #known(value: object, key: string, kind: NameKind): unknown {
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`;
    if (types.isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (types.isNativeError(value) || value instanceof Error) {
      const { name, message } = value;
      return this.#members(['name', 'message'], (part) => (part === 'name' ? name : message), kind);
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const stated: unknown = toJSON.call(value, key);
      // As in JSON, a `toJSON` of the answer is not asked again.
      if (typeof stated !== 'object' || stated === null) return this.#value(stated, key, kind);
      if (stated !== value) return this.#stated(stated, key, kind);
    }
    return this.#structure(value, key, kind);
  }

  /** The object that a `toJSON` answered with. */
  #stated(stated: object, key: string, kind: NameKind): unknown {
    if (this.#above.has(stated)) return '[circular]';
    const special = types.isDate(stated) || ArrayBuffer.isView(stated) || types.isNativeError(stated);
    if (special) return this.#object(stated, key, kind);
    this.#above.add(stated);
    try {
      return this.#structure(stated, key, kind);
    } finally {
      this.#above.delete(stated);
    }
  }

  #structure(value: object, key: string, kind: NameKind): unknown {
    if (types.isBoxedPrimitive(value)) return this.#value(value.valueOf(), key, kind);
    if (types.isRegExp(value)) return this.#marks.text(String(value));
    if (Array.isArray(value)) return this.#items(value, kind);
    if (types.isSet(value)) return this.#items([...value], kind);
    if (types.isMap(value)) return this.#map(value, kind);
    return this.#members(Object.keys(value), (name) => (value as Record<string, unknown>)[name], kind);
  }

  #items(items: readonly unknown[], kind: NameKind): unknown[] {
    const out: unknown[] = [];
    for (let i = 0; i < items.length; i++) {
      if (this.#nodes >= MOST_NODES) {
        out.push(`[truncated] ${items.length - i} more`);
        break;
      }
      const item = this.#read(() => items[i], String(i), kind);
      out.push(item === LEFT_OUT ? null : item);
    }
    return out;
  }

  /** A Map is an object where its keys can be names, else the list of its pairs. */
  #map(map: ReadonlyMap<unknown, unknown>, kind: NameKind): unknown {
    const keys = [...map.keys()];
    if (keys.some((key) => typeof key === 'object' || typeof key === 'symbol' || typeof key === 'function')) {
      return this.#items([...map], kind);
    }
    const named = new Map(keys.map((key) => [String(key), map.get(key)]));
    return this.#members([...named.keys()], (name) => named.get(name), kind);
  }

  #members(names: readonly string[], read: (name: string) => unknown, above: NameKind): object {
    const out = {};
    const named = this.#kindByMember(names, read);
    for (let i = 0; i < names.length; i++) {
      if (this.#nodes >= MOST_NODES) {
        define(out, '[truncated]', `${names.length - i} more`);
        break;
      }
      const name = names[i]!;
      const own = NAMED.has(name) && named !== 'open' ? named : this.#names.kindOf(name);
      const value = this.#read(() => read(name), name, own === 'open' ? above : own);
      if (value !== LEFT_OUT) define(out, this.#nameFor(name, i, out), value);
    }
    return out;
  }

  #kindByMember(names: readonly string[], read: (name: string) => unknown): NameKind {
    if (!names.some((name) => NAMED.has(name))) return 'open';
    for (const name of names) {
      if (!NAMING.has(name)) continue;
      try {
        const said = read(name);
        const kind = typeof said === 'string' ? this.#names.kindOf(said) : 'open';
        if (kind !== 'open') return kind;
      } catch {
        // It is marked as unreadable when its turn comes.
      }
    }
    return 'open';
  }

  #read(get: () => unknown, key: string, kind: NameKind): unknown {
    let value: unknown;
    try {
      value = get();
    } catch {
      return '[unreadable]';
    }
    return this.#value(value, key, kind);
  }

  /** Names can be secrets too, as in a table of sessions by token. */
  #nameFor(name: string, index: number, out: object): string {
    const masked = maskLongText(name, this.#names, () => MASKED);
    return Object.hasOwn(out, masked) ? `${masked} ${index + 1}` : masked;
  }
}

/** `__proto__` is a name like any other here; assigning to it would not make it one. */
export function define(object: object, name: string, value: unknown): void {
  if (name !== '__proto__') (object as Record<string, unknown>)[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

/** A hidden value of which something is still known: whether it equals another. */
class HiddenValue {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** A text with numbered gaps (the number between two U+0000), and what belongs there. */
class HiddenParts {
  readonly text: string;
  readonly secrets: readonly string[];
  constructor(text: string, secrets: readonly string[]) {
    this.text = text;
    this.secrets = secrets;
  }
}

const GAP = /\u0000(\d+)\u0000/g;

function comparableMarks(names: SecretNames): Marks {
  const nothingHidden: SecretNames = { kindOf: () => 'open' };
  return {
    secret: (value) => {
      const asIs: Marks = { secret: (secret) => secret, text: (text) => text };
      return new HiddenValue(new Walk(nothingHidden, asIs).start(value));
    },
    text: (text) => {
      const secrets: string[] = [];
      // U+0000 marks the gaps, and the ledger does not keep it in a text anyway.
      const withGaps = maskLongText(text.replaceAll('\u0000', '\ufffd'), names, (secret) => {
        // A later pattern may take in an earlier gap: what counts is what was there.
        secrets.push(secret.replace(GAP, (_, gap: string) => secrets[Number(gap)]!));
        return `\u0000${secrets.length - 1}\u0000`;
      });
      return secrets.length === 0 ? text : new HiddenParts(withGaps, secrets);
    },
  };
}

/** The final form of a walked value; `earlier` is its counterpart before the change, if there was one. */
function render(value: unknown, earlier: unknown): unknown {
  if (value instanceof HiddenValue) {
    if (earlier === undefined) return MASKED;
    const same = earlier instanceof HiddenValue && isDeepStrictEqual(value.value, earlier.value);
    return same ? MASKED : MASKED_AND_CHANGED;
  }
  if (value instanceof HiddenParts) {
    const before = earlier instanceof HiddenParts ? earlier.secrets : [];
    return value.text.replace(GAP, (_, gap: string) => {
      const was = before[Number(gap)];
      return was === undefined || was === value.secrets[Number(gap)] ? MASKED : MASKED_AND_CHANGED;
    });
  }
  if (Array.isArray(value)) {
    const before = Array.isArray(earlier) ? earlier : [];
    return value.map((item, i) => render(item, before[i]));
  }
  if (typeof value !== 'object' || value === null) return value;
  const out = {};
  const before = typeof earlier === 'object' && earlier !== null && !Array.isArray(earlier) ? earlier : {};
  for (const [name, member] of Object.entries(value)) {
    const was = Object.hasOwn(before, name) ? (before as Record<string, unknown>)[name] : undefined;
    define(out, name, render(member, was));
  }
  return out;
}
