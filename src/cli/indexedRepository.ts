import type { AuditRepository } from '../audit/repository.js';
import type { Config } from '../config/config.js';
import type { LedgerReader } from './ledgerReader.js';

/** The repository over a database opened for reading, with the index that searching and counting want. */
export async function openIndexedRepository(
  config: Config,
  { reads }: LedgerReader,
): Promise<AuditRepository & { close(): Promise<void> }> {
  const { AuditIndex } = await import('../audit/index/auditIndex.js');
  const { AuditRepository } = await import('../audit/repository.js');
  const { systemClock } = await import('../config/clock.js');
  const { database, dataDir, tenant } = config;
  const index = new AuditIndex({ database, dataDir, tenant }, reads);
  const repository = new AuditRepository({ reads, tenant, index, clock: systemClock });
  return Object.assign(repository, { close: () => index.close() });
}
