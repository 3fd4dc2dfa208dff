/**
 * Statements: signed notes that vouch for what retention and erasure took away. An entry alone would not do,
 * since whoever can write to the database can write an entry.
 */
import { parseNumber } from './checkpoint.js';
import { HASH_BYTES } from './frontier.js';
import { openNote, type VerifierKey } from './note.js';
import type { Ranges } from './ranges.js';
import { decodeBase64 } from './vkey.js';

/** Entries 1 … `to` were deleted by retention; the tree had that root at size `to`. */
export interface PrunedStatement {
  kind: 'pruned';
  origin: string;
  to: number;
  root: Buffer;
}

/** The parts of these entries were emptied, as the SUBJECT_ERASED entry number `seq` says. */
export interface ErasedStatement {
  kind: 'erased';
  origin: string;
  seq: number;
  actor: Ranges;
  rest: Ranges;
}

export type Statement = PrunedStatement | ErasedStatement;

export function prunedText(statement: { origin: string; to: number; root: Uint8Array }): string {
  const { origin, to, root } = statement;
  if (!Number.isSafeInteger(to) || to < 1) throw new RangeError(`entry ${to} cannot be the last one pruned`);
  if (root.length !== HASH_BYTES) throw new RangeError('a root has 32 bytes');
  return `${origin}/pruned\n${to}\n${Buffer.from(root).toString('base64')}\n`;
}

export function erasedText(statement: { origin: string; seq: number; actor: Ranges; rest: Ranges }): string {
  const { origin, seq, actor, rest } = statement;
  const text = `${origin}/erased\n${seq}\nactor ${rangesText(actor)}\nrest ${rangesText(rest)}\n`;
  if (parseStatement(text) === null) {
    throw new RangeError(`ranges are ascending, do not meet, and lie below the number of the entry, ${seq}`);
  }
  return text;
}

export function parseStatement(text: string): Statement | null {
  const lines = text.split('\n');
  if (lines.pop() !== '') return null;
  const [head, number, ...rest] = lines;
  const slash = head?.lastIndexOf('/') ?? -1;
  if (head === undefined || number === undefined || slash < 1) return null;
  const origin = head.slice(0, slash);
  const seq = parseNumber(number);
  if (seq === null || seq < 1) return null;
  switch (head.slice(slash)) {
    case '/pruned':
      return parsePruned(origin, seq, rest);
    case '/erased':
      return parseErased(origin, seq, rest);
    default:
      return null;
  }
}

/** A statement about the ledger whose name is that of a trusted key that has signed it, or null. */
export function openStatement(note: string, keys: readonly VerifierKey[]): Statement | null {
  const opened = openNote(note, keys);
  if (opened === null) return null;
  const statement = parseStatement(opened.text);
  return statement !== null && opened.signedBy.some(({ name }) => name === statement.origin)
    ? statement
    : null;
}

function parsePruned(origin: string, to: number, lines: string[]): PrunedStatement | null {
  const root = decodeBase64(lines[0] ?? '');
  if (lines.length !== 1 || root === null || root.length !== HASH_BYTES) return null;
  return { kind: 'pruned', origin, to, root };
}

function parseErased(origin: string, seq: number, lines: string[]): ErasedStatement | null {
  const [actorLine, restLine, ...more] = lines;
  if (more.length > 0 || !actorLine?.startsWith('actor ') || !restLine?.startsWith('rest ')) return null;
  const actor = parseRanges(actorLine.slice('actor '.length), seq);
  const rest = parseRanges(restLine.slice('rest '.length), seq);
  return actor === null || rest === null ? null : { kind: 'erased', origin, seq, actor, rest };
}

/** `3-5,9`, or `-` for none. */
export function rangesText(ranges: Ranges): string {
  if (ranges.length === 0) return '-';
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

function parseRanges(text: string, below: number): Ranges | null {
  if (text === '-') return [];
  const ranges: Ranges = [];
  let last = 0;
  for (const piece of text.split(',')) {
    const [fromText, toText = fromText, ...more] = piece.split('-');
    const from = parseNumber(fromText ?? '');
    const to = parseNumber(toText ?? '');
    if (more.length > 0 || from === null || to === null) return null;
    if (from <= last || to < from || to >= below) return null;
    ranges.push([from, to]);
    last = to;
  }
  return ranges;
}
