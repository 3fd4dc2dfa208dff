import { Refusal } from '../../access/refusal.js';
import { isAtLeast } from '../../access/role.js';
import type { AuditItem } from '../../audit/reading/item.js';
import { UserError } from '../../config/userError.js';
import { word } from '../argument.js';
import { type CommandContext, defineCommand } from '../command.js';
import { thoseFrom } from '../permission.js';
import { shownTo } from '../show.js';
import { opening, say } from '../text.js';
import { itemOf } from './audit/around.js';
import { type Concern, INVERSES, type Inverse } from './inverses.js';
import { readCase } from './readCase.js';

export const undo = defineCommand({
  name: 'undo',
  group: 'Order',
  summary: 'Takes back a change to a role, the whitelist, a setting, a link or a saved search',
  role: 'ADMIN',
  whoMay: 'Whoever could make the change may take it back.',
  leaves: { changes: [...INVERSES.keys()] },
  args: { case: word(readCase) },
  examples: ['undo 1234'],
  confirm: async (context, { case: number }) => {
    const inverse = await inverseOf(context, number);
    if (!inverse.isWeighty) return null;
    return say`This takes back #${number}: ${inverse.will}.`;
  },
  handle: async (context, { case: number }) => {
    const inverse = await inverseOf(context, number);
    const done = await inverse.run({ performedBy: context.performer, undoes: number });
    return {
      text: say`#${number} is taken back as #${done.case}: ${inverse.did}.`,
      tell: inverse.concerns === null ? [] : [await told(context, number, done.case, inverse.concerns)],
    };
  },
});

/** Tells the person concerned how they stand now. */
async function told(context: CommandContext, number: number, by: number, { who, word }: Concern) {
  const person = await context.services.people.find(who);
  const actor = shownTo({ person, isGroup: false })(context.person);
  return { to: who, text: opening(say`${actor} took #${number} back: ${word}. Case #${by}.`) };
}

/** How a case is taken back; refuses where it cannot be, or not any more, or not by this person. */
async function inverseOf(context: CommandContext, number: number): Promise<Inverse> {
  const { services, person, prefix } = context;
  const item = await itemOf(context, number);
  const kind = INVERSES.get(item.action);
  if (kind === undefined) throw cannotBe(number, `its action is ${item.action}`);
  if (item.outcome !== 'success')
    throw cannotBe(number, `it ended as ${item.outcome}, so nothing was changed by it`);
  if (item.erasedAt !== null) throw cannotBe(number, 'what it was about has been erased');
  const role = services.commands.named(kind.command)?.role ?? 'OWNER';
  if (!isAtLeast(person.role, role))
    throw new Refusal(
      'role',
      `You are ${person.role}; to take #${number} back takes ${role}, as the change did.`,
      `${thoseFrom(role)} may.`,
    );
  const undone = await undoneBy(context, item);
  if (undone !== null)
    throw new UserError({
      code: 'ALREADY_UNDONE',
      message: `#${number} was taken back before, as #${undone}.`,
      hint: `To have it again, take #${undone} back.`,
      example: `${prefix}undo ${undone}`,
    });
  const inverse = await kind.make(item, context);
  if (inverse === 'moved-on')
    throw new UserError({
      code: 'MOVED_ON',
      message: `What #${number} changed has been changed again since, so taking it back would undo that as well.`,
      hint: 'Make the change you want as a new one.',
    });
  if (typeof inverse === 'string') throw cannotBe(number, inverse);
  return inverse;
}

/** The number of the event that took a case back, and was not taken back itself. */
async function undoneBy({ services }: CommandContext, { seq, action }: AuditItem): Promise<number | null> {
  const { store, ledger } = services.record;
  const rows = await store.read.all<{ seq: number; metadata: string }>(
    `SELECT "seq", "metadata" FROM "AuditLog" WHERE "tenant" = ? AND "action" = ? AND "seq" > ?
       AND "outcome" = 'success' AND "metadata" LIKE '%"undoes":%' ORDER BY "seq"`,
    [ledger.tenant, action, seq],
  );
  const undoes = new Map(rows.map((row) => [undoesOf(row.metadata), row.seq]));
  return undoes.get(seq) ?? null;
}

function undoesOf(metadata: string): number | null {
  const { undoes } = JSON.parse(metadata) as { undoes?: unknown };
  return typeof undoes === 'number' ? undoes : null;
}

function cannotBe(number: number, why: string): UserError {
  return new UserError({
    code: 'CANNOT_BE_UNDONE',
    message: `#${number} cannot be taken back: ${why}.`,
    hint: 'What can be: changes of roles, of the whitelist, of who is active, of settings, links and saved searches.',
  });
}
