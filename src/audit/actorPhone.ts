import type { ActorType, Channel } from './catalogue/action.js';

/** What `actorPhone` may hold. It is empty in an erased entry, and in no other. */
const FORM = /^(?:\+[1-9]\d{6,14}|lid:\d{1,20}|console:local|SYSTEM)$/;

/** The same for a person. */
export const ACTOR_PHONE_FORMS =
  '"+" with 7 to 15 digits (E.164), "lid:" with digits, "console:local" or "SYSTEM"';

export const isActorPhone = (text: string): boolean => FORM.test(text);

interface Actor {
  id?: string | undefined;
  phone?: string | undefined;
  name?: string | undefined;
  role?: string | undefined;
}

/** Who acts where nobody says so: the system, unless somebody is named. */
export function actorTypeOf({ id, phone, name }: Actor): ActorType {
  const named = phone ?? id ?? name;
  return named === undefined || named === 'SYSTEM' ? 'system' : 'user';
}

/**
 * The actor with an address, whatever the caller knew. Whoever is known by id or name alone gets the address of what
 * spoke for them: the console they sit at, else the system; id and actor type tell that it was somebody. A text that
 * is no address is kept as what else they are known by: an event is never lost for it.
 */
export function withActorPhone(actor: Actor, actorType: ActorType, channel: Channel): Actor {
  const { phone } = actor;
  if (phone !== undefined && isActorPhone(phone)) return actor;
  const isAtConsole = channel === 'console' && actorType === 'user';
  const reached = { ...actor, phone: isAtConsole ? 'console:local' : 'SYSTEM' };
  if (phone === undefined || phone === '') return reached;
  if (actor.id === undefined) return { ...reached, id: phone };
  return { ...reached, name: actor.name ?? phone };
}
