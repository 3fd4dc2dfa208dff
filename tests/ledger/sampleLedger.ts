/** A small ledger with everything in it, and the files that can be made of it, honest or not. */
import type { KeyObject } from 'node:crypto';
import {
  BundleSeal,
  checkpointLine,
  consistencyLine,
  entryLine,
  ledgerLine,
  statementLine,
} from '../../src/ledger/bundle.js';
import { checkpointText } from '../../src/ledger/checkpoint.js';
import type { Entry } from '../../src/ledger/entry.js';
import { ConsistencyPath, Frontier, InclusionPath, rootOf } from '../../src/ledger/merkle.js';
import {
  parseVerifierKey,
  rawPublicKey,
  signNote,
  type VerifierKey,
  verifierKeyText,
} from '../../src/ledger/note.js';
import type { Anchor } from '../../src/ledger/path.js';
import { proofText } from '../../src/ledger/proof.js';
import type { Ranges } from '../../src/ledger/ranges.js';
import { erasedText, prunedText } from '../../src/ledger/statement.js';
import { type Changes, knownKey, ORIGIN, sampleEntry, TENANT } from './samples.js';

export const KEY = knownKey('signing key');
export const NEXT_KEY = knownKey('next signing key');
export const STRANGE_KEY = knownKey("somebody else's key");

/** Entries 3 (actor), 5 and 6 (rest) were erased, as entry 8 says. */
export const ERASED: { seq: number; actor: Ranges; rest: Ranges } = {
  seq: 8,
  actor: [[3, 3]],
  rest: [[5, 6]],
};
export const SIZE = 10;

/** What is particular about some of the entries. */
const PARTICULARS: Record<number, Changes> = {
  1: {
    public: {
      category: 'SYSTEM',
      action: 'LEDGER_CREATED',
      verb: 'CREATE',
      actorType: 'system',
      entityType: null,
      channel: 'system',
    },
    actor: { actorPhone: 'SYSTEM' },
    rest: {},
  },
  2: {
    actor: {
      actorId: 'u3',
      actorName: 'Zoë Beispiel 🦊 (عينة)',
      actorPhone: '+493023125001',
      actorRole: 'OWNER',
    },
    rest: { description: 'Cafe\u0301 \u2028 "quoted" \\ back\tslash \u0001 \u007f', reason: '', status: 200 },
  },
  4: {
    public: {
      action: 'config.change',
      category: 'CONFIG',
      channel: 'http',
      entityType: 'setting',
      at: 1_767_600_123_456,
    },
    actor: { actorId: 'u1', ip: '192.0.2.7', scopes: '["audit:read"]', userAgent: 'example/1.0' },
    rest: { method: 'PUT', route: '/settings/:key', requestId: 'r-4', status: 204 },
  },
  7: { public: { outcome: 'denied', verb: 'READ' }, rest: { error: 'not allowed', status: -1 } },
  8: {
    public: {
      category: 'SYSTEM',
      action: 'SUBJECT_ERASED',
      verb: 'DELETE',
      actorType: 'system',
      entityType: 'audit',
      channel: 'cli',
    },
    actor: { actorPhone: 'SYSTEM' },
    rest: { metadata: '{"actor":[[3,3]],"count":3,"rest":[[5,6]]}' },
  },
};

export function particularEntry(seq: number, changes: Changes = {}): Entry {
  const usual = PARTICULARS[seq] ?? {};
  return sampleEntry(seq, { ...usual, ...changes, public: { ...usual.public, ...changes.public } });
}

/** The whole ledger before anything was erased. */
export function fullEntries(size = SIZE): Entry[] {
  return Array.from({ length: size }, (_, i) => particularEntry(i + 1));
}

export function strip(entry: Entry, part: 'actor' | 'rest'): Entry {
  return { ...entry, [part]: null, [`${part}Salt`]: null, erasedAt: 1_767_700_000_000 };
}

/** The ledger as it is after the erasure. */
export function erasedEntries(): Entry[] {
  return fullEntries().map((entry) => {
    const { seq } = entry.public;
    if (seq === 3) return strip(entry, 'actor');
    return seq === 5 || seq === 6 ? strip(entry, 'rest') : entry;
  });
}

export function vkey(key: KeyObject = KEY, origin = ORIGIN): VerifierKey {
  return parseVerifierKey(verifierKeyText(origin, rawPublicKey(key)));
}

export function leavesOf(entries: readonly Entry[]): Uint8Array[] {
  return entries.map(({ leaf }) => leaf);
}

/** Signed over the first `size` leaves, whatever they are. */
export function checkpointNote(
  leaves: readonly Uint8Array[],
  size: number,
  keys: KeyObject[] = [KEY],
): string {
  const text = checkpointText({ origin: ORIGIN, size, root: rootOf(leaves.slice(0, size)) });
  return sign(text, keys);
}

export function erasedNote(statement = ERASED, keys: KeyObject[] = [KEY], origin = ORIGIN): string {
  return sign(erasedText({ origin, ...statement }), keys);
}

export function prunedNote(leaves: readonly Uint8Array[], to: number, keys: KeyObject[] = [KEY]): string {
  return sign(prunedText({ origin: ORIGIN, to, root: rootOf(leaves.slice(0, to)) }), keys);
}

export function sign(text: string, keys: KeyObject[]): string {
  return signNote(
    text,
    keys.map((privateKey) => ({ name: ORIGIN, privateKey })),
  );
}

export function anchorAt(leaves: readonly Uint8Array[], size: number): Anchor {
  const frontier = new Frontier();
  for (const leaf of leaves.slice(0, size)) frontier.push(leaf);
  return { size, hashes: frontier.hashes() };
}

export function consistencyBetween(leaves: readonly Uint8Array[], from: number, to: number) {
  const path = new ConsistencyPath(from, to);
  for (const leaf of leaves.slice(0, to)) path.push(leaf);
  return { from, to, path: path.finish() };
}

export interface BundleParts {
  tenant: string;
  origin: string;
  vkeys: string[];
  from: number;
  to: number;
  anchor: Anchor | null;
  /** Entry lines, without line feeds. */
  entries: string[];
  statements: string[];
  checkpoints: string[];
  consistency: { from: number; to: number; path: Uint8Array[] }[];
}

/** What the honest bundle is made of; a dishonest one changes some of it. */
export function goodParts(): BundleParts {
  const entries = erasedEntries();
  const leaves = leavesOf(entries);
  return {
    tenant: TENANT,
    origin: ORIGIN,
    vkeys: [vkey().text],
    from: 1,
    to: SIZE,
    anchor: null,
    entries: entries.map(entryLine),
    statements: [erasedNote()],
    checkpoints: [0, 4, 8, SIZE].map((size) => checkpointNote(leaves, size)),
    consistency: [],
  };
}

/** The same after retention pruned entries 1 to 4; a checkpoint of size 3 was given to a witness. */
export function anchoredParts(): BundleParts {
  const parts = goodParts();
  const leaves = leavesOf(fullEntries());
  return {
    ...parts,
    from: 5,
    anchor: anchorAt(leaves, 4),
    entries: parts.entries.slice(4),
    statements: [...parts.statements, prunedNote(leaves, 4)],
    checkpoints: [3, ...[4, 8, SIZE]].map((size) => checkpointNote(leaves, size)),
    consistency: [consistencyBetween(leaves, 3, 4)],
  };
}

/** The lines of a bundle with their line feeds, with an end line that fits. */
export function bundleLines(parts: BundleParts): string[] {
  const seal = new BundleSeal();
  const lines = [
    ledgerLine(parts),
    ...parts.entries,
    ...parts.statements.map(statementLine),
    ...parts.checkpoints.map(checkpointLine),
    ...parts.consistency.map(consistencyLine),
  ].map((line) => seal.add(line));
  return [...lines, seal.end()];
}

export function bundleText(parts: BundleParts): string {
  return bundleLines(parts).join('');
}

/** A proof of one entry of the honest ledger, in its checkpoint of size 10. */
export function goodProof(seq: number, entry = erasedEntries()[seq - 1]!): string {
  const leaves = leavesOf(fullEntries());
  const path = new InclusionPath(seq - 1, SIZE);
  for (const leaf of leaves) path.push(leaf);
  return proofText({
    entry,
    size: SIZE,
    path: path.finish(),
    checkpoint: checkpointNote(leaves, SIZE),
    statements: [erasedNote()],
    vkeys: [vkey().text],
  });
}
