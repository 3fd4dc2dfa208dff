import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { isBusy } from '../store/failure.js';
import { PrismaWrites } from '../store/prismaWrites.js';
import type { Prisma, PrismaClient, Store } from '../store/store.js';
import { Misuse } from './misuse.js';
import { appendDrafts, type LedgerIdentity, type Receipt } from './writer/commit.js';
import type { Draft } from './writer/draft.js';

/** Puts a draft into the ledger inside the open transaction. */
export type AppendInTransaction = (draft: Draft) => Promise<Receipt>;

/** How long a transaction of a host's own may stay open, holding the ledger's lock. */
const LONGEST_MS = 10_000;

/** The transaction in which a chain of calls has its beginning. */
interface Scope {
  readonly store: Store;
  open: boolean;
}

const scopes = new AsyncLocalStorage<Scope>();

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
  longestMs = LONGEST_MS,
): Promise<T> {
  // It would wait for the turn that its own caller holds.
  const around = scopes.getStore();
  if (around?.store === store && around.open) throw new Misuse(NESTED);
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
            const scope: Scope = { store, open: true };
            const append: AppendInTransaction = async (draft) => {
              if (!scope.open) throw new Misuse(TOO_LATE);
              return (await appendDrafts(writes, ledger, [draft], draft.mayRepeat))[0]!;
            };
            try {
              return await within(
                longestMs,
                scopes.run(scope, () => work(tx, append)),
              );
            } finally {
              scope.open = false;
            }
          },
          { maxWait: lockWaitMs, timeout: longestMs + 1000 },
        );
      } catch (error) {
        await rollBack(store, prisma);
        // Only while nothing of the caller's has run may it be tried again.
        if (begun || !isBusy(error) || performance.now() >= deadline) throw error;
        await wait(5 + Math.random() * 10);
      }
    }
  });
}

/** Prisma's own limit ends the transaction, but goes on waiting for work that never ends. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Misuse(tooLong(ms))), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** After a COMMIT that SQLite refuses Prisma takes the transaction for ended, but it is open and holds the lock. */
async function rollBack(store: Store, prisma: PrismaClient): Promise<void> {
  if (store.dialect !== 'sqlite') return;
  await prisma.$executeRawUnsafe('ROLLBACK').catch(() => {
    // There was nothing left to roll back.
  });
}

const NESTED = {
  code: 'TRANSACTION_IN_TRANSACTION',
  message: 'transact() was called inside the function given to transact().',
  hint: 'Pass `tx` and `record` on to what is called there: it is one transaction.',
};

const tooLong = (ms: number) => ({
  code: 'TRANSACTION_TOO_LONG',
  message: `The function given to transact() was not done after ${ms} ms, so its change was undone.`,
  hint: 'Ask other services before or after the transaction: the whole ledger waits while it is open.',
});

const TOO_LATE = {
  code: 'TRANSACTION_OVER',
  message: 'record() was called after the transaction had ended.',
  hint: 'Await every record(…) inside the function given to transact.',
};
