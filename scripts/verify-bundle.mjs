#!/usr/bin/env node
/**
 * A second verifier for Reeve's files, written from docs/ledger-format.md alone. It shares no code with Reeve and needs
 * nothing but Node 20, so that whoever does not want to trust one program can ask two: read this file, copy it wherever
 * you like, and compare its verdict with that of `reeve verify`.
 *
 * It reads every file twice, line by line: first what was signed, then the entries. What it keeps in memory grows with
 * the number of signed notes, and of days with a heartbeat, not with the number of entries.
 */
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGunzip } from 'node:zlib';

const HELP = `Check files that Reeve has written, without Reeve: bundles, archive segments, proofs of one entry

Usage: node verify-bundle.mjs FILE [FILE…] [OPTIONS]

FILE is a bundle (.ndjson), an archive segment (.ndjson.gz) or a proof (.json). Several bundles and segments are read as
one history, in the order given: each must begin where the one before it ended. A proof is given alone.

Nothing that stands in a file is believed because it stands there. Trust comes from --vkey: ask somebody you believe for
the key; without it the best verdict is "unverifiable".

Exit status: 0 intact, 1 anything else, 2 it could not be judged, which includes a --checkpoint that nothing here could
be compared with.

Options:
  --vkey KEY         trust this verifier key (may be repeated)
  --checkpoint FILE  signed checkpoints that somebody else kept: the entries must agree with them (may be repeated)
  --json             answer in JSON
  --help             show this

Examples:
  node verify-bundle.mjs ledger.ndjson --vkey "$(cat reeve.vkey)"
  node verify-bundle.mjs archive/*.ndjson.gz ledger.ndjson --vkey "$(cat reeve.vkey)"
  node verify-bundle.mjs ledger.ndjson --vkey "$(cat reeve.vkey)" --checkpoint checkpoint-from-the-auditor.txt
  node verify-bundle.mjs proof.json --vkey "$(cat reeve.vkey)" --json`;

/** Longer lines are not read but count as unknown: an entry is far smaller, and memory is not the writer's to spend. */
const MAX_LINE = 16 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_LISTED = 1000;
const MAX_LOSSES = 20;
const MAX_SILENCES = 20;
const MAX_SIGNATURES = 100;

/** What keeps the verifier from judging at all; its text is for the person who called. */
export class CannotJudge extends Error {}

// ---------------------------------------------------------------------------------------------------------- JSON

/** A number that is no plain integer: 1.0, 1e3, 2^53 … It is never equal to anything an entry may hold. */
const ODD_NUMBER = Symbol('odd number');

/**
 * Reads JSON as strictly as the format needs: it notices repeated members, which JSON.parse swallows, and numbers with a
 * fraction, an exponent or too many digits, which JSON.parse rounds. Null where the text is no JSON.
 */
function readJson(text) {
  let at = 0;
  let repeated = false;

  function fail() {
    throw new SyntaxError('no JSON');
  }

  function skipSpace() {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at += 1;
  }

  function readString() {
    if (text[at] !== '"') fail();
    let end = at;
    let backslashes;
    do {
      end = text.indexOf('"', end + 1);
      if (end < 0) fail();
      backslashes = 0;
      while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    } while (backslashes % 2 === 1);
    const token = text.slice(at, end + 1);
    at = end + 1;
    return JSON.parse(token); // refuses control characters and unknown escapes
  }

  function readNumber() {
    const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    number.lastIndex = at;
    const found = number.exec(text);
    if (found === null) fail();
    at = number.lastIndex;
    const value = Number(found[0]);
    const isPlain = found[1] === undefined && found[2] === undefined;
    return isPlain && Number.isSafeInteger(value) ? value + 0 : ODD_NUMBER; // -0 is 0
  }

  function readObject(depth) {
    const members = Object.create(null);
    at += 1;
    skipSpace();
    if (text[at] === '}') {
      at += 1;
      return members;
    }
    for (;;) {
      skipSpace();
      const name = readString();
      skipSpace();
      if (text[at] !== ':') fail();
      at += 1;
      const value = readValue(depth + 1);
      if (name in members) repeated = true;
      members[name] = value;
      if (text[at] === '}') break;
      if (text[at] !== ',') fail();
      at += 1;
    }
    at += 1;
    return members;
  }

  function readArray(depth) {
    const items = [];
    at += 1;
    skipSpace();
    if (text[at] === ']') {
      at += 1;
      return items;
    }
    for (;;) {
      items.push(readValue(depth + 1));
      if (text[at] === ']') break;
      if (text[at] !== ',') fail();
      at += 1;
    }
    at += 1;
    return items;
  }

  function readWord(word, value) {
    if (!text.startsWith(word, at)) fail();
    at += word.length;
    return value;
  }

  function readValue(depth) {
    if (depth > MAX_DEPTH) fail();
    skipSpace();
    let value;
    switch (text[at]) {
      case '{':
        value = readObject(depth);
        break;
      case '[':
        value = readArray(depth);
        break;
      case '"':
        value = readString();
        break;
      case 't':
        value = readWord('true', true);
        break;
      case 'f':
        value = readWord('false', false);
        break;
      case 'n':
        value = readWord('null', null);
        break;
      default:
        value = readNumber();
    }
    skipSpace();
    return value;
  }

  try {
    const value = readValue(0);
    return at === text.length ? { value, repeated } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isInteger = (value) => typeof value === 'number';
const isHex = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);
const isHash = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value) => isInteger(value) && value >= 0;
const isListOf = (isRight) => (value) => Array.isArray(value) && value.every(isRight);

function hasExactly(object, names) {
  const own = Object.keys(object);
  return own.length === names.length && names.every((name) => name in object);
}

/** RFC 8785, for objects of strings, integers and null: there is nothing else in what is hashed. */
function canonical(object) {
  const members = Object.keys(object)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(object[name])}`);
  return `{${members.join(',')}}`;
}

// ---------------------------------------------------------------------------------------------------------- tree

function sha256(...pieces) {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);
const PART = Buffer.of(2);
const ROOT_OF_NOTHING = sha256();

const nodeOf = (left, right) => sha256(NODE, left, right);

/** The sizes of the perfect subtrees that make up a tree, largest first: the binary digits of its size. */
function subtreeSizes(size) {
  const sizes = [];
  let rest = size;
  for (let power = 1; rest > 0; power *= 2) {
    if (rest % 2 === 1) sizes.unshift(power);
    rest = Math.floor(rest / 2);
  }
  return sizes;
}

/** A tree that only grows, kept as the roots of its perfect subtrees. */
class Tree {
  #size = 0;
  #subtrees = [];

  /** Null where the hashes are not as many as the anchor's size needs. */
  static fromAnchor(anchor) {
    const sizes = subtreeSizes(anchor.size);
    if (sizes.length !== anchor.hashes.length) return null;
    const tree = new Tree();
    tree.#size = anchor.size;
    tree.#subtrees = anchor.hashes.map((hash, index) => ({
      size: sizes[index],
      hash: Buffer.from(hash, 'hex'),
    }));
    return tree;
  }

  get size() {
    return this.#size;
  }

  append(leaf) {
    let added = { size: 1, hash: leaf };
    while (this.#subtrees.at(-1)?.size === added.size) {
      const left = this.#subtrees.pop();
      added = { size: left.size * 2, hash: nodeOf(left.hash, added.hash) };
    }
    this.#subtrees.push(added);
    this.#size += 1;
  }

  root() {
    let root = null;
    for (const { hash } of this.#subtrees.toReversed()) root = root === null ? hash : nodeOf(hash, root);
    return root ?? ROOT_OF_NOTHING;
  }
}

/** RFC 9162, 2.1.3.2: the root to which an inclusion path leads, null where it has the wrong length. */
function rootOfPath(leaf, index, size, path) {
  if (index >= size) return null;
  let position = BigInt(index);
  let last = BigInt(size) - 1n;
  let root = leaf;
  for (const step of path) {
    if (last === 0n) return null;
    if (position % 2n === 1n || position === last) {
      root = nodeOf(step, root);
      while (position % 2n === 0n && position !== 0n) {
        position /= 2n;
        last /= 2n;
      }
    } else {
      root = nodeOf(root, step);
    }
    position /= 2n;
    last /= 2n;
  }
  return last === 0n ? root : null;
}

/** RFC 9162, 2.1.4.2: does the path show that the tree of `to` leaves begins with that of `from` leaves? */
function isConsistent(from, fromRoot, to, toRoot, path) {
  if (from < 1 || from >= to || path.length === 0) return false;
  let position = BigInt(from) - 1n;
  let last = BigInt(to) - 1n;
  while (position % 2n === 1n) {
    position /= 2n;
    last /= 2n;
  }
  const isPower = subtreeSizes(from).length === 1;
  const steps = isPower ? [fromRoot, ...path] : path;
  let [older] = steps;
  let newer = older;
  for (const step of steps.slice(1)) {
    if (last === 0n) return false;
    if (position % 2n === 1n || position === last) {
      older = nodeOf(step, older);
      newer = nodeOf(step, newer);
      while (position % 2n === 0n && position !== 0n) {
        position /= 2n;
        last /= 2n;
      }
    } else {
      newer = nodeOf(newer, step);
    }
    position /= 2n;
    last /= 2n;
  }
  return last === 0n && older.equals(fromRoot) && newer.equals(toRoot);
}

// ------------------------------------------------------------------------------------------- keys and signed notes

/** The bytes, or null where the text is not the one padded spelling of them. */
function fromBase64(text) {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function readVkey(text) {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text);
  const bytes = found === null ? null : fromBase64(found[3]);
  if (bytes === null || bytes.length !== 33 || bytes[0] !== 1) {
    throw new CannotJudge(
      '--vkey is not a verifier key. It looks like reeve/example/default+133f23b6+ASd3…YWb, all on one line.',
    );
  }
  const [, name, id] = found;
  const publicKey = bytes.subarray(1);
  if (sha256(name, '\n', bytes).toString('hex', 0, 4) !== id) {
    throw new CannotJudge(`The --vkey of ${name} was miscopied: its key id does not fit the key.`);
  }
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') };
  return { name, id, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** Splits a signed note into its text and its signatures; null where it is no note. */
function readNote(note) {
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.endsWith('\n')) return null;
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return null;
  const signatures = [];
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return null;
  for (const line of lines) {
    const found = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
    const bytes = found === null ? null : fromBase64(found[2]);
    if (bytes === null || bytes.length < 5) return null;
    signatures.push({ name: found[1], id: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) });
  }
  return { text: note.slice(0, split + 1), signatures };
}

/** Has one of the keys signed it, and is no signature that claims to be by one of them false? */
function isSigned({ text, signatures }, keys) {
  let signed = false;
  for (const { name, id, signature } of signatures) {
    const claimed = keys.find((key) => key.name === name && key.id === id);
    if (claimed === undefined) continue;
    if (!verifySignature(null, Buffer.from(text), claimed.key, signature)) return false;
    signed = true;
  }
  return signed;
}

function readSize(text) {
  const size = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : null;
  return size !== null && Number.isSafeInteger(size) ? size : null;
}

function readRoot(text) {
  const root = fromBase64(text);
  return root?.length === 32 ? root : null;
}

/** The lines of a note's text; empty where one of them is. */
function linesOf(text) {
  const lines = text.slice(0, -1).split('\n');
  return lines.includes('') ? [] : lines;
}

/** `{ size, root }` or, where the note is of no account, `{ absent: why }`. */
function readCheckpoint(note, origin, keys) {
  const parsed = readNote(note);
  if (parsed === null) return { absent: 'it is no signed note' };
  const [name, size, root] = linesOf(parsed.text);
  if (name === undefined || size === undefined || root === undefined)
    return { absent: 'it is no checkpoint' };
  const checkpoint = { size: readSize(size), root: readRoot(root) };
  if (checkpoint.size === null || checkpoint.root === null) return { absent: 'it is no checkpoint' };
  if (name !== origin) return { absent: 'it is of another ledger' };
  if (!isSigned(parsed, keys)) return { absent: 'no trusted key has validly signed it' };
  return checkpoint;
}

/** Of which ledger a checkpoint says it is, whoever signed it; null where it says nothing of the kind. */
function originOf(note) {
  const [name] = note.split('\n', 1);
  return /^reeve\/[^/]+\/[^/]+$/.test(name) ? name : null;
}

/** `3-5,9` as `[[3, 5], [9, 9]]`; null where it is no list of ranges below `end`. */
function readRanges(text, end) {
  if (text === '-') return [];
  const ranges = [];
  for (const range of text.split(',')) {
    const [from, to = from, ...more] = range.split('-').map(readSize);
    if (from === null || to === null || more.length > 0) return null;
    if (from <= (ranges.at(-1)?.[1] ?? 0) || to < from || to >= end) return null;
    ranges.push([from, to]);
  }
  return ranges;
}

/**
 * `{ pruned, root }`, `{ erased, actor, rest }`, or null where nobody who is trusted said so. Without any trusted key it
 * is taken as it reads.
 */
function readStatement(note, origin, keys) {
  const parsed = readNote(note);
  if (parsed === null) return null;
  const [name, number, ...more] = linesOf(parsed.text);
  const size = readSize(number ?? '');
  if (size === null || (keys.length > 0 && !isSigned(parsed, keys))) return null;
  if (name === `${origin}/pruned` && more.length === 1) {
    const root = readRoot(more[0]);
    return root === null ? null : { pruned: size, root };
  }
  if (name === `${origin}/erased` && more.length === 2) {
    const actor = more[0].startsWith('actor ') ? readRanges(more[0].slice(6), size) : null;
    const rest = more[1].startsWith('rest ') ? readRanges(more[1].slice(5), size) : null;
    return actor === null || rest === null ? null : { erased: size, actor, rest };
  }
  return null;
}

/** The numbers that some ranges name, to be asked one by one. */
class NumberSet {
  #ranges = [];

  constructor(ranges) {
    for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
      const last = this.#ranges.at(-1);
      if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
      else this.#ranges.push([from, to]);
    }
  }

  equals(other) {
    return JSON.stringify(this.#ranges) === JSON.stringify(other.#ranges);
  }

  has(number) {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ranges[middle][1] < number) low = middle + 1;
      else high = middle;
    }
    return low < this.#ranges.length && this.#ranges[low][0] <= number;
  }
}

// --------------------------------------------------------------------------------------------------------- entries

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_.]{0,63}$/;
const isText = (value) => typeof value === 'string';
const isIdentifier = (value) => isText(value) && IDENTIFIER.test(value);
const isTenant = (value) =>
  isText(value) && /^[a-z0-9][a-z0-9.-]{0,62}$/.test(value) && !/[0-9]{6}/.test(value);

const PUBLIC = {
  v: (value) => value === 1,
  id: (value) => isText(value) && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  tenant: isTenant,
  seq: (value) => isInteger(value) && value >= 1,
  at: isInteger,
  category: isIdentifier,
  action: isIdentifier,
  verb: isText,
  outcome: isText,
  actorType: isText,
  entityType: (value) => value === null || isIdentifier(value),
  channel: isText,
  actorCommitment: isHash,
  restCommitment: isHash,
};

const PARTS = {
  actor: ['actorId', 'actorPhone', 'actorName', 'actorRole', 'ip', 'userAgent', 'scopes'],
  rest: [
    ...['entityId', 'description', 'reason', 'metadata', 'before', 'after', 'error'],
    ...['chatId', 'messageKey', 'requestId', 'route', 'method', 'status'],
  ],
};

const ENTRY = ['public', 'actor', 'actorSalt', 'rest', 'restSalt', 'leaf', 'erasedAt'];

const isCleanText = (value) => value.isWellFormed() && !value.includes('\u0000');

/** What is wrong with the form of the public part, or null. */
function publicFault(part) {
  if (!isObject(part)) return 'it has no public part';
  if (!hasExactly(part, Object.keys(PUBLIC)))
    return 'its public part lacks a member, or has one that is unknown';
  for (const [name, isRight] of Object.entries(PUBLIC)) {
    const value = part[name];
    if (!isRight(value) || (isText(value) && !isCleanText(value)))
      return `its ${name} has not the form of one`;
  }
  return null;
}

/** What is wrong with a private part that is there, or null. */
function partFault(name, part, salt, commitment) {
  if (part === null) return salt === null ? null : `its part ${name} is empty, its salt is not`;
  if (!isObject(part)) return `its part ${name} is no object`;
  for (const [member, value] of Object.entries(part)) {
    if (!PARTS[name].includes(member)) return `its part ${name} has a member that is unknown`;
    const isRight = member === 'status' ? isInteger(value) : isText(value) && isCleanText(value);
    if (!isRight) return `its ${member} has not the form of one`;
  }
  if (!isHex(salt)) return `its part ${name} has no salt of 32 bytes`;
  const expected = sha256(PART, Buffer.from(salt, 'hex'), canonical(part)).toString('hex');
  return expected === commitment ? null : `its part ${name} does not match the commitment`;
}

/**
 * Checks one entry by itself, against the tenant where that is known. `seq` is null where it cannot be read, `leaf` where there is nothing to compute it from.
 */
function checkEntry(entry, repeated, members, tenant) {
  const faults = [];
  const part = entry.public;
  if (repeated) faults.push('it has a repeated member');
  if (!hasExactly(entry, members)) faults.push('it lacks a member, or has one that is unknown');
  if (entry.erasedAt !== null && !isInteger(entry.erasedAt)) faults.push('its erasedAt is no time');

  const fault = publicFault(part);
  let leaf = null;
  if (fault !== null) {
    faults.push(fault);
  } else {
    leaf = sha256(LEAF, canonical(part));
    if (!isHex(entry.leaf) || entry.leaf.toLowerCase() !== leaf.toString('hex'))
      faults.push('it does not match its leaf');
    if (tenant !== null && part.tenant !== tenant) faults.push('it is of another tenant');
  }
  for (const name of Object.keys(PARTS)) {
    const wrong = partFault(
      name,
      entry[name],
      entry[`${name}Salt`],
      isObject(part) ? part[`${name}Commitment`] : null,
    );
    if (wrong !== null) faults.push(wrong);
  }
  return {
    seq: isObject(part) && PUBLIC.seq(part.seq) ? part.seq : null,
    faults,
    leaf,
    empty: { actor: entry.actor === null, rest: entry.rest === null },
    isErasure: isObject(part) && part.action === 'SUBJECT_ERASED',
    isRecovery: isObject(part) && part.action === 'LEDGER_RECOVERED',
    heartbeat: faults.length === 0 && part.action === 'HEARTBEAT' ? part.at : null,
    metadata: isObject(entry.rest) ? entry.rest.metadata : undefined,
  };
}

const isRange = (value) => Array.isArray(value) && value.length === 2 && value.every(isCount);

/** What a LEDGER_RECOVERED entry says was lost, in words. */
function lossIn(seq, metadata) {
  let said = null;
  try {
    said = JSON.parse(metadata);
  } catch {
    // It was erased, or is no JSON.
  }
  const { restoredSize, signedSize } = isObject(said) ? said : {};
  const lost =
    isCount(restoredSize) && isCount(signedSize)
      ? `entries ${restoredSize + 1} to ${signedSize} that had been signed were lost`
      : 'it does not say which entries were lost';
  return `Entry ${seq} is LEDGER_RECOVERED: the ledger was restored from an older copy, and ${lost}.`;
}

/** Does the SUBJECT_ERASED entry name the same numbers as the statement? */
function namesTheSame(metadata, statement) {
  let named;
  try {
    named = JSON.parse(metadata);
  } catch {
    return false;
  }
  return Object.keys(PARTS).every((part) => {
    const ranges = named?.[part];
    return isListOf(isRange)(ranges) && new NumberSet(ranges).equals(new NumberSet(statement[part]));
  });
}

/** Sentences, the first twenty of them; the others are counted. */
class Losses {
  #sentences = [];
  #more = 0;

  add(sentence) {
    if (this.#sentences.length < MAX_LOSSES) this.#sentences.push(sentence);
    else this.#more += 1;
  }

  list() {
    const more = `… and ${this.#more} more LEDGER_RECOVERED entries.`;
    return this.#more === 0 ? this.#sentences : [...this.#sentences, more];
  }
}

const DAY = 86_400_000;

/** A day of UTC, numbered from 1970-01-01; the calendar does not reach as far as what may stand in an entry. */
function dateOf(day) {
  const date = new Date(day * DAY);
  return Number.isNaN(date.getTime())
    ? `day ${day}`
    : date.toISOString().slice(0, date.toISOString().indexOf('T'));
}

/** The days on which there was one; of a file nothing is known of the days after the last. */
class Heartbeats {
  #days = new Set();

  hear(at) {
    this.#days.add(Math.floor(at / DAY));
  }

  /** The days in between without one, as a sentence; none where there are no such days. */
  silence() {
    const days = [...this.#days].sort((a, b) => a - b);
    const spans = [];
    let count = 0;
    for (const [index, next] of days.entries()) {
      const [from, to] = [(days[index - 1] ?? next) + 1, next - 1];
      if (from > to) continue;
      count += to - from + 1;
      if (spans.length < MAX_SILENCES)
        spans.push(from === to ? dateOf(from) : `${dateOf(from)} to ${dateOf(to)}`);
      else if (spans.length === MAX_SILENCES) spans.push('…');
    }
    const named = `${count === 1 ? 'One day has' : `${count} days have`} no HEARTBEAT`;
    return count === 0
      ? []
      : [`${named}, though there is one before and one after (UTC): ${spans.join(', ')}.`];
  }
}

/** The altered entries by number, the first thousand of them. */
class Altered {
  #whys = new Map();

  add(seq, why) {
    if (this.#whys.has(seq)) return;
    this.#whys.set(seq, why);
    if (this.#whys.size >= 2 * MAX_LISTED)
      this.#whys = new Map(this.list().map((entry) => [entry.seq, entry.why]));
  }

  list() {
    return [...this.#whys]
      .sort((a, b) => a[0] - b[0])
      .slice(0, MAX_LISTED)
      .map(([seq, why]) => ({ seq, why }));
  }
}

// ----------------------------------------------------------------------------------------------------------- files

async function* chunksOf(path) {
  let handle;
  let file;
  try {
    handle = await open(path);
    if (!(await handle.stat()).isFile()) {
      throw new CannotJudge(`${path} is no file. It is read twice, so a pipe will not do.`);
    }
    const magic = Buffer.alloc(2);
    await handle.read(magic, 0, 2, 0);
    file = handle.createReadStream({ start: 0 });
    if (!magic.equals(Buffer.of(0x1f, 0x8b))) {
      yield* file;
      return;
    }
    const unpacked = createGunzip();
    file.on('error', (error) => unpacked.destroy(error));
    yield* file.pipe(unpacked);
  } catch (error) {
    if (error.code === undefined) throw error;
    const why = error.code.startsWith('Z_') ? `it is no whole gzip file, ${error.message}` : error.code;
    throw new CannotJudge(`${path} cannot be read (${why}).`);
  } finally {
    file?.destroy();
    await handle?.close().catch(() => {});
  }
}

/**
 * The lines of a file as bytes without their line feed; null for one that is too long to be of any known kind. `hash`
 * has taken in all that stands before the line at hand.
 */
async function* linesIn(path, hash) {
  let pieces = [];
  let length = 0;
  const flush = () => {
    for (const piece of pieces) hash.update(piece);
    pieces = [];
  };
  const line = () => (length > MAX_LINE ? null : Buffer.concat(pieces));
  for await (const chunk of chunksOf(path)) {
    for (let start = 0; start < chunk.length; ) {
      const feed = chunk.indexOf(0x0a, start);
      const piece = chunk.subarray(start, feed < 0 ? chunk.length : feed);
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_LINE) flush();
      if (feed < 0) break;
      yield line();
      flush();
      hash.update('\n');
      length = 0;
      start = feed + 1;
    }
  }
  if (length > 0) yield line();
  flush();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The object on a line, or null. */
function readLine(line) {
  if (line === null) return null;
  try {
    const read = readJson(utf8.decode(line));
    return read !== null && isObject(read.value) ? read : null;
  } catch {
    return null; // no UTF-8
  }
}

const isPath = isListOf(isHex);

function isAnchor(value) {
  if (value === null) return true;
  return isObject(value) && isCount(value.size) && isPath(value.hashes);
}

/** The members of every kind of line but an entry, which is judged by itself. */
const LINES = {
  ledger: {
    format: (value) => value === 'reeve-bundle/1',
    tenant: isText,
    origin: isText,
    vkeys: isListOf(isText),
    from: (value) => isCount(value) && value > 0,
    to: isCount,
    anchor: isAnchor,
  },
  statement: { note: isText },
  checkpoint: { note: isText },
  consistency: { from: isCount, to: isCount, path: isPath },
  end: { entries: isCount, statements: isCount, checkpoints: isCount, sha256: isText },
};

/** `entry`, one of the above, or null for a line of no known kind. */
function kindOf(read) {
  const type = read?.value.type;
  if (type === 'entry') return type;
  if (read === null || read.repeated || !isText(type) || !Object.hasOwn(LINES, type)) return null;
  const members = LINES[type];
  return Object.entries(members).every(([name, isRight]) => isRight(read.value[name])) ? type : null;
}

/** The first reading of a bundle: all but its entries. Null where its first line is not that of a bundle. */
async function survey(path) {
  const hash = createHash('sha256');
  const file = { path, header: null, statements: [], checkpoints: [], consistency: [], changed: null, hash };
  const counts = { entries: 0, statements: 0, checkpoints: 0 };
  let isOver = false;
  const changed = (why) => {
    file.changed ??= why;
  };
  for await (const line of linesIn(path, hash)) {
    const read = readLine(line);
    const kind = kindOf(read);
    if (file.header === null) {
      if (kind !== 'ledger') return null;
      file.header = read.value;
      const before = file.header.anchor?.size ?? 0;
      if (file.header.to < before) {
        file.header.to = before;
        changed('its first line says that it ends before it begins');
      }
      continue;
    }
    if (isOver) {
      changed('something follows the end line');
      continue;
    }
    switch (kind) {
      case 'entry':
        counts.entries += 1;
        break;
      case 'statement':
      case 'checkpoint':
        counts[`${kind}s`] += 1;
        file[`${kind}s`].push(read.value.note);
        break;
      case 'consistency':
        file.consistency.push(read.value);
        break;
      case 'end':
        isOver = true;
        for (const [name, count] of Object.entries(counts)) {
          if (read.value[name] !== count) changed(`its end line counts other ${name}`);
        }
        if (read.value.sha256.toLowerCase() !== hash.copy().digest('hex'))
          changed('its end line has another hash');
        break;
      default:
        changed('it has a line of no known kind');
    }
  }
  if (file.header === null) return null;
  if (!isOver) changed('its end line is missing');
  if (!file.header.origin.endsWith(`/${file.header.tenant}`))
    changed('its origin does not end in its tenant');
  file.hash = hash.digest('hex');
  return file;
}

/**
 * The second reading: the entries alone, as `{ value, repeated }`. A line that cannot be read where an entry is still due
 * stands for it, and comes without members.
 */
async function* entriesIn(file, isDue) {
  const hash = createHash('sha256');
  let areOver = false;
  let isClosed = false;
  for await (const line of linesIn(file.path, hash)) {
    const read = readLine(line);
    const kind = kindOf(read);
    if (kind === 'entry' && !isClosed) yield read;
    else if (kind === null && !areOver && isDue()) yield { value: {}, repeated: false };
    isClosed ||= kind === 'end';
    areOver ||= kind !== null && kind !== 'entry' && kind !== 'ledger';
  }
  if (hash.digest('hex') !== file.hash) throw new CannotJudge(`${file.path} changed while it was read.`);
}

/** The whole of a small file. */
async function readAll(path) {
  const chunks = [];
  let length = 0;
  for await (const chunk of chunksOf(path)) {
    length += chunk.length;
    if (length > MAX_LINE) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The checkpoints in a file that somebody kept: notes one after another, or whatever else may stand there. */
function readWitness(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CannotJudge(`${path} cannot be read (${error.code}).`);
  }
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  if (!/^\u2014 /m.test(whole)) throw new CannotJudge(`${path} holds no signed checkpoint.`);
  const notes = whole
    .match(/[\s\S]*?\n(?:\u2014 [^\n]*\n)+|[\s\S]+/g)
    .map((note) => note.replace(/^\n+/, ''));
  return notes.filter((note) => note !== '').map((note) => ({ note, path }));
}

// -------------------------------------------------------------------------------------------------- the one history

/** Which numbers have come, in which order, and which never do. */
class Numbering {
  highest;
  isUnbroken = true;
  #before;
  #gaps = [];

  constructor(before) {
    this.#before = before;
    this.highest = before;
  }

  /** Numbers up to this one were passed over by the entry `opener`, or by the end of a file. */
  passOver(to, opener) {
    if (to <= this.highest) return;
    this.#gaps.push({ from: this.highest + 1, to, opener });
    this.highest = to;
    this.isUnbroken = false;
  }

  /** An entry comes. Returns the numbers that it shows to be in the wrong place, with the reason. */
  take(seq, { from: first, to: end }) {
    if (seq < first || seq > end) {
      if (seq > end) this.passOver(end, seq);
      return [[seq, `it is outside of ${first} to ${end}`]];
    }
    if (seq > this.highest) {
      this.passOver(seq - 1, seq);
      this.highest = seq;
      return [];
    }
    const index = this.#gaps.findLastIndex((gap) => gap.from <= seq && seq <= gap.to);
    if (index < 0) return [[seq, 'its number comes again, or is one of those before the first']];
    const { from, to, opener } = this.#gaps[index];
    const left = [
      { from, to: seq - 1, opener },
      { from: seq + 1, to, opener },
    ];
    this.#gaps.splice(index, 1, ...left.filter((gap) => gap.from <= gap.to));
    const late = [seq, 'it comes after a larger number'];
    return opener === null ? [late] : [late, [opener, `it stands where entry ${seq} should`]];
  }

  /** What never came, from the first number that ought to be there. */
  missing(first) {
    const before = first <= this.#before ? [{ from: first, to: this.#before }] : [];
    const gaps = [];
    for (const { from, to } of [...before, ...this.#gaps]) {
      const last = gaps.at(-1);
      if (last !== undefined && last.to + 1 === from) last.to = to;
      else gaps.push({ from, to });
    }
    return gaps.map(({ from, to }) => ({ from, to, count: to - from + 1 }));
  }
}

const BUNDLE_ENTRY = ['type', ...ENTRY];

/** Several bundles and segments, which follow one another, as one ledger. */
class History {
  #files;
  #origin;
  #keys;
  #from;
  #to;
  #altered = new Altered();
  #numbering;
  #notes = [];
  /** What the ledger itself says was lost, in the order of the numbers. */
  #losses = new Losses();
  #heartbeats = new Heartbeats();
  #changed = null;
  #total = 0;

  constructor(files, trusted) {
    this.#files = files;
    const [first] = files;
    this.#origin = first.header.origin;
    this.#keys = trusted.filter((key) => key.name === this.#origin);
    this.#from = (first.header.anchor?.size ?? 0) + 1;
    this.#to = files.at(-1).header.to;
    this.#numbering = new Numbering(this.#from - 1);
  }

  #requireOneHistory() {
    let end = null;
    for (const { path, header } of this.#files) {
      const before = header.anchor?.size ?? 0;
      if (header.origin !== this.#origin || header.tenant !== this.#files[0].header.tenant) {
        throw new CannotJudge(
          `${path} is of ${header.origin}, the first file of ${this.#origin}: verify them apart.`,
        );
      }
      if (end !== null && before < end) {
        throw new CannotJudge(
          `${path} begins after entry ${before}, the file before it ends at ${end}. Name the files in the order of ` +
            'their numbers, each once.',
        );
      }
      end = header.to;
    }
  }

  async judge(witnessed) {
    this.#requireOneHistory();
    const checkpoints = this.#openCheckpoints(witnessed);
    const statements = this.#openStatements();
    const anchor = this.#openAnchor(statements);
    const wanted = new Set(checkpoints.valid.map(({ size }) => size));
    const read = await this.#readEntries(anchor.tree, wanted, statements);
    const compared = this.#compare(checkpoints, read.roots, anchor.root);
    const erased = this.#judgeErasures(read, statements, compared.largest);

    const altered = this.#altered.list();
    const gaps = this.#numbering.missing(anchor.counts ? this.#files[0].header.from : 1);
    const covered = Math.max(0, ...compared.agreeing);
    let verdict = this.#from > 1 ? 'intact-from' : 'intact';
    let firstBad = null;
    if (altered.length > 0) {
      verdict = 'altered';
      firstBad = altered[0].seq;
      this.#notes.unshift(`The first altered entry is ${firstBad}: ${altered[0].why}.`);
    } else if (gaps.length > 0) {
      verdict = 'missing';
      firstBad = gaps[0].from;
      this.#notes.unshift(`The first missing number is ${firstBad}.`);
    } else if (compared.forks.length > 0) {
      verdict = 'forked';
      const end = compared.forks[0];
      firstBad = Math.max(0, ...compared.agreeing.filter((size) => size < end)) + 1;
      this.#notes.unshift(`What was signed and what is here part between entries ${firstBad} and ${end}.`);
    } else if (compared.largest > this.#to) {
      verdict = 'truncated';
      firstBad = this.#to + 1;
      this.#notes.unshift(
        `A ledger of ${compared.largest} entries was signed, and it ends at ${this.#to} here.`,
      );
    } else if (this.#keys.length === 0) {
      verdict = 'unverifiable';
      this.#notes.unshift(`No key of ${this.#origin} is trusted: name one with --vkey.`);
    } else if (!compared.agreeing.includes(this.#to)) {
      verdict = 'unverifiable';
      this.#notes.unshift(`No validly signed checkpoint of size ${this.#to} is there.`);
    } else if (this.#changed !== null) {
      verdict = 'altered';
      this.#notes.unshift(`${this.#changed}. It was cut or changed after it was written.`);
    }
    if (anchor.counts && this.#from > 1) {
      this.#notes.push(
        `Entries 1 to ${this.#from - 1} were pruned, as a statement says; nothing else is known of them.`,
      );
    }
    const more = [...this.#losses.list(), ...this.#heartbeats.silence()];
    this.#notes.push(...more, `The ledger is ${this.#origin}.`);
    return {
      verdict,
      from: this.#from,
      to: this.#to,
      covered,
      totalRecords: this.#total,
      erased,
      gaps,
      altered,
      checkpoints: { verified: compared.verified, absent: checkpoints.absent },
      root: read.root?.toString('hex') ?? null,
      firstBad,
      isUncompared: checkpoints.isUncompared || compared.isUncompared,
      notes: this.#notes,
    };
  }

  #openCheckpoints(witnessed) {
    const own = this.#files.flatMap((file) => file.checkpoints.map((note) => ({ note, path: null })));
    return openCheckpoints([...own, ...witnessed], this.#origin, this.#keys, this.#notes);
  }

  #openStatements() {
    const notes = new Set(this.#files.flatMap((file) => file.statements));
    return [...notes]
      .map((note) => readStatement(note, this.#origin, this.#keys))
      .filter((said) => said !== null);
  }

  #openAnchor(statements) {
    const { anchor } = this.#files[0].header;
    if (anchor === null) return { tree: new Tree(), root: ROOT_OF_NOTHING, counts: true };
    const tree = Tree.fromAnchor(anchor);
    const root = tree?.root() ?? null;
    const counts =
      root !== null && statements.some((said) => said.pruned === anchor.size && said.root.equals(root));
    if (!counts)
      this.#notes.push(`No statement that counts says that entries 1 to ${anchor.size} were pruned.`);
    return { tree, root, counts };
  }

  async #readEntries(tree, wanted, statements) {
    const erasures = statements.filter((said) => said.erased !== undefined);
    const named = {
      actor: new NumberSet(erasures.flatMap((said) => said.actor)),
      rest: new NumberSet(erasures.flatMap((said) => said.rest)),
    };
    const witnesses = new Map(erasures.map((said) => [said.erased, null]));
    const runs = [];
    const roots = new Map();
    const keepRoot = () => {
      if (tree !== null && wanted.has(tree.size)) roots.set(tree.size, tree.root());
    };
    const alter = (seq, why) => {
      this.#altered.add(seq, why);
      if (witnesses.get(seq)) witnesses.get(seq).isSound = false;
    };

    keepRoot();
    for (const file of this.#files) {
      this.#join(file, tree);
      const isDue = () => this.#numbering.highest < file.header.to;
      for await (const { value, repeated } of entriesIn(file, isDue)) {
        this.#total += 1;
        const entry = checkEntry(value, repeated, BUNDLE_ENTRY, file.header.tenant);
        const seq = entry.seq ?? this.#numbering.highest + 1;
        for (const fault of entry.faults) alter(seq, fault);
        for (const [misplaced, why] of this.#numbering.take(seq, file.header)) alter(misplaced, why);
        if (entry.leaf === null) this.#numbering.isUnbroken = false;
        if (tree !== null && this.#numbering.isUnbroken && seq === tree.size + 1) {
          tree.append(entry.leaf);
          keepRoot();
        }
        if (entry.isRecovery) this.#losses.add(lossIn(seq, entry.metadata));
        if (entry.heartbeat !== null) this.#heartbeats.hear(entry.heartbeat);
        if (witnesses.get(seq) === null) witnesses.set(seq, { ...entry, isSound: entry.faults.length === 0 });
        for (const part of ['actor', 'rest']) {
          if (entry.empty[part] && !named[part].has(seq))
            alter(seq, `no statement names its empty part ${part}`);
        }
        if (entry.empty.actor || entry.empty.rest) addToRuns(runs, seq, entry.empty);
      }
      this.#numbering.passOver(file.header.to, null);
    }
    const isWhole = tree !== null && this.#numbering.isUnbroken && tree.size === this.#to;
    return { roots, root: isWhole ? tree.root() : null, runs, witnesses, erasures };
  }

  /** Goes over from one file to the next: the anchor must be what the entries so far come to. */
  #join(file, tree) {
    const { anchor, origin } = file.header;
    if (file.changed !== null) this.#changed ??= `${file.path} is not as it was written: ${file.changed}`;
    if (file === this.#files[0]) return;
    this.#numbering.passOver(anchor?.size ?? 0, null);
    if (anchor === null || tree === null || !this.#numbering.isUnbroken || tree.size !== anchor.size) return;
    if (Tree.fromAnchor(anchor)?.root().equals(tree.root())) return;
    this.#changed ??= `${file.path} begins at another history of ${origin} than the files before it hold`;
  }

  #compare(checkpoints, roots, anchorRoot) {
    const agreeing = new Set();
    const forks = forksIn(checkpoints.valid);
    let verified = 0;
    let largest = 0;
    let isUncompared = false;
    for (const { size, root, path } of checkpoints.valid) {
      largest = Math.max(largest, size);
      if (size > this.#to) continue;
      const agrees = this.#agrees(size, root, roots, anchorRoot);
      if (agrees === null) {
        const whose = path === null ? 'A checkpoint' : `A checkpoint in ${path}`;
        this.#notes.push(`${whose}, of size ${size}, was not compared: nothing here has its size.`);
        if (path !== null) isUncompared = true;
      } else if (agrees) {
        agreeing.add(size);
        verified += 1;
      } else {
        forks.add(size);
      }
    }
    for (const size of forks) agreeing.delete(size);
    return {
      agreeing: [...agreeing],
      forks: [...forks].sort((a, b) => a - b),
      verified,
      largest,
      isUncompared,
    };
  }

  /** Null where there is nothing to compare the checkpoint with. */
  #agrees(size, root, roots, anchorRoot) {
    if (size === 0) return root.equals(ROOT_OF_NOTHING);
    if (size >= this.#from - 1) return roots.get(size)?.equals(root) ?? null;
    if (anchorRoot === null) return null;
    const to = this.#from - 1;
    const proofs = this.#files[0].consistency.filter((line) => line.from === size && line.to === to);
    if (proofs.length === 0) return null;
    return proofs.some(({ path }) => isConsistent(size, root, to, anchorRoot, bytesOf(path)));
  }

  /** Decides which statements count, and returns how many entries they have emptied. */
  #judgeErasures({ root, runs, witnesses, erasures }, prunings, largest) {
    // What followed an archive segment is elsewhere, and its entries can be erased from there.
    const isSegment = prunings.some((said) => said.pruned === this.#to && root?.equals(said.root));
    const counting = erasures.filter((said) => {
      if (said.erased > this.#to) return isSegment || said.erased <= largest;
      const entry = witnesses.get(said.erased);
      if (!entry?.isSound) return true;
      return entry.isErasure && (entry.empty.rest || namesTheSame(entry.metadata, said));
    });
    const named = {
      actor: new NumberSet(counting.flatMap((said) => said.actor)),
      rest: new NumberSet(counting.flatMap((said) => said.rest)),
    };
    let erased = 0;
    for (const { from, to, empty } of runs) {
      for (let seq = from; seq <= to; seq += 1) {
        const unnamed = ['actor', 'rest'].find((part) => empty[part] && !named[part].has(seq));
        if (unnamed === undefined) erased += 1;
        else this.#altered.add(seq, `no statement that counts names its empty part ${unnamed}`);
      }
    }
    return erased;
  }
}

const bytesOf = (hashes) => hashes.map((hash) => Buffer.from(hash, 'hex'));

/** Entries with the same empty parts that follow one another are kept as one run. */
function addToRuns(runs, seq, empty) {
  const last = runs.at(-1);
  const goesOn = last?.to === seq - 1 && last.empty.actor === empty.actor && last.empty.rest === empty.rest;
  if (goesOn) last.to = seq;
  else runs.push({ from: seq, to: seq, empty });
}

/** Sizes that were signed with two roots. */
function forksIn(checkpoints) {
  const roots = new Map();
  const forks = new Set();
  for (const { size, root } of checkpoints) {
    const other = roots.get(size) ?? root;
    if (!other.equals(root)) forks.add(size);
    roots.set(size, other);
  }
  return forks;
}

function openCheckpoints(given, origin, keys, notes) {
  const sources = new Map();
  for (const { note, path } of given) sources.set(note, path ?? sources.get(note) ?? null);
  const valid = [];
  let absent = 0;
  let isUncompared = false;
  for (const [note, path] of sources) {
    const read = readCheckpoint(note, origin, keys);
    if (read.absent === undefined) {
      valid.push({ ...read, path });
      continue;
    }
    absent += 1;
    if (path !== null) isUncompared = true;
    const whose = path === null ? 'A checkpoint' : `A checkpoint in ${path}`;
    if (keys.length > 0) notes.push(`${whose} counts as absent: ${read.absent}.`);
  }
  return { valid, absent, isUncompared };
}

// ------------------------------------------------------------------------------------------------ proof of one entry

const PROOF = {
  format: (value) => value === 'reeve-proof/1',
  index: isCount,
  size: isCount,
  path: isPath,
  checkpoint: isText,
  statements: isListOf(isText),
};

function judgeProof({ value: proof, repeated }, trusted, witnessed) {
  const notes = [];
  const origin = originOf(proof.checkpoint);
  const keys = trusted.filter((key) => key.name === origin);
  const given = [{ note: proof.checkpoint, path: null }, ...witnessed];
  const checkpoints = openCheckpoints(given, origin, keys, notes);
  const largest = Math.max(0, ...checkpoints.valid.map(({ size }) => size));

  const tenant = origin?.slice(origin.lastIndexOf('/') + 1) ?? null;
  const entry = checkEntry(isObject(proof.entry) ? proof.entry : {}, repeated, ENTRY, tenant);
  const seq = entry.seq ?? proof.index + 1;
  const faults = [...entry.faults];
  if (proof.index !== seq - 1) faults.push('its index is that of another entry');
  const counting = proof.statements
    .map((note) => readStatement(note, origin, keys))
    .filter(
      (said) => said?.erased !== undefined && said.erased <= (keys.length === 0 ? proof.size : largest),
    );
  for (const part of ['actor', 'rest']) {
    const isNamed = new NumberSet(counting.flatMap((said) => said[part])).has(seq);
    if (entry.empty[part] && !isNamed) faults.push(`no statement that counts names its empty part ${part}`);
  }

  const root =
    entry.leaf === null || faults.length > 0
      ? null
      : rootOfPath(entry.leaf, proof.index, proof.size, bytesOf(proof.path));
  let verified = 0;
  let isForked = forksIn(checkpoints.valid).size > 0;
  let isUncompared = checkpoints.isUncompared;
  for (const checkpoint of checkpoints.valid) {
    if (checkpoint.size !== proof.size) {
      notes.push(
        `A checkpoint of size ${checkpoint.size} was not compared: the proof is of size ${proof.size}.`,
      );
      if (checkpoint.path !== null) isUncompared = true;
    } else if (root?.equals(checkpoint.root)) {
      verified += 1;
    } else {
      isForked = true;
    }
  }
  let verdict = 'intact';
  if (faults.length > 0) {
    verdict = 'altered';
    notes.unshift(`Entry ${seq} is altered: ${faults[0]}.`);
  } else if (isForked) {
    verdict = 'forked';
    notes.unshift('The path does not lead to the root that was signed, or two roots were.');
  } else if (verified === 0) {
    verdict = 'unverifiable';
    const why =
      keys.length === 0
        ? `No key of ${origin ?? 'its ledger'} is trusted`
        : `No checkpoint of size ${proof.size} counts`;
    notes.unshift(`${why}.`);
  }
  if (origin !== null) notes.push(`The ledger is ${origin}.`);
  notes.push('This is the proof of one entry; nothing is said about the others.');
  return {
    verdict,
    from: seq,
    to: seq,
    covered: verified > 0 ? proof.size : 0,
    totalRecords: 1,
    erased: faults.length === 0 && (entry.empty.actor || entry.empty.rest) ? 1 : 0,
    gaps: [],
    altered: faults.length > 0 ? [{ seq, why: faults[0] }] : [],
    checkpoints: { verified, absent: checkpoints.absent },
    root: root?.toString('hex') ?? null,
    firstBad: faults.length > 0 || isForked ? seq : null,
    isUncompared,
    notes,
  };
}

async function readProof(path) {
  const bytes = await readAll(path);
  const read = readLine(bytes);
  const value = read?.value;
  const isProof = read !== null && Object.entries(PROOF).every(([name, isRight]) => isRight(value[name]));
  if (!isProof) throw new CannotJudge(`${path} is no bundle, no archive segment and no proof of one entry.`);
  return read;
}

// ---------------------------------------------------------------------------------------------------- command line

/** Judges files as one history, or one proof. Throws CannotJudge where it cannot. */
export async function judge(paths, { vkeys = [], checkpoints = [] } = {}) {
  const trusted = vkeys.map(readVkey);
  const witnessed = checkpoints.flatMap(readWitness);
  const files = [];
  for (const path of paths) {
    const file = await survey(path);
    if (file !== null) {
      files.push(file);
      continue;
    }
    const proof = await readProof(path);
    if (paths.length > 1) throw new CannotJudge(`${path} is the proof of one entry: give it alone.`);
    return finish(judgeProof(proof, trusted, witnessed));
  }
  return finish(await new History(files, trusted).judge(witnessed));
}

function finish({ isUncompared, verdict, ...rest }) {
  const isValid = verdict === 'intact' || verdict === 'intact-from';
  const validStatus = isUncompared ? 2 : 0;
  return {
    status: isValid ? validStatus : 1,
    verdict: { verdict, isValid, ...rest, verifiedAt: Date.now() },
  };
}

function describe({
  verdict,
  from,
  to,
  covered,
  totalRecords,
  erased,
  checkpoints,
  root,
  altered,
  gaps,
  notes,
}) {
  const lines = [
    `${verdict}: entries ${from} to ${to}, ${totalRecords} read, ${erased} erased by statement`,
    `  signed up to entry ${covered}; checkpoints that agree: ${checkpoints.verified}, of no account: ${checkpoints.absent}`,
  ];
  if (root !== null) lines.push(`  root ${root}`);
  for (const { seq, why } of altered.slice(0, 10)) lines.push(`  altered ${seq}: ${why}`);
  for (const gap of gaps.slice(0, 10)) lines.push(`  missing ${gap.from} to ${gap.to}`);
  return [...lines, ...notes.map((note) => `  - ${note}`)].join('\n');
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        vkey: { type: 'string', multiple: true, default: [] },
        checkpoint: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new CannotJudge(`${error.message}. See --help.`);
  }
}

async function main() {
  try {
    const { values, positionals } = readArguments();
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    if (positionals.length === 0) throw new CannotJudge('Name the file to be verified. See --help.');
    const { status, verdict } = await judge(positionals, {
      vkeys: values.vkey,
      checkpoints: values.checkpoint,
    });
    console.log(values.json ? JSON.stringify(verdict) : describe(verdict));
    return status;
  } catch (error) {
    // A bug must not end as if something had been found.
    console.error(error instanceof CannotJudge ? error.message : error);
    return 2;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main();
}
