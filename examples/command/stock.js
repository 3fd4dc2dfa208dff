/**
 * A command of one's own, which changes something of one's own and records that as an action of one's own. It goes
 * the same way as all others: it stands in `!help` for whoever may run it, a refusal says who could, and the change
 * and its entry commit together.
 */
import { defineAction, defineCommand, lines, optional, say, UserError, word } from 'reeve';
import { z } from 'zod';

export const stockChanged = defineAction({
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

/** How an argument is read, and what is said where it cannot be. */
const count = word((text) =>
  /^-?\d{1,6}$/.test(text)
    ? { ok: true, value: Number(text) }
    : { ok: false, rule: 'a whole number', example: '12' },
);

/** A mistake of whoever asked is told as it stands here; all else that goes wrong is answered with an apology. */
const notEnough = (item, before) =>
  new UserError({
    code: 'NOT_ENOUGH',
    message: `There is no more than ${before} of that on the shelf.`,
    example: `stock put ${item} -${before}`,
  });

/** The commands, for a record that knows the action. */
export const stockCommands = (record) => [
  defineCommand({
    name: 'stock put',
    group: 'Bot',
    summary: 'Puts something on the shelf, or takes it away',
    role: 'OPERATOR',
    args: { item: word(), count },
    leaves: { changes: 'STOCK_CHANGED' },
    examples: ['stock put tea 12', 'stock put tea -2'],
    handle: async ({ performer }, { item, count }) => {
      const change = await record.logger.transact(async (tx, log) => {
        await tx.$executeRaw`CREATE TABLE IF NOT EXISTS "Stock" ("item" TEXT PRIMARY KEY, "count" INTEGER NOT NULL)`;
        const [row] = await tx.$queryRaw`SELECT "count" FROM "Stock" WHERE "item" = ${item}`;
        const before = Number(row?.count ?? 0);
        const after = before + count;
        if (after < 0) throw notEnough(item, before);
        await tx.$executeRaw`
          INSERT INTO "Stock" ("item", "count") VALUES (${item}, ${after})
            ON CONFLICT ("item") DO UPDATE SET "count" = ${after}`;
        const { seq } = await log('STOCK_CHANGED', { item, before, after }, performer.context);
        return { seq, after };
      });
      return { text: say`${item}: ${change.after} on the shelf. Case #${change.seq}.` };
    },
  }),
  defineCommand({
    name: 'hello',
    group: 'Bot',
    summary: 'Says hello',
    role: 'USER',
    args: { to: optional(word()) },
    leaves: 'nothing',
    examples: ['hello', 'hello world'],
    handle: async ({ person, show }, { to }) => ({
      text: lines(say`Hello ${to ?? show(person)}!`, say`You are ${person.role} here.`),
    }),
  }),
];
