import { alreadySo } from '../../access/mistakes.js';
import type { Person } from '../../access/person.js';
import { isAtLeast } from '../../access/role.js';
import { activationRefusal } from '../../access/rules.js';
import { named, optional, person } from '../argument.js';
import { type Command, type CommandContext, defineCommand } from '../command.js';
import type { Reply } from '../reply.js';
import { bold, lines, say, type Text } from '../text.js';
import { doneReply, isOneself, NAMES_ARE_CHEAP, performerAfter, telling } from './changed.js';
import { personCard } from './personCard.js';

const show = defineCommand({
  name: 'user show',
  group: 'People',
  summary: 'What is known of somebody',
  role: 'ADMIN',
  args: { person: optional(person()) },
  leaves: 'nothing',
  examples: ['user show @Bo', 'user show +12025550101'],
  handle: async (context, values) => ({ text: await personCard(context, values.person ?? context.person) }),
});

interface ActivationValues {
  readonly person: Person;
  readonly reason: string | null;
}

/** Throws where it may not be done. The rules are asked once more when it is done. */
async function demandPossible(
  { person: actor, services }: CommandContext,
  target: Person,
  active: boolean,
): Promise<void> {
  const activeOwners = (await services.people.owners()).length;
  const refusal = activationRefusal({ actor, target, active, activeOwners });
  if (refusal !== null) throw refusal;
  if (target.isActive === active) throw alreadySo(`This person is ${active ? '' : 'de'}activated`);
}

async function changeActivation(
  context: CommandContext,
  { person: target, reason }: ActivationValues,
  active: boolean,
): Promise<Reply> {
  await demandPossible(context, target, active);
  const { services, performer, show } = context;
  const options = {
    performedBy: performer,
    reason: reason ?? undefined,
    called: target.name ?? undefined,
  };
  const { membership } = services;
  const change = active
    ? await membership.activate(target.address, options)
    : await membership.deactivate(target.address, options);
  const done = active
    ? say`${show(change.after)} is active again, as ${bold(change.after.role)}.`
    : say`${show(change.after)} is deactivated and gets no answer any more.`;
  const told = (who: Text) =>
    active ? say`${who} activated you again.` : say`${who} deactivated you: I do not answer you any more.`;
  const activeOwners = (await services.people.owners()).length;
  const back = {
    actor: performerAfter(context, change),
    target: change.after,
    active: !active,
    activeOwners,
  };
  return {
    ...doneReply(context, done, change.case, { canTakeBack: activationRefusal(back) === null }),
    tell: telling(context, change, told, reason),
  };
}

const WHO_MAY = 'ADMINs switch those below them, OWNERs everybody. One active OWNER always stays.';

const deactivate = defineCommand({
  name: 'user deactivate',
  group: 'People',
  summary: 'Switches somebody off: the bot answers them no more',
  role: 'ADMIN',
  whoMay: WHO_MAY,
  args: { person: person(), reason: optional(named()) },
  leaves: { changes: 'USER_ACTIVATION_CHANGE' },
  examples: ['user deactivate @Bo reason:"lost the phone"', 'user deactivate +12025550101'],
  async confirm(context, { person }) {
    await demandPossible(context, person, false);
    if (!isAtLeast(person.role, 'ADMIN')) return null;
    const who = isOneself(context, person.address) ? 'You' : context.show(person);
    return lines(
      say`${who}, now ${person.role}, will be ${bold('deactivated')}: no answer, and no power any more.`,
      'Another ADMIN or OWNER who may do so can activate them again.',
    );
  },
  handle: (context, values) => changeActivation(context, values, false),
});

const activate = defineCommand({
  name: 'user activate',
  group: 'People',
  summary: 'Switches somebody on again',
  role: 'ADMIN',
  whoMay: WHO_MAY,
  args: { person: person(), reason: optional(named()) },
  leaves: { changes: 'USER_ACTIVATION_CHANGE' },
  examples: ['user activate @Bo', 'user activate +12025550101 reason:"found the phone"'],
  async confirm(context, { person }) {
    await demandPossible(context, person, true);
    if (!person.isMeantByName) return null;
    return lines(say`${context.show(person)} will be active, as ${bold(person.role)}.`, NAMES_ARE_CHEAP);
  },
  handle: (context, values) => changeActivation(context, values, true),
});

/** Who is switched on and off. */
export const userCommands: readonly Command[] = [show, deactivate, activate];
