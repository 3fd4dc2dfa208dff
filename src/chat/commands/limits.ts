import type { LimitName, LimitView } from '../../guards/limits.js';
import { named, optional, person } from '../argument.js';
import { type Command, defineCommand } from '../command.js';
import { seconds } from '../permission.js';
import { bold, code, lines, opening, say, type Text } from '../text.js';

function viewText({ rate, left, nextInMs }: LimitView, whose: Text): Text {
  if (left === null) return say`${bold(whose)} ${code(rate)}`;
  const now = left > 0 ? say`${left} left now` : say`used up, one more in ${seconds(nextInMs)}`;
  return say`${bold(whose)} ${code(rate)}: ${now}`;
}

const show = defineCommand({
  name: 'limits show',
  aliases: ['limits'],
  group: 'Order',
  summary: 'How often somebody may ask, and how much of that is left',
  role: 'OPERATOR',
  args: { person: optional(person()) },
  leaves: 'nothing',
  examples: ['limits show', 'limits show @Ana'],
  async handle({ services, message, person: asking, show, prefix }, { person: named }) {
    const who = named ?? asking;
    const views = await services.limits.show(who.address, named === null ? message.chat.id : undefined);
    const whose: Record<LimitName, Text> = {
      user: named === null ? say`You` : show(who),
      chat: say`This chat`,
      everyone: say`Everyone`,
    };
    return {
      text: lines(
        ...views.map((view) => viewText(view, whose[view.limit])),
        who.role === 'OWNER' && 'Of an OWNER only their own limit is asked.',
        say`${code(`${prefix}config get limits.user`)} says how a limit is written.`,
      ),
    };
  },
});

const reset = defineCommand({
  name: 'limits reset',
  group: 'Order',
  summary: 'Lets somebody go on at once, as if they had asked for nothing yet',
  role: 'ADMIN',
  args: { person: person(), reason: optional(named()) },
  leaves: { changes: 'LIMIT_RESET' },
  examples: ['limits reset @Ana', 'limits reset +12025550100 reason:"she was importing"'],
  async handle({ services, performer, show }, { person: who, reason }) {
    const options = { ...performer, reason: reason ?? undefined };
    const done = await services.limits.reset(who, options);
    return { text: say`${opening(show(who))} may go on at once. Case #${done.case}.` };
  },
});

export const limitsCommands: readonly Command[] = [show, reset];
