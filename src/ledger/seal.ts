/**
 * Sealing an entry and checking the seal: commitments to the two private parts, and the leaf over the public
 * part that holds them. A million-row verification does this a million times, so nothing here allocates that
 * need not: `crypto.hash` in one go is half the price of `createHash`, and a string result a third of a Buffer.
 */
import { hash } from 'node:crypto';
import type { Entry } from './entry.js';
import { isCommitment, publicProblem, uncleanField } from './form.js';
import { HASH_BYTES } from './frontier.js';
import { actorText, publicText, restText } from './text.js';

export { entryFromJson } from './form.js';
export { actorText, entryJson, publicText, publicTextAround, restText } from './text.js';

export const SALT_BYTES = 32;

const LEAF_PREFIX = '\u0000';
const COMMITMENT_PREFIX = 2;
const TEXT_AT = 1 + SALT_BYTES;

let scratch = Buffer.alloc(0);
/** Making a view costs more than filling it, and lengths repeat. */
let views: Uint8Array[] = [];
const VIEWS_UP_TO = 4096;
grow(16 * 1024);

function grow(bytes: number): void {
  scratch = Buffer.alloc(bytes);
  scratch[0] = COMMITMENT_PREFIX;
  views = [];
}

/** Commits to a private part: lower-case hex of SHA-256(0x02 ‖ salt ‖ text). */
export function commit(salt: Uint8Array, partText: string): string {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`);
  const most = TEXT_AT + partText.length * 3;
  if (most > scratch.length) grow(most * 2);
  scratch.set(salt, 1);
  const length = TEXT_AT + scratch.write(partText, TEXT_AT);
  if (length > VIEWS_UP_TO) return hash('sha256', scratch.subarray(0, length), 'hex');
  let view = views[length];
  if (view === undefined) {
    view = scratch.subarray(0, length);
    views[length] = view;
  }
  return hash('sha256', view, 'hex');
}

/** SHA-256(0x00 ‖ text): where the entry stands in the tree. */
export function leafHash(publicText: string): Buffer {
  return Buffer.from(leafBinary(publicText), 'binary');
}

function leafBinary(publicText: string): string {
  return hash('sha256', LEAF_PREFIX + publicText, 'binary');
}

/** Why the entry is *altered* (its form, its leaf, its commitments), or null. A stripped part is no problem here. */
export function entryProblem(entry: Entry, tenant: string): string | null {
  return examine(entry, tenant, Buffer.alloc(HASH_BYTES), 0);
}

/**
 * The same, and the leaf as it is recomputed goes to `leaves` at `at`. Where the public part is too broken to
 * have a text, the stored leaf stands in; the entry is reported in any case.
 */
export function examine(entry: Entry, tenant: string, leaves: Buffer, at: number): string | null {
  const { public: pub, leaf } = entry;
  const form = publicProblem(pub, tenant);
  try {
    leaves.write(leafBinary(publicText(pub)), at, 'binary');
  } catch {
    leaves.fill(0, at, at + HASH_BYTES);
    if (isBytes(leaf, HASH_BYTES)) leaves.set(leaf, at);
  }
  if (form !== null) return form;
  if (!isBytes(leaf, HASH_BYTES)) return 'leaf is not 32 bytes';
  for (let i = 0; i < HASH_BYTES; i += 1) {
    if (leaf[i] !== leaves[at + i]) return 'the public part does not match the leaf';
  }
  if (entry.erasedAt !== null && !Number.isSafeInteger(entry.erasedAt)) return 'erasedAt is not an integer';
  return (
    partProblem('actor', entry.actor, entry.actorSalt, actorText, pub.actorCommitment) ??
    partProblem('rest', entry.rest, entry.restSalt, restText, pub.restCommitment)
  );
}

function partProblem<Part extends object>(
  name: string,
  part: Part | null,
  salt: Uint8Array | null,
  textOf: (part: Part) => string,
  commitment: string,
): string | null {
  if (part === null) {
    if (salt !== null) return `${name} is empty, but its salt is there`;
    return isCommitment(commitment) ? null : `${name}Commitment is not 64 lower-case hex digits`;
  }
  if (salt === null) return `${name} is there, but its salt is not`;
  if (!isBytes(salt, SALT_BYTES)) return `${name}Salt is not ${SALT_BYTES} bytes`;
  let text: string;
  try {
    text = textOf(part);
  } catch {
    return `${name} holds a value of the wrong type`;
  }
  // Rare: only control characters and lone surrogates are written as \u….
  if (text.includes('\\u')) {
    const unclean = uncleanField(part);
    if (unclean !== null) return `${name}.${unclean} holds U+0000 or a lone surrogate`;
  }
  return commit(salt, text) === commitment ? null : `${name} does not match its commitment`;
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}
