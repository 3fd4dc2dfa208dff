import { join } from 'node:path';
import { parseVerifierKey, type VerifierKey } from '../ledger/note.js';
import { appendDurably, readIfThere } from './durableFile.js';

/**
 * keys.txt in the data directory: every verifier key of every ledger that was ever signed from here, one a line.
 * It is what `verify` trusts when no `--vkey` is given, and it lies outside the database on purpose.
 */
const keysPath = (dataDir: string): string => join(dataDir, 'keys.txt');

/** The trusted keys, of one ledger if `origin` is given, oldest first. */
export function readTrustedKeys(dataDir: string, origin?: string): VerifierKey[] {
  const lines = (readIfThere(keysPath(dataDir)) ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => parseVerifierKey(line)).filter((key) => origin === undefined || key.name === origin);
}

/** Adds a key unless it is there. */
export function trustKey(dataDir: string, key: VerifierKey): void {
  if (readTrustedKeys(dataDir).some((known) => known.text === key.text)) return;
  appendDurably(keysPath(dataDir), `${key.text}\n`);
}
