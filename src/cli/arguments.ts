import { nearest } from '../config/nearest.js';
import { UserError } from '../config/userError.js';
import { type Arguments, type CliCommand, COMMON_OPTIONS, type OptionSpec } from './command.js';

/** Reads what follows a command's name. `--name value`, `--name=value`; after `--` everything is a word. */
export function readArguments(command: CliCommand, argv: readonly string[]): Arguments {
  const specs = new Map<string, OptionSpec>(
    [...COMMON_OPTIONS, ...command.options].map((spec) => [spec.name, spec]),
  );
  const words: string[] = [];
  const given = new Map<string, string[]>();
  for (let i = 0; i < argv.length; i++) {
    const text = argv[i]!;
    if (text === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    if (text === '-h') {
      given.set('help', ['']);
      continue;
    }
    if (!text.startsWith('--')) {
      words.push(text);
      continue;
    }
    const equals = text.indexOf('=');
    const name = text.slice(2, equals < 0 ? undefined : equals);
    const spec = specs.get(name);
    if (spec === undefined) throw unknownOption(command, name, [...specs.keys()]);
    let value = equals < 0 ? '' : text.slice(equals + 1);
    if (spec.value !== undefined && equals < 0) {
      const next = argv[++i];
      if (next === undefined) throw usage(command, `--${name} needs ${spec.value}.`);
      value = next;
    }
    if (spec.value === undefined && equals >= 0) throw usage(command, `--${name} takes no value.`);
    given.set(name, spec.repeated ? [...(given.get(name) ?? []), value] : [value]);
  }
  const [least, most] = command.wordCount;
  if (!given.has('help') && (words.length < least || words.length > most)) {
    throw usage(
      command,
      words.length < least
        ? `${command.words} is missing.`
        : `${JSON.stringify(words[most])} is one word too many.`,
    );
  }
  return {
    words,
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
  };
}

/** A whole number given as an option, within its bounds. */
export function numberOption(
  args: Arguments,
  name: string,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  const text = args.value(name);
  if (text === undefined) return otherwise;
  return wholeNumber(text, `--${name}`, least, most);
}

export function wholeNumber(text: string, what: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new UserError({
    code: 'BAD_NUMBER',
    message: `${what} is ${JSON.stringify(text.slice(0, 40))}, not a whole number from ${least} to ${most}.`,
    example: `${what} ${Math.max(least, Math.min(most, 50))}`,
  });
}

function unknownOption(command: CliCommand, name: string, known: string[]): UserError {
  const near = nearest(name, known);
  return usage(
    command,
    `There is no option --${name.slice(0, 40)}.${near === null ? '' : ` Did you mean --${near}?`}`,
  );
}

function usage(command: CliCommand, message: string): UserError {
  return new UserError({
    code: 'USAGE',
    message,
    hint: `reeve ${command.name} --help shows everything it takes.`,
    ...(command.examples[0] !== undefined && { example: command.examples[0] }),
  });
}
