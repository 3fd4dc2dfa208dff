import { alreadySo } from '../../access/mistakes.js';
import type { Person } from '../../access/person.js';
import { whitelistRefusal } from '../../access/rules.js';
import { named, optional, person } from '../argument.js';
import { type Command, type CommandContext, defineCommand } from '../command.js';
import type { Reply } from '../reply.js';
import { bold, code, lines, say, type Text } from '../text.js';
import { doneReply, isOneself, NAMES_ARE_CHEAP } from './changed.js';
import { peopleList, roleAndStanding } from './personCard.js';

const WHAT_ON_MEANS = 'Only those on it are answered, and OWNERs.';

const SHUT_OUT = 'You are not on it: I answer you no more, until somebody puts you on it.';

const list = defineCommand({
  name: 'whitelist list',
  group: 'People',
  summary: 'Who is on the whitelist, and whether it is on',
  role: 'ADMIN',
  args: {},
  leaves: 'nothing',
  examples: ['whitelist list'],
  async handle(context) {
    const { membership } = context.services;
    const listed = await membership.whitelist();
    const isOn = membership.isWhitelistOn();
    return {
      text: lines(
        say`The whitelist is ${bold(isOn ? 'on' : 'off')}. ${isOn ? WHAT_ON_MEANS : 'Everybody is answered.'}`,
        listed.length === 0 ? 'Nobody is on it.' : say`On it (${listed.length}):`,
        listed.length > 0 && peopleList(context, listed, roleAndStanding),
      ),
    };
  },
});

interface ListingValues {
  readonly person: Person;
  readonly reason: string | null;
}

/** Throws where it may not be done. The rules are asked once more when it is done. */
function demandListable({ person: actor }: CommandContext, target: Person, listed: boolean): void {
  const refusal = whitelistRefusal(actor, target, listed);
  if (refusal !== null) throw refusal;
  if (target.isListed === listed) throw alreadySo(`This person is ${listed ? '' : 'not '}on the whitelist`);
}

async function changeListing(
  context: CommandContext,
  { person: target, reason }: ListingValues,
  listed: boolean,
): Promise<Reply> {
  const { services, performer, show, person: actor } = context;
  const { membership } = services;
  demandListable(context, target, listed);
  const options = {
    performedBy: performer,
    reason: reason ?? undefined,
    called: target.name ?? undefined,
  };
  const change = listed
    ? await membership.addToWhitelist(target.address, options)
    : await membership.removeFromWhitelist(target.address, options);
  const isOn = membership.isWhitelistOn();
  const done = say`${show(change.after)} is ${listed ? 'on the whitelist' : 'on the whitelist no more'}.`;
  const isLast = !listed && isOn && (await membership.whitelist()).length === 0;
  const isShutOut = isOneself(context, target.address) && isOn && !listed && actor.role !== 'OWNER';
  return doneReply(context, done, change.case, {
    more: [
      !isOn && 'The whitelist is off just now, so everybody is answered anyway.',
      isLast && 'Nobody is on it now, and it is on: only OWNERs are answered.',
      isShutOut && SHUT_OUT,
    ],
    canTakeBack: !isShutOut && whitelistRefusal(actor, change.after, !listed) === null,
  });
}

const add = defineCommand({
  name: 'whitelist add',
  group: 'People',
  summary: 'Puts somebody on the whitelist',
  role: 'ADMIN',
  args: { person: person(), reason: optional(named()) },
  leaves: { changes: 'WHITELIST_CHANGE' },
  examples: ['whitelist add @Bo', 'whitelist add +12025550101 reason:"new colleague"'],
  async confirm(context, { person }) {
    demandListable(context, person, true);
    if (!person.isMeantByName) return null;
    return lines(say`${context.show(person)} will be on the whitelist.`, NAMES_ARE_CHEAP);
  },
  handle: (context, values) => changeListing(context, values, true),
});

const remove = defineCommand({
  name: 'whitelist remove',
  group: 'People',
  summary: 'Takes somebody off the whitelist',
  role: 'ADMIN',
  whoMay: 'ADMINs take off themselves and those below them, OWNERs everybody.',
  args: { person: person(), reason: optional(named()) },
  leaves: { changes: 'WHITELIST_CHANGE' },
  examples: ['whitelist remove @Bo', 'whitelist remove +12025550101 reason:"left the company"'],
  handle: (context, values) => changeListing(context, values, false),
});

async function switchTo(context: CommandContext, on: boolean, reason: string | null): Promise<Reply> {
  const { services, performer, person } = context;
  const options = { performedBy: performer, reason: reason ?? undefined };
  const { case: number } = await services.membership.switchWhitelist(on, options);
  const done = say`The whitelist is ${bold(on ? 'on' : 'off')}. ${on ? WHAT_ON_MEANS : 'Everybody is answered.'}`;
  const isShutOut = on && !person.isListed && person.role !== 'OWNER';
  return doneReply(context, done, number, { more: [isShutOut && SHUT_OUT], canTakeBack: !isShutOut });
}

const on = defineCommand({
  name: 'whitelist on',
  group: 'People',
  summary: 'Answers only those on the whitelist, and OWNERs, from now on',
  role: 'ADMIN',
  args: { reason: optional(named()) },
  leaves: { changes: 'WHITELIST_CHANGE' },
  examples: ['whitelist on', 'whitelist on reason:"too many strangers"'],
  async confirm(context) {
    const { membership } = context.services;
    await membership.demandSwitchable(true);
    const count = (await membership.whitelist()).length;
    const they = count === 1 ? say`the one person on it is` : say`the ${count} people on it are`;
    return lines(
      say`The whitelist will be ${bold('on')}: only ${they} answered, and OWNERs.`,
      await whoIsShutOut(context),
    );
  },
  handle: (context, { reason }) => switchTo(context, true, reason),
});

/** Those with a role who would not be answered; what surprises most is that oneself is one of them. */
async function whoIsShutOut(context: CommandContext): Promise<Text | null> {
  const { people } = context.services;
  const out = (await people.list()).filter(
    ({ role, isListed, isActive }) => isActive && !isListed && (role === 'ADMIN' || role === 'OPERATOR'),
  );
  const isMe = out.some(({ address }) => isOneself(context, address));
  return out.length === 0
    ? null
    : lines(
        say`Not on it, though they have a role (${out.length}):`,
        peopleList(context, out, roleAndStanding),
        isMe &&
          say`${bold('You are one of them')}: ${code(`${context.prefix}whitelist add me`)} puts you on it first.`,
      );
}

const off = defineCommand({
  name: 'whitelist off',
  group: 'People',
  summary: 'Answers everybody from now on',
  role: 'ADMIN',
  args: { reason: optional(named()) },
  leaves: { changes: 'WHITELIST_CHANGE' },
  examples: ['whitelist off'],
  async confirm({ services }) {
    await services.membership.demandSwitchable(false);
    return say`The whitelist will be ${bold('off')}: everybody who writes to me is answered. The list itself stays.`;
  },
  handle: (context, { reason }) => switchTo(context, false, reason),
});

/** Whom the bot answers. */
export const whitelistCommands: readonly Command[] = [list, add, remove, on, off];
