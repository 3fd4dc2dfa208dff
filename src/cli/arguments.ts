import { nearest } from '../config/nearest.js';
import { UserError } from '../config/userError.js';
import { type Arguments, type CliCommand, COMMON_OPTIONS, type OptionSpec } from './command.js';

/**
 * The command's name and all the other words, whichever side of the name they stand on. Before the name only the
 * options that every command takes are known.
 */
export function splitCommandLine(argv: readonly string[]): {
  name: string | undefined;
  rest: string[];
  asksVersion: boolean;
} {
  for (let i = 0; i < argv.length; i++) {
    const text = argv[i]!;
    if (!text.startsWith('-')) {
      return { name: text, rest: [...argv.slice(0, i), ...argv.slice(i + 1)], asksVersion: false };
    }
    if (text === '-v' || text === '--version') return { name: undefined, rest: [], asksVersion: true };
    if (text === '-h') continue;
    const equals = text.indexOf('=');
    const name = text.slice(2, equals < 0 ? undefined : equals);
    const spec = text.startsWith('--') && COMMON_OPTIONS.find((option) => option.name === name);
    if (!spec) {
      throw new UserError({
        code: 'USAGE',
        message: `${text.slice(0, 40)} stands before the command, where there are only -v, ${COMMON_OPTIONS.map((option) => `--${option.name}`).join(', ')} and --version.`,
        hint: 'reeve --help lists the commands; options of a command follow its name.',
        example: 'reeve --tenant default query --limit 5',
      });
    }
    if (spec.value !== undefined && equals < 0) i += 1;
  }
  return { name: undefined, rest: [...argv], asksVersion: false };
}

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
    optionsBut: (...names) =>
      [...given].flatMap(([name, values]) => {
        if (names.includes(name)) return [];
        return values.flatMap((value) =>
          specs.get(name)?.value === undefined ? [`--${name}`] : [`--${name}`, value],
        );
      }),
  };
}

/** The bounds of a number, and a command line that is right. */
export interface NumberRule {
  least: number;
  most: number;
  example: string;
}

/** A whole number given as an option, within its bounds. */
export function numberOption(
  args: Arguments,
  name: string,
  { otherwise, ...rule }: NumberRule & { otherwise: number },
): number {
  const text = args.value(name);
  return text === undefined ? otherwise : wholeNumber(text, `--${name}`, rule);
}

export function wholeNumber(text: string, what: string, { least, most, example }: NumberRule): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new UserError({
    code: 'BAD_NUMBER',
    message: `${what} is ${JSON.stringify(text.slice(0, 40))}, not a whole number from ${least} to ${most}.`,
    example,
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
