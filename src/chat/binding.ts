import { type Address, parseAddress } from '../access/address.js';
import type { Person } from '../access/person.js';
import { UserError } from '../config/userError.js';
import type { Argument, Arguments, ValuesOf } from './argument.js';
import type { Command } from './command.js';
import type { IncomingMessage, Mention } from './message.js';
import { type Token, tokensOf, visible } from './tokens.js';

/** Where people are looked up: `People`, as far as binding needs it. */
export interface PeopleByAddress {
  find(address: Address): Promise<Person>;
  named(name: string): Promise<Person[]>;
}

export interface Surroundings {
  /** Whoever wrote the message. */
  readonly person: Person;
  readonly message: IncomingMessage;
  readonly people: PeopleByAddress;
  readonly prefix: string;
  /** The country of numbers that are written without one. */
  readonly country: string | undefined;
}

/** Of what somebody wrote, so much is repeated in an answer about it. */
const LONGEST_SHOWN = 60;

/** Where somebody is mentioned, or where it looks like that. */
const MENTION = /(?<![\p{L}\p{N}])@(?=[^\s@])/gu;

/** Digits that a mention is written with, and nobody's name. */
const MENTION_DIGITS = /^\+?\d{5,}$/;

/** A number is written in so many groups of digits at most. */
const MOST_GROUPS = 8;

/** How a command is written: `role promote <person> [role] [reason:…]`. */
export function usageOf(command: Command): string {
  const args = Object.entries(command.args).map(([name, { kind, isOptional }]) => {
    const shown = kind === 'named' ? `${name}:…` : kind === 'rest' ? `${name}…` : name;
    if (isOptional) return `[${shown}]`;
    return kind === 'named' ? shown : `<${shown}>`;
  });
  return [command.name, ...args].join(' ');
}

/**
 * What was written after a command's name, as the values its handler takes. A mistake is a `UserError` that says how
 * the command is written, with an example that works.
 *
 * @example await bind(promote, '@Bo reason:"on call"', surroundings) // { person: Bo, role: null, reason: 'on call' }
 */
export async function bind<Args extends Arguments>(
  command: Command<Args>,
  text: string,
  surroundings: Surroundings,
): Promise<ValuesOf<Args>> {
  return (await new Binding(command as unknown as Command, text, surroundings).values()) as ValuesOf<Args>;
}

class Binding {
  readonly #command: Command;
  readonly #text: string;
  readonly #around: Surroundings;
  /** What is not written with a name, in order. */
  readonly #words: Token[] = [];
  readonly #named = new Map<string, string>();
  /** Pieces that were written with a name, which are no part of the rest. */
  readonly #cut: { start: number; end: number }[] = [];

  constructor(command: Command, text: string, around: Surroundings) {
    this.#command = command;
    this.#text = text;
    this.#around = around;
    this.#sort(tokensOf(text));
  }

  async values(): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    const positional = this.#positional;
    let at = 0;
    let mayQuote = true;
    for (const [index, [name, argument]] of positional.entries()) {
      const following = positional[index + 1]?.[1] ?? null;
      if (argument.kind === 'person') {
        const found = await this.#person(name, argument, following, at, mayQuote);
        values[name] = found.person;
        at += found.used;
        mayQuote = false;
      } else if (argument.kind === 'rest') {
        values[name] = this.#rest(name, argument, at);
        at = this.#words.length;
      } else {
        const token = this.#words[at];
        values[name] = token === undefined ? this.#absent(name, argument) : this.#read(name, argument, token);
        at += token === undefined ? 0 : 1;
      }
    }
    const extra = this.#words[at];
    if (extra !== undefined)
      throw this.#mistake(
        'TOO_MANY_WORDS',
        `${short(extra.text)} is more than this takes.`,
        'Put several words that belong together in quotation marks.',
      );
    for (const [name, argument] of Object.entries(this.#command.args)) {
      if (argument.kind !== 'named') continue;
      const given = this.#named.get(name.toLowerCase());
      values[name] =
        given === undefined ? this.#absent(name, argument) : this.#readText(name, argument, given);
    }
    return values;
  }

  get #positional(): [string, Argument][] {
    return Object.entries(this.#command.args).filter(([, { kind }]) => kind !== 'named');
  }

  /** Tells what is written with the name of one of the command's arguments from all other words. */
  #sort(tokens: readonly Token[]): void {
    const names = new Set(
      Object.entries(this.#command.args)
        .filter(([, { kind }]) => kind === 'named')
        .map(([name]) => name.toLowerCase()),
    );
    for (let index = 0; index < tokens.length; index++) {
      const token = tokens[index]!;
      if (token.name === null || !names.has(token.name)) {
        this.#words.push(token);
        continue;
      }
      if (this.#named.has(token.name))
        throw this.#mistake('GIVEN_TWICE', `${token.name}: is given twice.`, 'Give it once.');
      // `reason: "left the company"`, as a phone's keyboard likes to space it.
      const following = tokens[index + 1];
      const isSpaced = token.text === '' && !token.isQuoted && following?.isQuoted === true;
      const value = isSpaced && following.name === null ? following : token;
      if (value === following) index += 1;
      if (value.text === '')
        throw this.#mistake(
          'EMPTY_VALUE',
          `Nothing stands after ${token.name}:`,
          'Write the value right after the colon, in quotation marks where it has spaces.',
        );
      this.#named.set(token.name, value.text);
      this.#cut.push({ start: token.start, end: value.end });
    }
  }

  /** How a word reads that is not written with the name of an argument: `lid:17` keeps its beginning. */
  #asWritten(token: Token): string {
    if (token.name === null) return token.text;
    return `${this.#text.slice(token.start, token.start + token.name.length)}:${token.text}`;
  }

  #absent(name: string, argument: Argument): null {
    if (argument.isOptional) return null;
    const what = argument.kind === 'named' ? `${name}:…` : `<${name}>`;
    throw this.#mistake('MISSING_ARGUMENT', `${what} is missing.`);
  }

  #read(name: string, argument: Argument, token: Token): unknown {
    return this.#readText(name, argument, this.#asWritten(token));
  }

  #readText(name: string, argument: Argument, text: string): unknown {
    const read = argument.read(text);
    if (read.ok) return read.value;
    throw this.#mistake(
      'BAD_ARGUMENT',
      `${short(text)} does not fit: ${name} is ${read.rule}.`,
      `For example: ${read.example}`,
    );
  }

  #rest(name: string, argument: Argument, at: number): unknown {
    const first = this.#words[at];
    if (first === undefined) return this.#absent(name, argument);
    const pieces: string[] = [];
    let from = first.start;
    for (const { start, end } of this.#cut) {
      if (end <= from) continue;
      pieces.push(this.#text.slice(from, start));
      from = end;
    }
    pieces.push(this.#text.slice(from));
    const kept = pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
    return this.#readText(name, argument, kept.join(' '));
  }

  /**
   * Somebody. What is written wins; where nothing is written that can only mean a person, it is whoever wrote the
   * message that is answered, and a name is tried before that is given up.
   */
  async #person(
    name: string,
    argument: Argument,
    following: Argument | null,
    at: number,
    mayQuote: boolean,
  ): Promise<{ person: Person | null; used: number }> {
    const { people, message } = this.#around;
    const quoted = mayQuote ? message.quoted : undefined;
    const token = this.#words[at];
    const unwritten = async () => ({
      person: quoted === undefined ? this.#absent(name, argument) : await people.find(quoted.sender),
      used: 0,
    });
    if (token === undefined) return unwritten();
    const clear = await this.#clearPerson(at);
    if (clear !== null) return clear;
    const text = this.#asWritten(token);
    const isLeft = quoted !== undefined || argument.isOptional;
    // `!role promote admin`, in answer to somebody: the word is the role, whoever may call themselves so.
    if (isLeft && following?.kind === 'word' && following.read(text).ok) return unwritten();
    const known = await people.named(text.replace(/^@/, ''));
    if (known.length === 1) return { person: { ...known[0]!, isMeantByName: true }, used: 1 };
    if (known.length > 1) throw this.#ambiguous(known.length);
    if (isLeft && (quoted !== undefined || following !== null)) return unwritten();
    throw this.#mistake(
      'UNKNOWN_PERSON',
      `${short(text)} is nobody I know.`,
      'Give a number with its country code, mention somebody, answer a message of theirs, or write me.',
    );
  }

  /** Who is meant by words that can mean nothing else: `me`, a mention, a number, a LID. */
  async #clearPerson(at: number): Promise<{ person: Person; used: number } | null> {
    const { people, person, country } = this.#around;
    const token = this.#words[at]!;
    const text = this.#asWritten(token);
    if (!token.isQuoted && text.toLowerCase() === 'me') return { person, used: 1 };
    if (!token.isQuoted && text.startsWith('@')) {
      const mentioned = this.#mentioned(at);
      if (mentioned !== null) return { person: await this.#mentionedPerson(mentioned), used: mentioned.used };
    }
    if (!/^@?[+(]?[\d(]|^lid:\d|^console:/i.test(text)) return null;
    const groups = this.#numberGroups(at);
    for (let count = groups.length; count > 0; count--) {
      const address = parseAddress(groups.slice(0, count).join(' ').replace(/^@\+?/, '+'), country);
      if (address !== null) return { person: await people.find(address), used: count };
    }
    // Digits that are no number; of those that are meant for one, say what a number looks like.
    if (!/^[@+(]|^\d{7}/.test(text)) return null;
    throw this.#mistake(
      'BAD_NUMBER',
      'That is no phone number that could exist.',
      country === undefined
        ? 'A number begins with "+" and its country code, for example +12025550100'
        : 'Without "+" and a country code it is taken for one of your own country, for example +12025550100',
    );
  }

  /** The word here and those after it that could be groups of one number. */
  #numberGroups(at: number): string[] {
    const groups = [this.#asWritten(this.#words[at]!)];
    for (let next = at + 1; next < this.#words.length && groups.length < MOST_GROUPS; next++) {
      const token = this.#words[next]!;
      if (token.isQuoted || token.name !== null || !/^[\d()./\u2010-\u2015-]{1,15}$/.test(token.text)) break;
      groups.push(token.text);
    }
    return groups;
  }

  /** A stranger has at least the name that the mention shows. */
  async #mentionedPerson({ address, name }: Mention): Promise<Person> {
    const person = await this.#around.people.find(address);
    const called = visible(name ?? '').trim();
    return person.name !== null || called === '' ? person : { ...person, name: called };
  }

  /** The mention that is written here: by its digits, by its name, else by its place among the mentions. */
  #mentioned(at: number): (Mention & { readonly used: number }) | null {
    const { mentions } = this.#around.message;
    const first = this.#words[at]!.text.slice(1);
    const digits = first.replace(/^\+/, '');
    const byNumber = mentions.find(
      ({ address }) => /^\d+$/.test(digits) && address.replace(/^\+|^lid:/, '') === digits,
    );
    if (byNumber !== undefined) return { ...byNumber, used: 1 };
    const byName = mentions.flatMap(({ address, name }) => {
      // Whoever calls themselves by somebody's digits is not meant by them.
      if (name === undefined || MENTION_DIGITS.test(first)) return [];
      const words = visible(name).trim().split(/\s+/);
      const written = this.#words.slice(at, at + words.length).map(({ text }) => text);
      written[0] = first;
      const isIt = written.join(' ').toLowerCase() === words.join(' ').toLowerCase();
      return isIt ? [{ address, name, used: words.length }] : [];
    });
    const meant = new Set(byName.map(({ address }) => address)).size;
    if (meant > 1) throw this.#ambiguous(meant);
    return byName[0] ?? this.#mentionedByPlace(at);
  }

  /**
   * Some gateways put other digits into the text than they name people by: then it is the place that tells. Where not
   * every `@` of the text has its mention, that would be guessing.
   */
  #mentionedByPlace(at: number): (Mention & { readonly used: number }) | null {
    const { mentions } = this.#around.message;
    const places = [...this.#text.matchAll(MENTION)].map(({ index }) => index);
    const { start, end } = this.#words[at]!;
    const next = mentions[places.findIndex((place) => place >= start && place < end)];
    if (places.length !== mentions.length || next === undefined || next.name !== undefined) return null;
    return { address: next.address, used: 1 };
  }

  #ambiguous(count: number): UserError {
    return this.#mistake(
      'AMBIGUOUS_NAME',
      `${count} people have that name.`,
      'Mention the one you mean, answer a message of theirs, or give their number.',
    );
  }

  #mistake(code: string, message: string, hint?: string): UserError {
    const { prefix } = this.#around;
    const usage = `It is written: ${prefix}${usageOf(this.#command)}`;
    return new UserError({
      code,
      message,
      hint: hint === undefined ? usage : `${hint}\n${usage}`,
      example: `${prefix}${this.#command.examples[0]!}`,
    });
  }
}

/** Of what was written, as much as helps to find it. Digits could be a number, which an error must not hold. */
function short(text: string): string {
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return /\d{5}/.test(cut.replace(/[\s()./-]/g, '')) ? 'What was written' : `"${cut}"`;
}
