import type { Membership } from '../access/membership.js';
import type { People } from '../access/people.js';
import { actorOf, type Performer, type Person } from '../access/person.js';
import type { EventContext } from '../audit/catalogue/action.js';
import type { Log } from '../config/log.js';
import type { IncomingMessage } from './message.js';
import { visible } from './tokens.js';

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
  const shown = sender.name === undefined ? '' : visible(sender.name).trim();
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
