import type { EventContext } from '../audit/catalogue/action.js';
import type { BuiltInPayloads } from '../audit/catalogue/catalogue.js';
import type { RecordInTransaction } from '../audit/logger.js';
import type { AuditRecord } from '../audit/record.js';
import { UserError } from '../config/userError.js';
import { failureKind } from '../store/failure.js';
import type { Prisma } from '../store/store.js';

/** What goes with a change: who wants it and where, why, and which earlier one it takes back. */
export interface Circumstances {
  /** Actor, channel, chat and message; without it the change is Reeve's own. */
  readonly context?: EventContext | undefined;
  /**
   * Asked in the change's transaction: throws where whoever wants it may not do so any more, and gives actor, channel,
   * chat and message as they are then.
   */
  readonly inside?: ((tx: Prisma.TransactionClient) => Promise<EventContext>) | undefined;
  readonly reason?: string | undefined;
  /** The number of the event whose change is taken back. */
  readonly undoes?: number | undefined;
}

/** The circumstances as an event of Reeve's own has them. */
export const OWN_CONTEXT: EventContext = { actor: 'SYSTEM', actorType: 'system', channel: 'system' };

/** The circumstances as an event has them, asked in its transaction. */
export async function contextIn(
  tx: Prisma.TransactionClient,
  { context, inside }: Circumstances,
): Promise<EventContext> {
  return inside === undefined ? (context ?? OWN_CONTEXT) : inside(tx);
}

/**
 * A change and its event in one transaction. Where the database is away the caller gets an answer to show, and
 * nothing is changed.
 */
export async function strictly<T>(
  record: AuditRecord,
  work: (tx: Prisma.TransactionClient, log: RecordInTransaction<BuiltInPayloads>) => Promise<T>,
): Promise<T> {
  try {
    return await record.logger.transact(work);
  } catch (error) {
    throw failureKind(error) === 'away' ? new UserError(AWAY) : error;
  }
}

const AWAY = {
  code: 'DATABASE_AWAY',
  message: 'The database does not answer, and nothing is changed that cannot be recorded.',
  hint: 'Try again in a minute.',
};
