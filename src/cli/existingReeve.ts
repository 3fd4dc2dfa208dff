import type { Reeve } from '../compose.js';
import type { Config } from '../config/config.js';
import { openLedgerReader } from './ledgerReader.js';

/** Opens for writing what is there already: a command that is about a ledger makes none where there is none. */
export async function openExistingReeve(config: Config): Promise<Reeve> {
  await (await openLedgerReader(config)).close();
  const { openReeve } = await import('../compose.js');
  return openReeve({ config });
}
