import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../config/userError.js';
import { isBusy } from '../store/failure.js';
import { PrismaWrites } from '../store/prismaWrites.js';
import type { Prisma, Store } from '../store/store.js';
import { appendDrafts, type LedgerIdentity, type Receipt } from './writer/commit.js';
import type { Draft } from './writer/draft.js';

/** Puts a draft into the ledger inside the open transaction. */
export type AppendInTransaction = (draft: Draft) => Promise<Receipt>;

/** How long a transaction of a host's own may stay open, holding the ledger's lock. */
const LONGEST_MS = 10_000;

/**
 * Runs a change and its events in one transaction: either all of it is there afterwards, or nothing, and the
 * caller gets the error. The ledger's head is locked first, so the numbers given to the events are final as soon
 * as the transaction commits, and a reader never sees the change without them.
 */
export async function transact<T>(
  store: Store,
  ledger: LedgerIdentity,
  lockWaitMs: number,
  work: (tx: Prisma.TransactionClient, append: AppendInTransaction) => Promise<T>,
): Promise<T> {
  return store.turns.run(async () => {
    const prisma = await store.prisma();
    const deadline = performance.now() + lockWaitMs;
    for (;;) {
      let begun = false;
      try {
        return await prisma.$transaction(
          async (tx) => {
            const writes = new PrismaWrites(tx, store.dialect);
            await appendDrafts(writes, ledger, [], false);
            begun = true;
            let open = true;
            const result = await work(tx, async (draft) => {
              if (!open) throw new UserError(TOO_LATE);
              return (await appendDrafts(writes, ledger, [draft], draft.mayRepeat))[0]!;
            });
            open = false;
            return result;
          },
          { maxWait: lockWaitMs, timeout: LONGEST_MS },
        );
      } catch (error) {
        // Only while nothing of the caller's has run may it be tried again.
        if (begun || !isBusy(error) || performance.now() >= deadline) throw error;
        await wait(5);
      }
    }
  });
}

const TOO_LATE = {
  code: 'TRANSACTION_OVER',
  message: 'record() was called after the transaction had ended.',
  hint: 'Await every record(…) inside the function given to transact.',
};
