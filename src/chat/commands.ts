import { isAtLeast, type Role } from '../access/role.js';
import { FIELD_NAMES } from '../audit/query/fields.js';
import { nearest } from '../config/nearest.js';
import type { Candidates } from './argument.js';
import type { Command } from './command.js';
import { visible } from './tokens.js';

export interface Matched {
  readonly command: Command;
  /** What follows the command's name, as it was written. */
  readonly rest: string;
}

export interface Unmatched {
  /** What was taken for the name; at most two words. */
  readonly unknown: string;
  readonly nearest: Command | null;
  /** Commands that begin with the same word, where there are any. */
  readonly family: readonly Command[];
}

/** What completion may go by. */
export interface CompletionContext {
  readonly prefix: string;
  readonly role: Role;
  readonly isGroup: boolean;
  /** What there is of each kind, as far as the caller knows it. */
  readonly known?: Partial<Record<'person' | 'setting' | 'search', readonly string[]>>;
}

/** Longer words are no names of commands and are not looked at. */
const LONGEST_WORD = 64;

/** All commands there are, by name: Reeve's and those a host adds. */
export class Commands {
  readonly all: readonly Command[];
  readonly #byName = new Map<string, Command>();

  constructor(list: readonly Command[]) {
    this.all = list;
    for (const command of list) {
      for (const name of [command.name, ...command.aliases]) {
        if (this.#byName.has(name))
          throw new TypeError(`There are two commands called ${JSON.stringify(name)}`);
        this.#byName.set(name, command);
      }
    }
  }

  named(name: string): Command | null {
    return this.#byName.get(name.trim().toLowerCase().replace(/\s+/g, ' ')) ?? null;
  }

  /** The command that a text (without the prefix) begins with, or the one that was probably meant. */
  match(text: string): Matched | Unmatched {
    const words = firstWords(text);
    for (let count = words.length; count > 0; count--) {
      const command = this.#byName.get(joined(words.slice(0, count)));
      if (command !== undefined) return { command, rest: text.slice(words[count - 1]!.end).trim() };
    }
    return this.#unmatched(words.map(({ word }) => word));
  }

  /**
   * What could stand in the place of the last word, for a prompt that completes. At once: it is asked while somebody
   * types.
   *
   * @example commands.completions('!audit li', context) // ['list']
   */
  completions(text: string, context: CompletionContext): string[] {
    const { prefix } = context;
    const last = /\S*$/.exec(text.slice(-LONGEST_WORD * 4))?.[0] ?? '';
    const before = text.slice(0, text.length - last.length).trimStart();
    const allowed = this.all.filter(
      ({ role, isDirectOnly }) => isAtLeast(context.role, role) && !(isDirectOnly && context.isGroup),
    );
    const names = allowed.map(({ name }) => name.split(' '));
    if (before === '')
      return beginning(
        last,
        names.map(([first]) => prefix + first!),
      );
    if (!before.startsWith(prefix)) return [];
    const given = before.slice(prefix.length).trim().toLowerCase();
    const seconds = names.filter(([first, second]) => first === given && second !== undefined);
    const matched = this.match(before.slice(prefix.length));
    const found = seconds.map(([, second]) => second!);
    if ('command' in matched && allowed.includes(matched.command)) {
      for (const [name, argument] of Object.entries(matched.command.args)) {
        if (argument.kind === 'named') found.push(`${name}:`);
        else found.push(...this.#candidates(argument.candidates, allowed, context));
      }
    }
    return beginning(last, found);
  }

  #candidates(
    candidates: Candidates,
    allowed: readonly Command[],
    { known = {} }: CompletionContext,
  ): readonly string[] {
    if (typeof candidates !== 'string') return candidates;
    if (candidates === 'command') return allowed.map(({ name }) => name);
    if (candidates === 'field') return FIELD_NAMES.map((name) => `${name}:`);
    if (candidates === 'person') return ['me', ...(known.person ?? [])];
    return known[candidates] ?? [];
  }

  #unmatched(words: readonly string[]): Unmatched {
    const [first = '', second] = words;
    const family = this.all.filter(({ name }) => name.startsWith(`${first} `));
    if (family.length > 0) {
      const seconds = family.map(({ name }) => name.slice(first.length + 1));
      const meant = second === undefined ? null : nearest(second, seconds);
      const found = meant === null ? null : this.named(`${first} ${meant}`);
      return { unknown: second === undefined ? first : `${first} ${second}`, nearest: found, family };
    }
    const names = [...this.#byName.keys()];
    const meant =
      (second === undefined ? null : nearest(`${first} ${second}`, names)) ??
      nearest(first, names) ??
      this.#ofFamily(first, second);
    return { unknown: first, nearest: meant === null ? null : this.named(meant), family: [] };
  }

  /** `roel list`: the nearest family, and in it the nearest command. */
  #ofFamily(first: string, second: string | undefined): string | null {
    const families = new Set(this.all.flatMap(({ name }) => name.split(' ').slice(0, -1)));
    const family = nearest(first, [...families]);
    if (family === null) return null;
    const members = this.all.filter(({ name }) => name.startsWith(`${family} `)).map(({ name }) => name);
    return (second === undefined ? null : nearest(`${family} ${second}`, members)) ?? members[0] ?? null;
  }
}

interface Word {
  readonly word: string;
  readonly end: number;
}

const joined = (words: readonly Word[]): string => words.map(({ word }) => word).join(' ');

/** The first two words, in lower case and without what nobody sees. */
function firstWords(text: string): Word[] {
  const words: Word[] = [];
  const pattern = /\S+/g;
  for (let found = pattern.exec(text); found !== null && words.length < 2; found = pattern.exec(text)) {
    const word = visible(found[0].slice(0, LONGEST_WORD * 2)).toLowerCase();
    if (word !== '') words.push({ word: word.slice(0, LONGEST_WORD), end: pattern.lastIndex });
  }
  return words;
}

function beginning(start: string, candidates: readonly string[]): string[] {
  const wanted = start.toLowerCase();
  return [...new Set(candidates)].filter((candidate) => candidate.toLowerCase().startsWith(wanted));
}
