/**
 * A host program with Reeve in it: a small stock keeper who takes orders on standard input, one a line:
 *
 *   put WHO ITEM COUNT     puts something on the shelf, or takes it away with a negative count
 *   look WHO               is refused to everybody but the keeper
 *   status                 says how the record is doing
 *
 *   npm run setup
 *   printf 'put +12025550100 tea 12\nlook +12025550101\nstatus\n' | node examples/embed/bot.js
 *   npx reeve verify
 *
 * In this checkout the name `reeve` leads to the checkout itself; in a project of yours, to the installed package.
 */
import { createInterface } from 'node:readline';
import { defineAction, openReeve } from 'reeve';
import { z } from 'zod';

const KEEPER = '+12025550100';

const stockChanged = defineAction({
  name: 'STOCK_CHANGED',
  category: 'ADMIN',
  verb: 'UPDATE',
  entityType: 'item',
  severity: 'notice',
  delivery: 'strict',
  description: 'Something was put on the shelf or taken from it',
  payload: z.object({ item: z.string(), before: z.number().int(), after: z.number().int().nonnegative() }),
  event: ({ item, before, after }) => ({
    entityId: item,
    description: `${item}: ${before} became ${after}`,
    before: { count: before },
    after: { count: after },
  }),
});

const reeve = await openReeve({ actions: [stockChanged] });
const { logger } = reeve.record;

// The host's own table, in the same database, so that a change and its entry can share a transaction.
await logger.transact(
  (tx) =>
    tx.$executeRaw`CREATE TABLE IF NOT EXISTS "Stock" ("item" TEXT PRIMARY KEY, "count" INTEGER NOT NULL)`,
);

/** The count and its entry change together. A count below zero is refused, and then neither has changed. */
function put(who, item, change) {
  return logger.transact(async (tx, record) => {
    const [row] = await tx.$queryRaw`SELECT "count" FROM "Stock" WHERE "item" = ${item}`;
    const before = Number(row?.count ?? 0);
    const after = before + change;
    await tx.$executeRaw`
      INSERT INTO "Stock" ("item", "count") VALUES (${item}, ${after})
        ON CONFLICT ("item") DO UPDATE SET "count" = ${after}`;
    const { seq } = await record(
      'STOCK_CHANGED',
      { item, before, after },
      { actor: who, channel: 'console' },
    );
    return `${item}: ${after} (case #${seq})`;
  });
}

/** A refusal is recorded too. Whoever keeps knocking becomes one entry and a count. */
async function look(who) {
  if (who === KEEPER) return 'everything is in order';
  const { status } = await logger.logPermissionDenied(
    { phoneNumber: who, userRole: 'USER', action: 'stock.look', reason: 'only the keeper looks' },
    { channel: 'console' },
  );
  return `refused (${status})`;
}

function status() {
  const { state, why, spooled } = reeve.record.status();
  return `the record is ${state}${why === null ? '' : ` (${why})`}, ${spooled} events wait in the spool`;
}

async function answer(line) {
  const [command, who, item, count] = line.trim().split(/\s+/);
  try {
    if (command === 'put') return await put(who, item, Number(count));
    if (command === 'look') return await look(who);
    if (command === 'status') return status();
    return `there is no ${command}`;
  } catch (error) {
    return `not done: ${error.message}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(await answer(line));
await reeve.close();
