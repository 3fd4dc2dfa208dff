import type { Membership } from '../access/membership.js';
import type { People } from '../access/people.js';
import type { Person } from '../access/person.js';
import type { Rule } from '../access/refusal.js';
import { isAtLeast, ROLES, type Role } from '../access/role.js';
import type { LimitRefusal, Limits } from '../guards/limits.js';
import type { Settings } from '../settings/settings.js';
import type { Command } from './command.js';
import type { Chat } from './message.js';

export interface Question {
  readonly person: Person;
  /** Null for what is no command that exists: it may be answered, but not without end. */
  readonly command: Command | null;
  readonly message: { readonly chat: Pick<Chat, 'id' | 'isGroup'> };
}

/** One rule that was asked, in order, with what it went by. */
export interface Step {
  readonly rule: Rule;
  readonly passed: boolean;
  /** The values at that time, in words. */
  readonly value: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Which one refused. */
  readonly rule: Rule | null;
  /** All that were asked: none after the one that refused. */
  readonly steps: readonly Step[];
  /** Who could, or how it could be allowed: a sentence. */
  readonly whoCould: string;
  readonly limit?: LimitRefusal;
}

/**
 * Whether the limits are asked, and used by it: `take` for somebody who does it, `look` for a question about it,
 * `skip` for the second half of something that was allowed before.
 */
export type HowToAsk = 'take' | 'look' | 'skip';

export interface PermissionParts {
  readonly settings: Settings;
  readonly membership: Membership;
  readonly limits: Limits;
  readonly people: People;
}

/**
 * Who may run what: active → whitelist → limit → role → direct chat. The first rule that says no decides. The same
 * rules answer somebody who does it and somebody who asks why.
 */
export class Permission {
  readonly #membership: Membership;
  readonly #limits: Limits;

  constructor({ membership, limits }: PermissionParts) {
    this.#membership = membership;
    this.#limits = limits;
  }

  async decide({ person, command, message }: Question, how: HowToAsk): Promise<Decision> {
    const steps: Step[] = [];
    const passes = (rule: Rule, passed: boolean, value: string): boolean => {
      steps.push({ rule, passed, value });
      return passed;
    };
    const refused = (rule: Rule, whoCould: string, limit?: LimitRefusal): Decision => ({
      allowed: false,
      rule,
      steps,
      whoCould,
      ...(limit !== undefined && { limit }),
    });

    if (!passes('active', person.isActive, person.isActive ? 'active' : 'deactivated'))
      return refused('active', 'An admin or owner can activate them again.');

    const list = whitelistStep(person, this.#membership.isWhitelistOn());
    if (!passes('whitelist', list.passed, list.value))
      return refused('whitelist', 'Whoever is on the whitelist; an admin can add people to it.');

    if (how !== 'skip') {
      const asked = { address: person.address, chatId: message.chat.id, isOwner: person.role === 'OWNER' };
      const limit = how === 'take' ? await this.#limits.take(asked) : await this.#limits.look(asked);
      if (!limit.allowed) {
        passes('limit', false, `the limit ${limit.limit}, ${limit.rate}, is used up`);
        return refused('limit', `Everybody, in ${seconds(limit.retryAfterMs)}.`, limit);
      }
      passes('limit', true, 'within the limits');
    }
    if (command === null) return { allowed: true, rule: null, steps, whoCould: 'Everybody.' };

    if (!passes('role', isAtLeast(person.role, command.role), `${person.role}; it takes ${command.role}`))
      return refused('role', `${thoseFrom(command.role)} may.`);

    if (command.isDirectOnly) {
      const { isGroup } = message.chat;
      const where = isGroup ? 'a group; it takes a direct chat' : 'a direct chat';
      if (!passes('direct-chat', !isGroup, where))
        return refused('direct-chat', 'The same people, in a direct chat with the bot.');
    }
    if (command.confirm !== undefined)
      passes('confirmation', true, 'may have to be confirmed with a code, within two minutes');
    return { allowed: true, rule: null, steps, whoCould: whoMayRun(command) };
  }

  /** The same question without using anything up: for `role why`. */
  explain(person: Person, command: Command, chat: Pick<Chat, 'id' | 'isGroup'>): Promise<Decision> {
    return this.decide({ person, command, message: { chat } }, 'look');
  }
}

/** Owners always pass: else a list without them could be switched off by nobody. */
export function whitelistStep(person: Person, isOn: boolean): { passed: boolean; value: string } {
  if (!isOn) return { passed: true, value: 'off' };
  if (person.isListed) return { passed: true, value: 'on, listed' };
  return person.role === 'OWNER'
    ? { passed: true, value: 'on, not listed, but an owner' }
    : { passed: false, value: 'on, not listed' };
}

const PLURALS: Record<Role, string> = {
  USER: 'users',
  OPERATOR: 'operators',
  ADMIN: 'admins',
  OWNER: 'owners',
};

/** Who has at least this role, in words. */
export function thoseFrom(role: Role): string {
  if (role === 'USER') return 'Everybody';
  const words = ROLES.filter((other) => isAtLeast(other, role)).map((other) => PLURALS[other]);
  const last = words.pop()!;
  const all = words.length === 0 ? last : `${words.join(', ')} and ${last}`;
  return all.charAt(0).toUpperCase() + all.slice(1);
}

/** In sentences. */
export function whoMayRun({ role, whoMay }: Command): string {
  return whoMay === null ? `${thoseFrom(role)} may.` : `${thoseFrom(role)} may. ${whoMay}`;
}

/** A wait in words, rounded up. */
export function seconds(ms: number): string {
  const count = Math.max(1, Math.ceil(ms / 1000));
  if (count < 100) return count === 1 ? 'a second' : `${count} seconds`;
  const minutes = Math.ceil(count / 60);
  return minutes < 100 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}
