import { join } from 'node:path';
import { UserError } from '../config/userError.js';
import { Frontier } from '../ledger/merkle.js';
import { readIfThere, replaceDurably } from './durableFile.js';

/**
 * What the signer last signed, kept outside the database: whoever rewrites the database cannot make it forget.
 * The edge is enough to go on from; the note is kept so that a crash between this file and the database costs
 * no checkpoint.
 */
export interface SignerMemory {
  size: number;
  root: Buffer;
  edge: Buffer[];
  note: string;
}

export function memoryPath(dataDir: string, tenant: string): string {
  return join(dataDir, 'signer', `${tenant}.json`);
}

/** The memory, or null when nothing was ever signed here. A damaged one is an error, never forgotten. */
export function readMemory(dataDir: string, tenant: string): SignerMemory | null {
  const path = memoryPath(dataDir, tenant);
  const text = readIfThere(path);
  if (text === null) return null;
  try {
    const { size, root, edge, note } = JSON.parse(text) as {
      size: number;
      root: string;
      edge: string[];
      note: string;
    };
    const hashes = edge.map((hex) => Buffer.from(hex, 'hex'));
    const rootHash = Buffer.from(root, 'hex');
    if (!Number.isSafeInteger(size) || typeof note !== 'string') throw new Error('not a memory');
    if (!Frontier.fromAnchor(size, hashes).root().equals(rootHash)) throw new Error('edge and root disagree');
    return { size, root: rootHash, edge: hashes, note };
  } catch {
    throw new UserError({
      code: 'SIGNER_MEMORY_DAMAGED',
      message: `${path} is damaged: it no longer says what was signed last, so nothing more can be signed.`,
      hint: 'Restore it from the backup of the data directory; it is never rebuilt from the database.',
    });
  }
}

export function writeMemory(dataDir: string, tenant: string, memory: SignerMemory): void {
  const { size, root, edge, note } = memory;
  const text = JSON.stringify({
    size,
    root: root.toString('hex'),
    edge: edge.map((hash) => hash.toString('hex')),
    note,
  });
  replaceDurably(memoryPath(dataDir, tenant), `${text}\n`);
}
