import type { Person } from '../access/person.js';
import { isAtLeast } from '../access/role.js';
import type { UserError } from '../config/userError.js';
import type { LimitRefusal } from '../guards/limits.js';
import type { Commands, Unmatched } from './commands.js';
import { CONFIRM_WITHIN_MS } from './confirmations.js';
import { type Decision, seconds } from './permission.js';
import { code, lines, say, type Text } from './text.js';

/** The words of what the router answers itself: refusals, mistakes, apologies, and what is no command. */

export const AWAY = {
  code: 'DATABASE_AWAY',
  message: 'I cannot reach my database just now, so nothing was changed.',
  hint: 'Try again in a minute; the record goes on by itself.',
};

export const MOVED_ON = {
  code: 'CONFIRMED_SOMETHING_ELSE',
  message: 'Things have changed since you were asked, so what you confirmed would not be what happens.',
  hint: 'Nothing was done. Ask again, and you will see what would happen now.',
};

/** A mistake, with the rule and an example that works. */
export function mistakeWords(
  { message, hint, example }: UserError,
  commands: Commands,
  prefix: string,
): Text {
  const isCommand = example !== undefined && 'command' in commands.match(example);
  const shown = isCommand && !example.startsWith(prefix) ? prefix + example : example;
  return lines(
    say`${message}`,
    ...(hint?.split('\n') ?? []),
    shown !== undefined && say`Example: ${code(shown)}`,
  );
}

/** `which`: the number of the event about it, or what the log calls it. */
export const apologyWords = (which: string): Text =>
  say`Sorry, that went wrong on my side. It is noted as ${which}.`;

export const toConfirmWords = (preview: Text, prefix: string, asked: string): Text =>
  lines(
    preview,
    say`To do it, answer within ${seconds(CONFIRM_WITHIN_MS)}: ${code(`${prefix}confirm ${asked}`)}`,
  );

export function overLimitWords({ limit, rate, retryAfterMs }: LimitRefusal): Text {
  const whose = limit === 'user' ? 'You ask' : limit === 'chat' ? 'This chat asks' : 'Everybody asks';
  return say`${whose} more than I may answer (${rate}). Try again in ${seconds(retryAfterMs)}.`;
}

/** Why a rule said no. Whoever is deactivated is told nothing at all: null. */
export function deniedWords({ rule, whoCould }: Decision, { role }: Person, command: string): Text | null {
  switch (rule) {
    case 'active':
      return null;
    case 'whitelist':
      return say`I only answer people on the whitelist here. An admin can add you to it.`;
    case 'direct-chat':
      return say`${code(command)} works in a direct chat with me only. Write to me there.`;
    default:
      return lines(say`You may not run ${code(command)}: you are ${role}.`, say`${whoCould}`);
  }
}

/** There is no such command: the nearest one, or those that begin with the same word. */
export function notFoundWords(
  { unknown, nearest, family }: Unmatched,
  { role }: Person,
  prefix: string,
): Text {
  if (nearest !== null) {
    const example = nearest.examples[0]!;
    return lines(
      say`There is no command ${code(prefix + unknown)}. Did you mean ${code(prefix + nearest.name)}?`,
      example !== nearest.name && say`For example: ${code(prefix + example)}`,
    );
  }
  const may = family.filter((command) => isAtLeast(role, command.role));
  const seconds = (may.length > 0 ? may : family).map(({ name }) => name.split(' ')[1]!);
  const [first] = seconds;
  if (first === undefined)
    return say`There is no command ${code(prefix + unknown)}. ${code(`${prefix}help`)} shows those there are.`;
  const word = unknown.split(' ')[0]!;
  return lines(
    unknown === word
      ? say`${code(prefix + word)} takes one more word: ${seconds.join(', ')}.`
      : say`There is no ${code(prefix + unknown)}. After ${code(prefix + word)} comes one of: ${seconds.join(', ')}.`,
    say`${code(`${prefix}help ${word}`)} says what each is for.`,
  );
}
