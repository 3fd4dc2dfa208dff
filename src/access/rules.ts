import { addressKind } from './address.js';
import type { Person } from './person.js';
import { Refusal } from './refusal.js';
import { isAtLeast, type Role } from './role.js';

/**
 * Who may change whom. Nobody acts on an equal or a higher role, except that an OWNER may act on OWNERs and on
 * themselves; nobody promotes themselves; only an OWNER makes ADMINs and OWNERs; and there is always one active
 * OWNER left. Pure: who asks here hands in what is true at that moment.
 *
 * Without an actor it is Reeve's own doing (the configuration's, a host's), for which only those rules hold that are
 * about the one it is done to.
 */
export interface RoleChange {
  readonly actor: Person | null;
  readonly target: Person;
  readonly newRole: Role;
  readonly activeOwners: number;
}

export function roleChangeRefusal({ actor, target, newRole, activeOwners }: RoleChange): Refusal | null {
  if (actor !== null) {
    const standing = standingRefusal(actor, 'changes roles');
    if (standing !== null) return standing;
    if (isSame(actor, target)) {
      if (!isAtLeast(target.role, newRole)) return NOBODY_RISES();
      if (actor.role !== 'OWNER') return NOT_ONESELF();
    }
    const higher = higherRefusal(actor, target);
    if (higher !== null) return higher;
    if (isAtLeast(newRole, 'ADMIN') && actor.role !== 'OWNER')
      return new Refusal(
        'only-owners-make',
        `Only an OWNER makes somebody ${newRole}.`,
        'An OWNER can do it.',
      );
  }
  if (newRole !== 'USER' && addressKind(target.address) === 'lid')
    return new Refusal(
      'unresolved-lid',
      'Nobody knows yet which phone this LID belongs to, and such a LID is never more than USER.',
      'An OWNER can say which phone it is, with role link, and then give the role.',
    );
  return newRole === 'OWNER' ? null : lastOwnerRefusal(target, activeOwners);
}

export interface ActivationChange {
  readonly actor: Person | null;
  readonly target: Person;
  readonly active: boolean;
  readonly activeOwners: number;
}

export function activationRefusal({ actor, target, active, activeOwners }: ActivationChange): Refusal | null {
  if (actor !== null) {
    const refusal =
      standingRefusal(actor, 'switches people on and off') ??
      (isSame(actor, target) && actor.role !== 'OWNER' ? NOT_ONESELF() : higherRefusal(actor, target));
    if (refusal !== null) return refusal;
  }
  return active ? null : lastOwnerRefusal(target, activeOwners);
}

/** Putting somebody on the list takes nothing from anybody; taking somebody off it does. */
export function whitelistRefusal(actor: Person | null, target: Person, listed: boolean): Refusal | null {
  if (actor === null) return null;
  const standing = standingRefusal(actor, 'changes the whitelist');
  return standing ?? (listed || isSame(actor, target) ? null : higherRefusal(actor, target));
}

/** Whether somebody may do what ADMINs do at all. */
export function standingRefusal(actor: Person, what: string, least: Role = 'ADMIN'): Refusal | null {
  if (!actor.isActive)
    return new Refusal('active', 'Whoever is deactivated changes nothing.', 'An ADMIN can activate them.');
  if (isAtLeast(actor.role, least)) return null;
  return new Refusal('role', `An ${least} ${what}; a ${actor.role} does not.`, `An ${least} can do it.`);
}

function isSame(one: Person, other: Person): boolean {
  return one.address === other.address;
}

function higherRefusal(actor: Person, target: Person): Refusal | null {
  if (actor.role === 'OWNER' || !isAtLeast(target.role, actor.role)) return null;
  return new Refusal(
    'equal-or-higher',
    actor.role === target.role
      ? `One ${actor.role} does not act on another.`
      : `An ${actor.role} does not act on an ${target.role}, who stands higher.`,
    'An OWNER can do it.',
  );
}

export function lastOwnerRefusal(
  target: Pick<Person, 'role' | 'isActive'>,
  activeOwners: number,
): Refusal | null {
  if (target.role !== 'OWNER' || !target.isActive || activeOwners > 1) return null;
  return new Refusal(
    'last-owner',
    'This is the last active OWNER, and there must always be one.',
    'It works once somebody else is an OWNER as well.',
  );
}

const NOBODY_RISES = () =>
  new Refusal('own-role', 'Nobody raises their own role.', 'Somebody with a higher role can do it.');

const NOT_ONESELF = () =>
  new Refusal('own-role', 'Only an OWNER steps down or switches themselves off.', 'An OWNER can do it.');
