import { existsSync } from 'node:fs';
import { demandBelonging, demandDatabaseFile, readInstallation } from '../audit/dataDirectory.js';
import { type LedgerHead, readHead } from '../audit/ledgerRows.js';
import type { Config } from '../config/config.js';
import { UserError } from '../config/userError.js';
import { originOf } from '../ledger/names.js';
import type { VerifierKey } from '../ledger/note.js';
import { readMemory } from '../signing/memory.js';
import { ledgerShrunk } from '../signing/signer.js';
import { readTrustedKeys } from '../signing/trustedKeys.js';
import type { Reads } from '../store/sql.js';
import type { Terminal } from './terminal.js';

/** The database opened for reading, for commands that must not create or change anything. */
export interface LedgerReader {
  reads: Reads;
  head: LedgerHead;
  /** The keys that the data directory vouches for. */
  keys: VerifierKey[];
  close(): Promise<void>;
}

/**
 * Opens what there is, or says how there could be something. A ledger that is smaller than what was signed can be read;
 * the terminal is told that nothing is written to it. Only who goes on to write gives none: it is refused there.
 */
export async function openLedgerReader(config: Config, terminal?: Terminal): Promise<LedgerReader> {
  const { database, tenant } = config;
  const absent = new UserError({
    code: 'NO_LEDGER',
    message: `There is no ledger of the tenant ${tenant} in ${config.databaseLabel} yet.`,
    hint: 'It is made by the first npm start, or the first event.',
    example: `echo '{"action":"CONFIG_CHANGE","actorPhone":"+12025550100"}' | reeve record`,
  });
  demandDatabaseFile(config.dataDir, database);
  if (database.kind === 'sqlite' && !existsSync(database.path)) throw absent;
  // Loaded here, for the database drivers take a moment: whoever only wants help does not wait for them.
  const { pendingMigrations } = await import('../store/migrate.js');
  const { Store } = await import('../store/store.js');
  const pending = await pendingMigrations(database);
  if (pending.length > 0) {
    throw new UserError({
      code: 'MIGRATION_NEEDED',
      message: `${config.databaseLabel} is older than this program: ${pending.join(', ')} is still to be applied.`,
      example: 'reeve migrate',
    });
  }
  const reads = Store.openReadOnly(database);
  try {
    demandBelonging(config.dataDir, await readInstallation(reads), database, config.instance);
    // Before the head: a bot that signs meanwhile must not look like a ledger that has shrunk.
    const signed = signedSize(config);
    const head = await readHead(reads, tenant);
    if (head === null) throw absent;
    if (signed > head.size) {
      const { message, hint } = ledgerShrunk(head.origin, head.size, signed);
      terminal?.stderr.write(`Nothing is written. ${message}\n${hint}\n`);
    }
    const keys = readTrustedKeys(config.dataDir, originOf(config.instance, tenant));
    return { reads, head, keys, close: () => reads.close() };
  } catch (error) {
    await reads.close();
    throw error;
  }
}

/** Where what was signed last cannot be read, only writing is refused. */
function signedSize({ dataDir, tenant }: Config): number {
  try {
    return readMemory(dataDir, tenant)?.size ?? 0;
  } catch {
    return 0;
  }
}
