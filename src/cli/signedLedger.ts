import type { SignedLedger } from '../audit/export/bundle.js';
import { readHead } from '../audit/ledgerRows.js';
import type { Reeve } from '../compose.js';
import type { Config } from '../config/config.js';
import { openExistingReeve } from './existingReeve.js';

/** The ledger with a fresh checkpoint over all of it, for exports that must prove themselves. */
export async function openSignedLedger(config: Config): Promise<SignedLedger & { reeve: Reeve }> {
  const reeve = await openExistingReeve(config);
  try {
    const checkpoint = await reeve.record.sign();
    const reads = reeve.record.store.read;
    const head = (await readHead(reads, config.tenant))!;
    return { reeve, reads, head, checkpoint };
  } catch (error) {
    await reeve.close();
    throw error;
  }
}
