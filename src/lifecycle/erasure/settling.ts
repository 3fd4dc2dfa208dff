import type { AuditRecord } from '../../audit/record.js';
import { UserError } from '../../config/userError.js';
import { SPOOL_WAITS } from './refusals.js';

/** What was told to nobody yet gets into the ledger first: a flood's summary, and what waits for the database. */
export async function settle(record: AuditRecord): Promise<void> {
  record.logger.settle();
  await record.flush();
  if (record.status().spooled > 0) throw new UserError(SPOOL_WAITS);
}
