import type { EventContext } from '../audit/catalogue/action.js';
import type { Circumstances } from '../settings/strictly.js';
import type { Address } from './address.js';
import type { Role } from './role.js';

/** Somebody, as far as Reeve knows them. Whoever it knows nothing about is an active USER. */
export interface Person {
  /** Null while nothing about them is stored. */
  readonly id: string | null;
  /** The phone where it is known, else the LID, else `console:local`. */
  readonly address: Address;
  readonly name: string | null;
  readonly role: Role;
  readonly isActive: boolean;
  /** On the whitelist. */
  readonly isListed: boolean;
  /** Meant by their name alone, which is what they call themselves: anybody can have any. */
  readonly isMeantByName?: boolean;
}

/** Who asks for a change, and by which message. What has none is Reeve's own doing. */
export interface Performer {
  readonly person: Person;
  /** Actor, channel, chat and message of the event that comes of it. */
  readonly context: EventContext;
  /** Throws, in a change's transaction, where they may not make it any more; see `Circumstances`. */
  readonly inside?: Circumstances['inside'];
}

/** What goes with every change: who wanted it, why, and which earlier one it takes back. */
export interface ChangeOptions {
  readonly performedBy?: Performer | undefined;
  readonly reason?: string | undefined;
  readonly undoes?: number | undefined;
}

/** What a change to somebody came to. */
export interface PersonChange {
  /** The number of its event. */
  readonly case: number;
  readonly before: Person;
  readonly after: Person;
}

/** The actor of an event: who it was, in which role at the time. */
export function actorOf(person: Person): { id?: string; phone: string; name?: string; role: string } {
  const { id, address, name, role } = person;
  return { ...(id !== null && { id }), phone: address, ...(name !== null && { name }), role };
}
