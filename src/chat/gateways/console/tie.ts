import { LOCAL } from '../../../access/address.js';
import { isAtLeast } from '../../../access/role.js';
import { chatPrefix } from '../../../settings/builtIn.js';
import type { Bot } from '../../bot.js';
import type { Completing, ConsoleGateway } from './consoleGateway.js';
import { AT_BOT, type Spoken } from './scene.js';

/** Ties the console to the bot behind it: it waits for answers, and completes what the bot would understand. */
export function tieConsole(gateway: ConsoleGateway, bot: Bot): void {
  gateway.tie({
    settled: () => bot.drained(),
    whySilent: (message) => whySilent(bot, message),
    complete: (text, who) => complete(bot, text, who),
  });
}

/** Why somebody got no answer: on the wire silence is the answer, here it should not look like a fault. */
async function whySilent({ services }: Bot, message: Spoken): Promise<string | null> {
  const { text, change, sender, chat, isToBot } = message;
  if (change !== undefined) return 'what is edited or taken back is never run, but it is recorded';
  const prefix = services.settings.get(chatPrefix);
  if (!text.startsWith(prefix)) {
    if (services.assistant === null) return `commands begin with ${prefix}, as ${prefix}help does`;
    if (chat.isGroup && isToBot !== true) return `in a group the assistant answers whoever writes ${AT_BOT}`;
  }
  const person = await services.people.find(sender.address);
  const question = { person, command: null, message: { chat } };
  const { rule, steps } = await services.permission.decide(question, 'look');
  return rule === null ? null : `the rule ${rule} says no: ${steps.at(-1)!.value}`;
}

/** What the speaker could go on with, as far as the speaker may know of it. */
async function complete({ services }: Bot, text: string, who: Completing): Promise<string[]> {
  const { people, searches, settings, commands } = services;
  const { role, address } = await people.find(who.speaker);
  const isTrusted = isAtLeast(role, 'OPERATOR');
  const known = isTrusted
    ? (await people.list()).map((person) => person.address).filter((known) => known !== LOCAL)
    : [];
  const saved = isAtLeast(role, 'ADMIN') ? await searches.list(address) : [];
  return commands.completions(text, {
    prefix: settings.get(chatPrefix),
    role,
    isGroup: who.isGroup,
    known: {
      person: [...new Set([...who.people, ...known])],
      setting: isTrusted ? settings.list().map(({ setting }) => setting.key) : [],
      search: saved.map(({ name }) => name),
    },
  });
}
