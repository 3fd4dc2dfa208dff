import { addressKind, parseAddress } from '../../access/address.js';
import { alreadySo, notDown, notUp } from '../../access/mistakes.js';
import type { Person } from '../../access/person.js';
import { above, below, isAtLeast, ROLES, type Role, roleNamed } from '../../access/role.js';
import { roleChangeRefusal } from '../../access/rules.js';
import { UserError } from '../../config/userError.js';
import { type Argument, named, optional, person, rest, word } from '../argument.js';
import { type Command, type CommandContext, defineCommand } from '../command.js';
import type { Decision } from '../permission.js';
import type { Reply } from '../reply.js';
import { bold, code, lines, opening, say, type Text } from '../text.js';
import { doneReply, isOneself, NAMES_ARE_CHEAP, performerAfter, telling } from './changed.js';
import { peopleList, personCard } from './personCard.js';

/** A role by its name in any case, of those that can stand there. */
function role(...roles: readonly Role[]): Argument<Role> {
  const names = roles.map((one) => one.toLowerCase());
  return word((text) => {
    const found = roleNamed(text);
    return found !== null && roles.includes(found)
      ? { ok: true, value: found }
      : { ok: false, rule: `one of ${names.join(', ')}`, example: names[0]! };
  }, names);
}

const list = defineCommand({
  name: 'role list',
  group: 'People',
  summary: 'Who has which role',
  role: 'OPERATOR',
  args: { role: optional(role(...ROLES)) },
  leaves: 'nothing',
  examples: ['role list', 'role list admin'],
  async handle(context, { role }) {
    const people = await context.services.people.list(role ?? undefined);
    const shown = role === null ? ROLES.filter((one) => one !== 'USER').reverse() : [role];
    const parts = shown.flatMap((one) => {
      const having = people.filter((somebody) => somebody.role === one);
      return having.length === 0 ? [] : [say`${bold(one)} (${having.length})`, peopleList(context, having)];
    });
    const users = role === null && say`Everybody else is ${bold('USER')}.`;
    return {
      text: parts.length === 0 ? say`Nobody is ${role ?? 'more than USER'}.` : lines(...parts, users),
    };
  },
});

const show = defineCommand({
  name: 'role show',
  group: 'People',
  summary: 'Which role somebody has, and what you could make them',
  role: 'OPERATOR',
  args: { person: optional(person()) },
  leaves: 'nothing',
  examples: ['role show @Bo', 'role show +12025550101', 'role show me'],
  handle: async (context, values) => ({ text: await personCard(context, values.person ?? context.person) }),
});

const why = defineCommand({
  name: 'role why',
  group: 'People',
  summary: 'Whether somebody may run a command here, and which rule decides it',
  role: 'OPERATOR',
  args: { person: person(), command: rest('command') },
  leaves: 'nothing',
  examples: ['role why @Bo audit list', 'role why me config set'],
  async handle({ services, message, prefix, show }, { person, command: written }) {
    const text = written.startsWith(prefix) ? written.slice(prefix.length) : written;
    const matched = services.commands.match(text.trim());
    if (!('command' in matched)) throw noCommand(matched.nearest);
    const { command } = matched;
    const decision = await services.permission.explain(person, command, message.chat);
    const may = decision.allowed ? 'may run' : 'may not run';
    return {
      text: lines(
        say`${opening(show(person))} ${bold(may)} ${code(prefix + command.name)} in this chat.`,
        stepsOf(decision),
        !decision.allowed && decision.whoCould,
        decision.allowed && command.whoMay,
      ),
    };
  },
});

/** All rules that were asked, in order: the last one of a refusal is the one that decided. */
function stepsOf({ steps }: Decision): Text {
  return lines(...steps.map(({ rule, passed, value }) => say`${passed ? '✓' : '✗'} ${rule}: ${value}`));
}

function noCommand(nearest: Command | null): UserError {
  return new UserError({
    code: 'UNKNOWN_COMMAND',
    message: 'There is no such command to ask about.',
    hint: nearest === null ? 'The command help names them all.' : `Did you mean ${nearest.name}?`,
    example: `role why me ${nearest?.name ?? 'audit list'}`,
  });
}

interface RoleValues {
  readonly person: Person;
  readonly role: Role | null;
  readonly reason: string | null;
}

/** Which role it will be, where it may be done. The rules are asked once more when it is done. */
async function planned(
  { person: actor, services }: CommandContext,
  { person: target, role }: RoleValues,
  direction: 'up' | 'down',
): Promise<Role> {
  const newRole = role ?? (direction === 'up' ? above(target.role) : below(target.role)) ?? target.role;
  const activeOwners = (await services.people.owners()).length;
  const refusal = roleChangeRefusal({ actor, target, newRole, activeOwners });
  if (refusal !== null) throw refusal;
  if (newRole === target.role) throw alreadySo(`This person is ${newRole}`);
  if ((direction === 'up') !== isAtLeast(newRole, target.role))
    throw direction === 'up' ? notUp(target.role, newRole) : notDown(target.role, newRole);
  return newRole;
}

async function changeRole(
  context: CommandContext,
  values: RoleValues,
  direction: 'up' | 'down',
): Promise<Reply> {
  const newRole = await planned(context, values, direction);
  const { person: target, reason } = values;
  const { services, performer, prefix, show } = context;
  const change = await services.membership.changeRole(target.address, newRole, {
    performedBy: performer,
    reason: reason ?? undefined,
    from: target.role,
    called: target.name ?? undefined,
  });
  const was = `(was ${change.before.role})`;
  const done = say`${show(change.after)} is now ${bold(newRole)} ${was}.`;
  const told = (who: Text) =>
    say`${who} made you ${bold(newRole)} ${was}. ${code(`${prefix}help`)} shows what you may do.`;
  const actor = performerAfter(context, change);
  const activeOwners = (await services.people.owners()).length;
  const back = { actor, target: change.after, newRole: change.before.role, activeOwners };
  return {
    ...doneReply(context, done, change.case, { canTakeBack: roleChangeRefusal(back) === null }),
    tell: telling(context, change, told, reason),
  };
}

const promote = defineCommand({
  name: 'role promote',
  group: 'People',
  summary: 'Gives somebody a higher role: one step, or the one you name',
  role: 'ADMIN',
  whoMay: 'ADMINs make OPERATORs, OWNERs raise everybody. Nobody raises themselves.',
  args: { person: person(), role: optional(role('OPERATOR', 'ADMIN', 'OWNER')), reason: optional(named()) },
  leaves: { changes: 'ROLE_CHANGE' },
  examples: ['role promote @Bo', 'role promote +12025550101 admin reason:"takes over from Ana"'],
  async confirm(context, values) {
    const newRole = await planned(context, values, 'up');
    const { person } = values;
    if (newRole !== 'OWNER' && !person.isMeantByName) return null;
    return lines(
      say`${context.show(person)}, now ${person.role}, will be ${bold(newRole)}.`,
      newRole === 'OWNER' && 'An OWNER may do everything, also take that role from you.',
      person.isMeantByName && NAMES_ARE_CHEAP,
    );
  },
  handle: (context, values) => changeRole(context, values, 'up'),
});

const demote = defineCommand({
  name: 'role demote',
  group: 'People',
  summary: 'Gives somebody a lower role: one step, or the one you name',
  role: 'ADMIN',
  whoMay: 'ADMINs lower OPERATORs, OWNERs everybody. One active OWNER always stays.',
  args: { person: person(), role: optional(role('USER', 'OPERATOR', 'ADMIN')), reason: optional(named()) },
  leaves: { changes: 'ROLE_CHANGE' },
  examples: ['role demote @Bo', 'role demote +12025550101 user reason:"left the company"'],
  async confirm(context, values) {
    const newRole = await planned(context, values, 'down');
    const { person } = values;
    if (!isAtLeast(person.role, 'ADMIN')) return null;
    return lines(
      isOneself(context, person.address)
        ? say`You, now ${person.role}, will be ${bold(newRole)}, and cannot give it back to yourself.`
        : say`${context.show(person)}, now ${person.role}, will be ${bold(newRole)}.`,
    );
  },
  handle: (context, values) => changeRole(context, values, 'down'),
});

const lid: Argument<string> = word((text) => {
  const address = parseAddress(text);
  return address !== null && addressKind(address) === 'lid'
    ? { ok: true, value: address }
    : { ok: false, rule: 'a LID, "lid:" and its digits', example: 'lid:100200300' };
});

const link = defineCommand({
  name: 'role link',
  group: 'People',
  summary: 'Says which phone a WhatsApp LID belongs to: they are one person from then on',
  role: 'OWNER',
  args: { lid, phone: person(), reason: optional(named()) },
  leaves: { changes: 'IDENTITY_LINK_CHANGE' },
  examples: ['role link lid:100200300 +12025550101'],
  async confirm({ show }, { lid, phone }) {
    if (!isAtLeast(phone.role, 'ADMIN') && !phone.isMeantByName) return null;
    return lines(
      say`Whoever writes from ${show(lid)} will be ${show(phone)}, with all that ${phone.role === 'USER' ? 'a' : 'an'} ${bold(phone.role)} may do.`,
      phone.isMeantByName && NAMES_ARE_CHEAP,
    );
  },
  async handle(context, { lid, phone, reason }) {
    const { services, performer, show } = context;
    const options = { performedBy: performer, reason: reason ?? undefined };
    const change = await services.identities.link(lid, phone.address, options);
    const before = change.before === null ? '' : say` It was ${show(change.before)}.`;
    const done = say`${show(lid)} is now ${show(phone)}, as ${bold(phone.role)}.${before}`;
    const told = (who: Text) =>
      say`${who} linked a WhatsApp LID to your number: it counts as you from now on.`;
    const concerned = { case: change.case, before: phone, after: phone };
    return { ...doneReply(context, done, change.case), tell: telling(context, concerned, told, reason) };
  },
});

/** Roles, and who somebody is. */
export const roleCommands: readonly Command[] = [list, show, why, promote, demote, link];
