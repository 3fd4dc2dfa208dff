import { nearest } from '../config/nearest.js';
import { UserError } from '../config/userError.js';
import { failureKind } from '../store/failure.js';
import { readArguments, splitCommandLine } from './arguments.js';
import { type CliCommand, FAILED, OK } from './command.js';
import { COMMANDS } from './commands/index.js';
import { commandHelp, overview } from './help.js';
import { Interrupted } from './output.js';
import { BrokenPipe, drained, type Terminal, writeTo } from './terminal.js';
import { programVersion } from './version.js';

/** Runs one command line and resolves to the exit status. Nothing is thrown: what goes wrong is told. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let status: number;
  try {
    status = await dispatch(argv, terminal);
  } catch (error) {
    if (error instanceof BrokenPipe) return OK;
    if (error instanceof Interrupted) return error.status;
    status = FAILED;
    await writeTo(terminal.stderr, explain(error, argv.includes('--json')));
  }
  await drained(terminal.stdout);
  await drained(terminal.stderr);
  return status;
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { name, rest, asksVersion } = splitCommandLine(argv);
  if (asksVersion) {
    const version = programVersion();
    const json = argv.includes('--json');
    await writeTo(terminal.stdout, json ? `${JSON.stringify({ version })}\n` : `reeve ${version}\n`);
    return OK;
  }
  if (name === undefined || name === 'help') {
    const about = name === 'help' ? rest.find((word) => !word.startsWith('-')) : undefined;
    const text = about === undefined ? overview(COMMANDS) : commandHelp(find(about));
    await writeTo(terminal.stdout, text);
    return OK;
  }
  const command = find(name);
  const args = readArguments(command, rest);
  if (args.has('help')) {
    await writeTo(terminal.stdout, commandHelp(command));
    return OK;
  }
  // Help needs none of what the commands need, and should be there at once.
  const { loadConfig } = await import('../config/config.js');
  return command.run({
    args,
    terminal,
    json: args.has('json'),
    config: () => {
      const config = loadConfig({
        env: terminal.env,
        cwd: terminal.cwd,
        overrides: { REEVE_TENANT: args.value('tenant') },
      });
      for (const warning of config.warnings) terminal.stderr.write(`Warning: ${warning}\n`);
      return config;
    },
  });
}

function find(name: string): CliCommand {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const near = nearest(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  throw new UserError({
    code: 'UNKNOWN_COMMAND',
    message: `There is no command ${JSON.stringify(name.slice(0, 40))}.`,
    hint: near === null ? 'reeve --help lists them all.' : `Did you mean ${near}?`,
    example: `reeve ${near ?? 'status'}`,
  });
}

/** An error in words for a person, or as one JSON object for a program. */
function explain(error: unknown, json: boolean): string {
  if (error instanceof UserError) {
    const { code, message, hint, example } = error;
    if (json) return `${JSON.stringify({ error: { code, message, hint, example } })}\n`;
    const lines = [message];
    if (hint !== undefined) lines.push(hint);
    if (example !== undefined) lines.push(`For example: ${example}`);
    return `${lines.join('\n')}\n`;
  }
  const away = failureKind(error) === 'away';
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const message = error instanceof Error ? error.message : String(error);
  const words = away
    ? `The database, or a file it needs, is away or cannot be used${code === undefined ? '' : ` (${code})`}: ${message || 'no answer'}`
    : `This should not have happened: ${error instanceof Error ? (error.stack ?? message) : message}`;
  if (json) return `${JSON.stringify({ error: { code: code ?? (away ? 'AWAY' : 'BUG'), message } })}\n`;
  return `${words}\n`;
}
