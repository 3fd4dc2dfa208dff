import { LOCAL } from '../../../access/address.js';
import { isAtLeast } from '../../../access/role.js';
import { chatPrefix } from '../../../settings/builtIn.js';
import type { Bot } from '../../bot.js';
import type { Completing, ConsoleGateway } from './consoleGateway.js';

/** Ties the console to the bot behind it: it waits for answers, and completes what the bot would understand. */
export function tieConsole(gateway: ConsoleGateway, bot: Bot): void {
  gateway.tie({
    settled: () => bot.drained(),
    whySilent: (text) => {
      const prefix = bot.services.settings.get(chatPrefix);
      return text.startsWith(prefix) ? null : `commands begin with ${prefix}, as ${prefix}help does`;
    },
    complete: (text, who) => complete(bot, text, who),
  });
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
