/** Reading the lines of a bundle, each for itself. */

import type { ConsistencyProof } from './agreement.js';
import { BUNDLE_FORMAT, type BundleEnd, type BundleHead } from './bundle.js';
import type { Entry } from './entry.js';
import { entryFromJson, hashFromHex, isObject } from './form.js';
import { parseStrict } from './json.js';
import { entryJson } from './text.js';

/** Something that stands where an entry should, and why it is none. */
export interface BrokenEntry {
  seq: number | null;
  why: string;
  leaf: Uint8Array | null;
}

export type BundleLine =
  | { type: 'ledger' }
  | { type: 'entry'; entry: Entry }
  | { type: 'broken-entry'; broken: BrokenEntry }
  | { type: 'statement'; note: string }
  | { type: 'checkpoint'; note: string }
  | { type: 'consistency'; proof: ConsistencyProof }
  | { type: 'end'; end: BundleEnd }
  /** Not a line of a bundle. */
  | { type: 'unknown'; why: string };

/** The first line, or why it is none. */
export function parseHead(text: string): BundleHead | string {
  const parsed = parseStrict(text, { integers: true });
  if (!parsed.ok) return `its first line cannot be read: ${parsed.why}`;
  const { value } = parsed;
  if (!isObject(value) || value.type !== 'ledger') return 'its first line is not a "ledger" line';
  if (value.format !== BUNDLE_FORMAT) return `its format is not ${BUNDLE_FORMAT}`;
  const { tenant, origin, vkeys, from, to } = value;
  if (typeof tenant !== 'string' || typeof origin !== 'string')
    return 'its first line names no tenant or no origin';
  if (!isStrings(vkeys)) return 'its first line has no list of verifier keys';
  if (!isCount(from) || from < 1 || !isCount(to))
    return 'its first line does not say from where to where it goes';
  const anchor = parseAnchor(value.anchor);
  if (anchor === undefined) return 'its first line has no proper anchor';
  return { tenant, origin, vkeys, from, to, anchor };
}

/** Any line after the first. */
export function parseLine(text: string): BundleLine {
  const quick = quickEntry(text);
  if (quick !== null) return { type: 'entry', entry: quick };
  const parsed = parseStrict(text, { integers: true });
  if (!parsed.ok) return unreadable(text, parsed.why);
  const { value } = parsed;
  if (!isObject(value)) return { type: 'unknown', why: 'a line is not an object' };
  switch (value.type) {
    case 'ledger':
      return { type: 'ledger' };
    case 'entry':
      return entryLineOf(value);
    case 'statement':
    case 'checkpoint':
      if (typeof value.note !== 'string') return { type: 'unknown', why: `a ${value.type} line has no note` };
      return { type: value.type, note: value.note };
    case 'consistency':
      return consistencyLineOf(value);
    case 'end':
      return endLineOf(value);
    default:
      return { type: 'unknown', why: 'a line is of no known type' };
  }
}

/**
 * What we have written ourselves renders to the very same text, so that nothing can have been repeated, hidden
 * or spelled otherwise in it; that is much cheaper than a strict parser.
 */
function quickEntry(text: string): Entry | null {
  if (!text.startsWith('{"type":"entry",')) return null;
  try {
    const { type: _type, ...value } = JSON.parse(text) as Record<string, unknown>;
    const entry = entryFromJson(value);
    return typeof entry !== 'string' && entryJson(entry) === text ? entry : null;
  } catch {
    return null;
  }
}

function entryLineOf(line: Record<string, unknown>): BundleLine {
  const { type: _type, ...value } = line;
  const entry = entryFromJson(value);
  return typeof entry === 'string' ? broken(line, entry) : { type: 'entry', entry };
}

function broken(value: Record<string, unknown>, why: string): BundleLine {
  const pub = value.public;
  const seq = isObject(pub) && isCount(pub.seq) ? pub.seq : null;
  return { type: 'broken-entry', broken: { seq, why, leaf: hashFromHex(value.leaf) } };
}

/** A line that two readers may see differently, or that is no JSON. It may still tell which entry it was. */
function unreadable(text: string, why: string): BundleLine {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && value.type === 'entry') return broken(value, why);
  } catch {
    // Told as `why`.
  }
  return { type: 'unknown', why: `a line cannot be read: ${why}` };
}

function consistencyLineOf({ from, to, path }: Record<string, unknown>): BundleLine {
  const hashes = parseHashes(path);
  if (!isCount(from) || !isCount(to) || hashes === null) {
    return { type: 'unknown', why: 'a consistency line has not its form' };
  }
  return { type: 'consistency', proof: { from, to, path: hashes } };
}

function endLineOf({ entries, statements, checkpoints, sha256 }: Record<string, unknown>): BundleLine {
  if (!isCount(entries) || !isCount(statements) || !isCount(checkpoints) || hashFromHex(sha256) === null) {
    return { type: 'unknown', why: 'the end line has not its form' };
  }
  return { type: 'end', end: { entries, statements, checkpoints, sha256: (sha256 as string).toLowerCase() } };
}

/** Undefined when it is none. */
function parseAnchor(value: unknown): BundleHead['anchor'] | undefined {
  if (value === null) return null;
  if (!isObject(value) || !isCount(value.size)) return undefined;
  const hashes = parseHashes(value.hashes);
  return hashes === null ? undefined : { size: value.size, hashes };
}

export function parseHashes(value: unknown): Buffer[] | null {
  if (!Array.isArray(value)) return null;
  const hashes = value.map(hashFromHex);
  return hashes.every((hash) => hash !== null) ? hashes : null;
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
