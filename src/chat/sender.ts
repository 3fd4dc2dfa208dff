import type { Membership } from '../access/membership.js';
import { tidyName } from '../access/name.js';
import type { People } from '../access/people.js';
import { actorOf, type Performer, type Person } from '../access/person.js';
import { readPerson } from '../access/personTable.js';
import { standingRefusal } from '../access/rules.js';
import type { EventContext } from '../audit/catalogue/action.js';
import type { AuditRecord } from '../audit/record.js';
import type { Log } from '../config/log.js';
import { PrismaWrites } from '../store/prismaWrites.js';
import type { Prisma } from '../store/store.js';
import type { Command } from './command.js';
import type { IncomingMessage } from './message.js';

/** Who wrote a message, under the name that their gateway shows for them. */
export async function senderOf(
  { sender }: IncomingMessage,
  {
    people,
    membership,
    log,
  }: { readonly people: People; readonly membership: Membership; readonly log: Log },
): Promise<Person> {
  const person = await people.find(sender.address);
  const shown = tidyName(sender.name ?? '');
  if (shown === '' || shown === person.name) return person;
  // Of whom something is stored the name is kept as well, so that others can be asked about by it.
  if (person.id !== null)
    await membership.rename(person.address, shown).catch((error: unknown) => {
      log.debug({ err: error }, 'a name could not be kept');
    });
  return { ...person, name: shown };
}

/** Where a message was written, and by which address, for the events that come of it. */
export const circumstances = ({ channel, chat, key, sender }: IncomingMessage): EventContext => ({
  actor: { phone: sender.address },
  actorType: 'user',
  channel,
  chatId: chat.id,
  messageKey: key,
});

/** Whoever wrote a message as the one who does what it says. */
export function performerOf(message: IncomingMessage, person: Person): Performer {
  return { person, context: { ...circumstances(message), actor: actorOf(person) } };
}

/**
 * The same for a command, whose rule about roles is asked once more in the transaction of each change: between the
 * question whether somebody may and what they do, somebody else may have taken their role.
 */
export function performerFor(
  { name, role }: Pick<Command, 'name' | 'role'>,
  { person, context }: Performer,
  { store, ledger }: AuditRecord,
): Performer {
  const inside = async (tx: Prisma.TransactionClient) => {
    const reads = new PrismaWrites(tx, store.dialect);
    const now = await readPerson(reads, ledger.tenant, person.address);
    const refusal = standingRefusal(now, `runs ${name}`, role);
    if (refusal !== null) throw refusal;
    return { ...context, actor: { ...actorOf(person), ...actorOf(now) } };
  };
  return { person, context, inside };
}
