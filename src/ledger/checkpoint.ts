/** Checkpoints (C2SP tlog-checkpoint): the ledger's key says which root the tree had at which size. */
import { HASH_BYTES } from './frontier.js';
import { openNote, type VerifierKey } from './note.js';
import { decodeBase64 } from './vkey.js';

export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

export function checkpointText(checkpoint: { origin: string; size: number; root: Uint8Array }): string {
  const { origin, size, root } = checkpoint;
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${size} is no tree size`);
  if (root.length !== HASH_BYTES) throw new RangeError('a root has 32 bytes');
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** Extension lines are never written, but tolerated when they are not empty. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.includes('')) return null;
  const [origin, sizeText, rootText] = lines;
  if (origin === undefined || sizeText === undefined || rootText === undefined) return null;
  const size = parseNumber(sizeText);
  const root = decodeBase64(rootText);
  if (size === null || root === null || root.length !== HASH_BYTES) return null;
  return { origin, size, root };
}

/** A checkpoint whose origin is the name of a trusted key that has signed it, or null. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): Checkpoint | null {
  const opened = openNote(note, keys);
  if (opened === null) return null;
  const checkpoint = parseCheckpoint(opened.text);
  return checkpoint !== null && opened.signedBy.some(({ name }) => name === checkpoint.origin)
    ? checkpoint
    : null;
}

/** Decimal, without sign or leading zero, up to 2^53 − 1. */
export function parseNumber(text: string): number | null {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
