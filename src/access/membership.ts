import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { whitelistEnabled } from '../settings/builtIn.js';
import type { Settings } from '../settings/settings.js';
import { type Address, LOCAL } from './address.js';
import { readAppointed, writeAppointed } from './appointed.js';
import { type Change, change, recordedTarget } from './change.js';
import { alreadySo, movedOn, notUp, whitelistEmpty } from './mistakes.js';
import { tidyName } from './name.js';
import type { People } from './people.js';
import type { ChangeOptions, Person, PersonChange } from './person.js';
import { countActiveOwners, readPerson } from './personTable.js';
import { isAtLeast, type Role } from './role.js';
import { activationRefusal, roleChangeRefusal, standingRefusal, whitelistRefusal } from './rules.js';
import { writePerson } from './writePerson.js';

export interface MembershipParts {
  readonly record: AuditRecord;
  readonly people: People;
  readonly settings: Settings;
  readonly clock: Clock;
}

export interface MemberChangeOptions extends ChangeOptions {
  /** What a gateway shows as the name of whom it is about; kept where none is stored. */
  readonly called?: string | undefined;
}

export interface RoleChangeOptions extends MemberChangeOptions {
  /** Only if this is still their role: what was decided about an OPERATOR is not done to an ADMIN. */
  readonly from?: Role | undefined;
}

/**
 * Who belongs to whom: roles, the whitelist, and who is switched off. Each change and its event are committed
 * together, and the rules are asked in that same transaction: of two who act at once the second one meets what the
 * first one left. Without `performedBy` a change is Reeve's own and recorded as made by SYSTEM.
 *
 * @example
 * const { case: number } = await membership.promoteToOperator('+12025550100', { performedBy, reason: 'on call' });
 */
export class Membership {
  readonly #parts: MembershipParts;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  promoteToOperator(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeRole(target, 'OPERATOR', options, 'up');
  }

  promoteToAdmin(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeRole(target, 'ADMIN', options, 'up');
  }

  promoteToOwner(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeRole(target, 'OWNER', options, 'up');
  }

  demoteToUser(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.changeRole(target, 'USER', options);
  }

  /** Up or down, by any number of steps. */
  changeRole(target: Address, newRole: Role, options: RoleChangeOptions = {}): Promise<PersonChange> {
    return this.#changeRole(target, newRole, options);
  }

  addToWhitelist(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeListing(target, true, options);
  }

  removeFromWhitelist(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeListing(target, false, options);
  }

  /** From now on everybody, or only who is on the list. A list with nobody on it would shut the bot for all. */
  async switchWhitelist(on: boolean, options: ChangeOptions = {}): Promise<{ readonly case: number }> {
    const { settings } = this.#parts;
    const done = await change(this.#parts, options, async (under) => {
      const refusal =
        under.actor === null ? null : standingRefusal(under.actor, 'switches the whitelist on and off');
      if (refusal !== null) throw refusal;
      if ((await settings.getIn(under.tx, whitelistEnabled)) === on)
        throw alreadySo(`The whitelist is ${on ? 'on' : 'off'}`);
      if (on && (await under.tx.user.count({ where: { tenant: under.tenant, listed: true } })) === 0)
        throw whitelistEmpty();
      await settings.setIn(under.tx, whitelistEnabled, on);
      return { case: await under.log('WHITELIST_CHANGE', { ...under.by, change: on ? 'on' : 'off' }) };
    });
    await settings.refresh();
    return done;
  }

  /** Throws what switching it would: so that nobody confirms in vain. */
  async demandSwitchable(on: boolean): Promise<void> {
    if (this.isWhitelistOn() === on) throw alreadySo(`The whitelist is ${on ? 'on' : 'off'}`);
    if (on && (await this.whitelist()).length === 0) throw whitelistEmpty();
  }

  deactivate(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeActivation(target, false, options);
  }

  activate(target: Address, options: MemberChangeOptions = {}): Promise<PersonChange> {
    return this.#changeActivation(target, true, options);
  }

  /**
   * Keeps the name that a gateway shows for somebody, where something is kept about them at all. It is what they
   * call themselves and no more, so it leaves no event.
   */
  async rename(target: Address, name: string): Promise<void> {
    const { record, people, clock } = this.#parts;
    const tidy = tidyName(name);
    const person = await people.find(target);
    if (tidy === '' || person.id === null || person.name === tidy) return;
    await record.store.transaction((tx) =>
      tx.run(`UPDATE "User" SET "name" = ?, "updatedAt" = ? WHERE "tenant" = ? AND "address" = ?`, [
        tidy,
        clock.now(),
        record.ledger.tenant,
        person.address,
      ]),
    );
  }

  isWhitelistOn(): boolean {
    return this.#parts.settings.get(whitelistEnabled);
  }

  /** Who is on it. */
  async whitelist(): Promise<Person[]> {
    return (await this.#parts.people.list()).filter(({ isListed }) => isListed);
  }

  /**
   * Makes active OWNERs of those whom the configuration names. Somebody it named before and whom people have demoted
   * or deactivated since stays so, unless `again`: a restart must not undo what an OWNER decided.
   */
  async appoint(addresses: readonly Address[], { again = false } = {}): Promise<void> {
    await change(this.#parts, { reason: 'Named in REEVE_OWNERS' }, async (under) => {
      const before = await readAppointed(under);
      for (const address of addresses)
        if (again || !before.includes(address)) await appointOne(under, address);
      await writeAppointed(under, before, addresses);
    });
  }

  /** Makes an active OWNER of whoever sits at the console: they hold the database and the key as well. */
  async appointLocal(): Promise<void> {
    await change(this.#parts, { reason: 'Sits at the console' }, (under) => appointOne(under, LOCAL));
  }

  #changeRole(
    address: Address,
    newRole: Role,
    { from, called, ...options }: RoleChangeOptions,
    direction?: 'up',
  ): Promise<PersonChange> {
    return change(this.#parts, options, async (under) => {
      const { actor, before, activeOwners } = await this.#standing(under, address);
      const refusal = roleChangeRefusal({ actor, target: before, newRole, activeOwners });
      if (refusal !== null) throw refusal;
      if (before.role === newRole) throw alreadySo(`This person is ${newRole}`);
      if (from !== undefined && before.role !== from) throw movedOn(from, before.role);
      if (direction === 'up' && isAtLeast(before.role, newRole)) throw notUp(before.role, newRole);
      const after = await writePerson(under, before.address, { role: newRole, ...nameFor(before, called) });
      const number = await under.log('ROLE_CHANGE', {
        ...under.by,
        targetUser: recordedTarget({ ...before, name: after.name }),
        oldRole: before.role,
        newRole,
      });
      return { case: number, before, after };
    });
  }

  #changeListing(
    address: Address,
    listed: boolean,
    { called, ...options }: MemberChangeOptions,
  ): Promise<PersonChange> {
    return change(this.#parts, options, async (under) => {
      const before = await readPerson(under.reads, under.tenant, address);
      const refusal = whitelistRefusal(under.actor, before, listed);
      if (refusal !== null) throw refusal;
      if (before.isListed === listed)
        throw alreadySo(`This person is ${listed ? '' : 'not '}on the whitelist`);
      const after = await writePerson(under, before.address, { listed, ...nameFor(before, called) });
      if (!listed) await writeLids(under, before.address, { listed });
      const number = await under.log('WHITELIST_CHANGE', {
        ...under.by,
        change: listed ? 'added' : 'removed',
        targetUser: recordedTarget({ ...before, name: after.name }),
      });
      return { case: number, before, after };
    });
  }

  #changeActivation(
    address: Address,
    active: boolean,
    { called, ...options }: MemberChangeOptions,
  ): Promise<PersonChange> {
    return change(this.#parts, options, async (under) => {
      const { actor, before, activeOwners } = await this.#standing(under, address);
      const refusal = activationRefusal({ actor, target: before, active, activeOwners });
      if (refusal !== null) throw refusal;
      if (before.isActive === active) throw alreadySo(`This person is ${active ? '' : 'de'}activated`);
      const after = await writePerson(under, before.address, { active, ...nameFor(before, called) });
      if (active) await writeLids(under, before.address, { active });
      const number = await under.log('USER_ACTIVATION_CHANGE', {
        ...under.by,
        targetUser: recordedTarget({ ...before, name: after.name }),
        active,
      });
      return { case: number, before, after };
    });
  }

  /** What the rules are asked about, as it is inside of the change. */
  async #standing(under: Change, address: Address) {
    const { reads, tenant, actor } = under;
    const before = await readPerson(reads, tenant, address);
    return { actor, before, activeOwners: await countActiveOwners(reads, tenant) };
  }
}

/** The name to be stored with a change, where none is yet. */
function nameFor({ name }: Person, called: string | undefined): { readonly name?: string } {
  const tidy = tidyName(called ?? '');
  return name !== null || tidy === '' ? {} : { name: tidy };
}

/** What a LID was before it belonged to this phone would come back if the link went. */
async function writeLids(
  { tx, tenant, now }: Change,
  phone: Address,
  news: { readonly active: true } | { readonly listed: false },
): Promise<void> {
  const links = await tx.lidLink.findMany({ where: { tenant, phone, trusted: true } });
  if (links.length === 0) return;
  await tx.user.updateMany({
    where: { tenant, address: { in: links.map(({ lid }) => lid) } },
    data: { ...news, updatedAt: BigInt(now) },
  });
}

async function appointOne(under: Change, address: Address): Promise<void> {
  const before = await readPerson(under.reads, under.tenant, address);
  if (before.role !== 'OWNER') {
    await writePerson(under, before.address, { role: 'OWNER' });
    const roles = { oldRole: before.role, newRole: 'OWNER' };
    await under.log('ROLE_CHANGE', { ...under.by, targetUser: recordedTarget(before), ...roles });
  }
  if (!before.isActive) {
    await writePerson(under, before.address, { active: true });
    const targetUser = recordedTarget(before);
    await under.log('USER_ACTIVATION_CHANGE', { ...under.by, targetUser, active: true });
  }
}
