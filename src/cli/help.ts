import { type CliCommand, COMMON_OPTIONS, type OptionSpec } from './command.js';

/** The first page: every command in a line. */
export function overview(commands: readonly CliCommand[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `Reeve keeps order in a chat bot and keeps the record.

Usage: reeve COMMAND [OPTIONS]
       reeve --version

${lines.join('\n')}

reeve COMMAND --help shows what a command takes, with examples.
Exit status: 0 all well, 1 something was found, 2 wrong usage or it could not be done.
`;
}

/** All of one command. */
export function commandHelp(command: CliCommand): string {
  const { name, summary, words, options, details, examples } = command;
  const parts = [`${summary}\n\nUsage: reeve ${name}${words === '' ? '' : ` ${words}`} [OPTIONS]\n`];
  if (details !== undefined) parts.push(`${details}\n`);
  parts.push(`Options:\n${optionLines([...options, ...COMMON_OPTIONS])}\n`);
  parts.push(`Examples:\n${examples.map((example) => `  ${example}`).join('\n')}\n`);
  return parts.join('\n');
}

function optionLines(options: readonly OptionSpec[]): string {
  const left = options.map(({ name, value }) => `--${name}${value === undefined ? '' : ` ${value}`}`);
  const width = Math.max(...left.map((text) => text.length));
  return options
    .map(
      ({ help, repeated }, i) =>
        `  ${left[i]!.padEnd(width)}  ${help}${repeated ? ' (may be repeated)' : ''}`,
    )
    .join('\n');
}
