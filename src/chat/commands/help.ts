import { isAtLeast } from '../../access/role.js';
import { UserError } from '../../config/userError.js';
import { optional, rest } from '../argument.js';
import { usageOf } from '../binding.js';
import { type Command, type CommandContext, defineCommand, GROUPS } from '../command.js';
import { whoMayRun } from '../permission.js';
import { bold, code, joined, lines, say, type Text } from '../text.js';

export const help = defineCommand({
  name: 'help',
  aliases: ['commands'],
  group: 'Bot',
  summary: 'Shows what you can do here, or how one command works',
  role: 'USER',
  leaves: 'nothing',
  args: { command: optional(rest('command')) },
  examples: ['help', 'help mydata'],
  handle: async (context, { command }) => ({
    text: command === null ? overview(context) : about(context, command),
  }),
});

const mayRun = (context: CommandContext, { role }: Command): boolean => isAtLeast(context.person.role, role);

/** What this person may run, in this chat. */
function overview(context: CommandContext): Text {
  const { message, prefix, person, services } = context;
  const allowed = services.commands.all.filter((command) => mayRun(context, command));
  const here = allowed.filter(({ isDirectOnly }) => !(isDirectOnly && message.chat.isGroup));
  const groups = GROUPS.map((group) => {
    const families = familiesOf(here.filter((command) => command.group === group));
    return families.length === 0
      ? null
      : lines(bold(group), ...families.map((one) => familyLine(one, prefix)));
  });
  const elsewhere = allowed.length - here.length;
  const example = here.find(({ name }) => name !== 'help')?.name ?? 'help';
  const [word = example] = example.split(' ');
  return joined(
    [
      say`You are ${person.role}. Here you can use:`,
      ...groups,
      lines(
        elsewhere > 0 && say`${elsewhere} more in a direct chat with me.`,
        word === example
          ? say`${code(`${prefix}help ${example}`)} says how one of them works.`
          : say`${code(`${prefix}help ${word}`)} says what each is for, ${code(`${prefix}help ${example}`)} how one works.`,
      ),
    ],
    '\n\n',
  );
}

/** Commands that begin with the same word, under that word; one alone under its whole name. */
function familiesOf(commands: readonly Command[]): [string, Command[]][] {
  const byWord = new Map<string, Command[]>();
  for (const command of commands) {
    const word = command.name.split(' ')[0]!;
    byWord.set(word, [...(byWord.get(word) ?? []), command]);
  }
  return [...byWord];
}

/** All that there is has to fit on a phone: of several only the second words. */
function familyLine([word, members]: [string, Command[]], prefix: string): Text {
  const [only] = members;
  if (members.length === 1) return entry(only!, prefix);
  const seconds = members.map(({ name }) => name.slice(word.length).trim()).filter((second) => second !== '');
  return say`${code(prefix + word)} ${seconds.join(' · ')}`;
}

const entry = ({ name, summary }: Command, prefix: string): Text => say`${code(prefix + name)} ${summary}`;

/** One command, or all that begin with a word. */
function about(context: CommandContext, words: string): Text {
  const { prefix, services } = context;
  const asked = words.startsWith(prefix) ? words.slice(prefix.length) : words;
  const matched = services.commands.match(asked);
  if ('command' in matched) return details(context, matched.command);
  const family = matched.family.filter((command) => mayRun(context, command));
  if (family.length > 0 && matched.nearest === null)
    return lines(bold(prefix + asked.trim().split(/\s/)[0]!), ...family.map((one) => entry(one, prefix)));
  throw new UserError({
    code: 'UNKNOWN_COMMAND',
    message: 'There is no command of that name.',
    hint:
      matched.nearest === null
        ? 'The list shows those there are.'
        : `Did you mean ${prefix}${matched.nearest.name}?`,
    example: matched.nearest === null ? `${prefix}help` : `${prefix}help ${matched.nearest.name}`,
  });
}

function details(context: CommandContext, command: Command): Text {
  const { prefix, message } = context;
  const { aliases, isDirectOnly, args, examples } = command;
  const choices = Object.entries(args).flatMap(([name, { candidates }]) =>
    typeof candidates === 'string' || candidates.length === 0 ? [] : [say`${name}: ${candidates.join(', ')}`],
  );
  const hasPerson = Object.values(args).some(({ kind }) => kind === 'person');
  const hasNamed = Object.values(args).some(({ kind }) => kind === 'named');
  return joined(
    [
      lines(code(prefix + usageOf(command)), say`${command.summary}.`),
      lines(
        ...choices,
        hasPerson &&
          say`person: a number with its country code, a mention, a known name, ${code('me')}, or nothing in answer to their message`,
        hasNamed && say`What has spaces stands in quotation marks after the colon.`,
        command.confirm !== undefined && say`It may have to be confirmed with a code.`,
        aliases.length > 0 &&
          say`Also: ${joined(
            aliases.map((alias) => code(prefix + alias)),
            ', ',
          )}`,
      ),
      lines(
        say`${whoMayRun(command)}${isDirectOnly ? ' In a direct chat only.' : ''}`,
        !mayRun(context, command) && say`You are ${context.person.role}, so you may not.`,
        isDirectOnly && message.chat.isGroup && say`This is a group.`,
      ),
      lines(bold('Examples'), ...examples.map((example) => code(prefix + example))),
    ].filter((part) => String(part) !== ''),
    '\n\n',
  );
}
