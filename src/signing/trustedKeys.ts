import { join } from 'node:path';
import { UserError } from '../config/userError.js';
import { parseVerifierKey, type VerifierKey } from '../ledger/note.js';
import { appendDurably, readIfThere } from './durableFile.js';

/**
 * keys.txt in the data directory: every verifier key of every ledger that was ever signed from here, one a line.
 * It is what `verify` trusts when no `--vkey` is given, and it lies outside the database on purpose.
 */
const keysPath = (dataDir: string): string => join(dataDir, 'keys.txt');

/** The trusted keys, of one ledger if `origin` is given, oldest first. */
export function readTrustedKeys(dataDir: string, origin?: string): VerifierKey[] {
  // What follows the last line end is a key that a crash left half-written; it is added again by whoever uses it.
  const lines = (readIfThere(keysPath(dataDir)) ?? '').split('\n').slice(0, -1);
  const keys = lines.filter((line) => line.trim() !== '').map((line) => parsed(line, dataDir));
  return keys.filter((key) => origin === undefined || key.name === origin);
}

function parsed(line: string, dataDir: string): VerifierKey {
  try {
    return parseVerifierKey(line);
  } catch (error) {
    throw new UserError({
      code: 'TRUSTED_KEYS_DAMAGED',
      message: `${keysPath(dataDir)} holds a line that is no verifier key: ${(error as Error).message}`,
      hint: 'Restore it from the backup of the data directory.',
    });
  }
}

/** Adds a key unless it is there. */
export function trustKey(dataDir: string, key: VerifierKey): void {
  if (readTrustedKeys(dataDir).some((known) => known.text === key.text)) return;
  appendDurably(keysPath(dataDir), `${key.text}\n`);
}
