import type { Address } from '../../access/address.js';
import type { ChangeOptions, Person } from '../../access/person.js';
import type { Refusal } from '../../access/refusal.js';
import { isAtLeast, type Role, roleNamed } from '../../access/role.js';
import { activationRefusal, roleChangeRefusal, whitelistRefusal } from '../../access/rules.js';
import type { AuditItem } from '../../audit/reading/item.js';
import type { CommandContext } from '../command.js';
import { say, type Text } from '../text.js';

/** Somebody, and how they stand once it is taken back, in words that follow a colon. */
export interface Concern {
  readonly who: Address;
  readonly word: Text;
}

/** How one change is taken back. */
export interface Inverse {
  /** What will be, and what was done, in words that follow a colon. */
  readonly will: Text;
  readonly did: Text;
  /** So much that it has to be confirmed, as the change itself would be. */
  readonly isWeighty: boolean;
  /** Who is told of it. */
  readonly concerns: Concern | null;
  run(options: ChangeOptions): Promise<{ readonly case: number }>;
}

/** How changes of one action are taken back. */
interface Kind {
  /** The command that could make the change: whoever may run it may take the change back. */
  readonly command: string;
  /**
   * Else that the state is not what the change left any more, or in words why it cannot be taken back. Refuses
   * (throws) where the rules would, before anybody is asked to confirm.
   */
  make(item: AuditItem, context: CommandContext): Promise<Inverse | 'moved-on' | string>;
}

type States = Readonly<Record<string, unknown>>;

const stateOf = (json: string | null): States => (json === null ? {} : (JSON.parse(json) as States));

/** Every action that can be taken back, by its name. */
export const INVERSES: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['ROLE_CHANGE', { command: 'role promote', make: ofRole }],
  ['WHITELIST_CHANGE', { command: 'whitelist add', make: ofWhitelist }],
  ['USER_ACTIVATION_CHANGE', { command: 'user deactivate', make: ofActivation }],
  ['CONFIG_CHANGE', { command: 'config set', make: ofSetting }],
  ['IDENTITY_LINK_CHANGE', { command: 'role link', make: ofLink }],
  ['SAVED_SEARCH_CHANGE', { command: 'audit save', make: ofSearch }],
]);

async function ofRole(item: AuditItem, context: CommandContext): ReturnType<Kind['make']> {
  const before = roleNamed(String(stateOf(item.before).role));
  const after = roleNamed(String(stateOf(item.after).role));
  const who = await concerned(item, context);
  if (before === null || after === null || who === null) return 'it does not say who it was about';
  if (who.role !== after) return 'moved-on';
  const { person: actor, services } = context;
  const activeOwners = (await services.people.owners()).length;
  demand(roleChangeRefusal({ actor, target: who, newRole: before, activeOwners }));
  const shown = context.show(who);
  return {
    will: say`${shown} will be ${before} (is ${after})`,
    did: say`${shown} is ${before} again`,
    isWeighty: before === 'OWNER' || isLossOfPower(after, before),
    concerns: { who: who.address, word: say`you are ${before} again` },
    run: (options) =>
      context.services.membership.changeRole(who.address, before, { ...options, from: after }),
  };
}

const isLossOfPower = (from: Role, to: Role): boolean => isAtLeast(from, 'ADMIN') && !isAtLeast(to, from);

async function ofWhitelist(item: AuditItem, context: CommandContext): ReturnType<Kind['make']> {
  const { membership } = context.services;
  const { enabled, listed } = stateOf(item.after);
  if (typeof enabled === 'boolean') {
    if (membership.isWhitelistOn() !== enabled) return 'moved-on';
    const state = enabled ? 'off' : 'on';
    return {
      will: enabled
        ? say`the whitelist will be off, and I answer everybody`
        : say`the whitelist will be on, and I answer only those on it`,
      did: say`the whitelist is ${state} again`,
      isWeighty: true,
      concerns: null,
      run: (options) => membership.switchWhitelist(!enabled, options),
    };
  }
  const who = await concerned(item, context);
  if (typeof listed !== 'boolean' || who === null) return 'it does not say who it was about';
  if (who.isListed !== listed) return 'moved-on';
  demand(whitelistRefusal(context.person, who, !listed));
  const shown = context.show(who);
  return {
    will: listed ? say`${shown} leaves the whitelist` : say`${shown} comes back to the whitelist`,
    did: listed ? say`${shown} is off the whitelist again` : say`${shown} is on the whitelist again`,
    isWeighty: false,
    concerns: null,
    run: (options) =>
      listed
        ? membership.removeFromWhitelist(who.address, options)
        : membership.addToWhitelist(who.address, options),
  };
}

async function ofActivation(item: AuditItem, context: CommandContext): ReturnType<Kind['make']> {
  const { membership } = context.services;
  const { active } = stateOf(item.after);
  const who = await concerned(item, context);
  if (typeof active !== 'boolean' || who === null) return 'it does not say who it was about';
  if (who.isActive !== active) return 'moved-on';
  const activeOwners = (await context.services.people.owners()).length;
  demand(activationRefusal({ actor: context.person, target: who, active: !active, activeOwners }));
  const shown = context.show(who);
  return {
    will: active ? say`${shown} will be deactivated, and gets no answers` : say`${shown} will be active`,
    did: active ? say`${shown} is deactivated again` : say`${shown} is active again`,
    isWeighty: active && isAtLeast(who.role, 'ADMIN'),
    concerns: active ? null : { who: who.address, word: say`you are active again` },
    run: (options) =>
      active ? membership.deactivate(who.address, options) : membership.activate(who.address, options),
  };
}

async function ofSetting(item: AuditItem, context: CommandContext): ReturnType<Kind['make']> {
  const { settings } = context.services;
  const key = item.entityId ?? '';
  const known = settings.list().find(({ setting }) => setting.key === key);
  if (known === undefined) return 'there is no such setting any more';
  if (known.setting.isSecret) return 'the value before it is a secret, which the record does not hold';
  const before = stateOf(item.before)[key];
  const after = stateOf(item.after)[key];
  if (typeof before !== 'string' || typeof after !== 'string') return 'the value before it was not kept';
  if (known.setting.format(known.value) !== after) return 'moved-on';
  const isDefault = known.setting.format(known.setting.default) === before;
  return {
    will: say`${key} will be ${before} (is ${after})`,
    did: say`${key} is ${before} again`,
    isWeighty: false,
    concerns: null,
    run: ({ performedBy, undoes }) => {
      const circumstances = { ...performedBy, undoes, from: after };
      return isDefault ? settings.unset(key, circumstances) : settings.set(key, before, circumstances);
    },
  };
}

async function ofLink(item: AuditItem, context: CommandContext): ReturnType<Kind['make']> {
  const { identities } = context.services;
  const lid = item.entityId;
  const { phone: before } = stateOf(item.before);
  const { phone: after } = stateOf(item.after);
  if (lid === null) return 'it does not say which LID it was about';
  if ((await identities.phoneOf(lid)) !== (after ?? null)) return 'moved-on';
  const whose = typeof before === 'string' ? context.show(before) : say`nobody`;
  return {
    will: say`${context.show(lid)} will belong to ${whose}`,
    did: say`${context.show(lid)} belongs to ${whose} again`,
    isWeighty: true,
    concerns: null,
    run: (asked) => {
      const options = { ...asked, from: typeof after === 'string' ? after : null };
      return typeof before === 'string'
        ? identities.link(lid, before, options)
        : identities.unlink(lid, options);
    },
  };
}

async function ofSearch(item: AuditItem, context: CommandContext): ReturnType<Kind['make']> {
  const { searches } = context.services;
  const name = item.entityId ?? '';
  const { query: before } = stateOf(item.before);
  const { query: after } = stateOf(item.after);
  const owner = item.actorPhone ?? '';
  if (owner !== context.person.address) return 'it is a search of somebody else';
  const known = (await searches.list(owner)).find((search) => search.name === name);
  if ((known?.query ?? null) !== (after ?? null)) return 'moved-on';
  return {
    will: say`the search ${name} will be as it was`,
    did: typeof before === 'string' ? say`the search ${name} is as it was` : say`the search ${name} is gone`,
    isWeighty: false,
    concerns: null,
    run: (asked) => {
      const options = { ...asked, from: typeof after === 'string' ? after : null };
      return typeof before === 'string'
        ? searches.save(owner, name, before, options)
        : searches.drop(owner, name, options);
    },
  };
}

function demand(refusal: Refusal | null): void {
  if (refusal !== null) throw refusal;
}

/** Whom a change was about: the address that is the entity of its event. */
async function concerned(item: AuditItem, { services }: CommandContext): Promise<Person | null> {
  return item.entityId === null ? null : services.people.find(item.entityId);
}
