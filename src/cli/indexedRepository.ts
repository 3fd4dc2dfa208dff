import { AuditIndex } from '../audit/index/auditIndex.js';
import { AuditRepository } from '../audit/repository.js';
import { systemClock } from '../config/clock.js';
import type { Config } from '../config/config.js';
import type { LedgerReader } from './ledgerReader.js';

/** The repository over a database opened for reading, with the index that searching and counting want. */
export async function openIndexedRepository(
  config: Config,
  { reads }: LedgerReader,
): Promise<AuditRepository & { close(): Promise<void> }> {
  const { database, dataDir, tenant } = config;
  const index = new AuditIndex({ database, dataDir, tenant }, reads);
  const repository = new AuditRepository({ reads, tenant, index, clock: systemClock });
  return Object.assign(repository, { close: () => index.close() });
}
