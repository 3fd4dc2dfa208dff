import type { Person } from '../access/person.js';

/** What could stand in an argument's place, for completion and help. */
export type Candidates = readonly string[] | 'command' | 'person' | 'setting' | 'search' | 'field';

/** What a text comes to, or why it comes to nothing. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; rule: string; example: string };

/**
 * One argument of a command: how it is written, how it is read. The kinds are made by `person`, `word`, `rest` and
 * `named`; `optional` makes any of them one that may be left out.
 */
export interface Argument<T = unknown> {
  readonly kind: 'person' | 'word' | 'rest' | 'named';
  readonly isOptional: boolean;
  readonly candidates: Candidates;
  /** Reads the text. Of a person, whom the router finds, this is never asked. */
  read(text: string): Parsed<T>;
}

export type Arguments = Readonly<Record<string, Argument>>;

/** What a handler gets, by the names of its arguments. */
export type ValuesOf<Args extends Arguments> = {
  [Name in keyof Args]: Args[Name] extends Argument<infer T> ? T : never;
};

const text = (words: string): Parsed<string> => ({ ok: true, value: words });

/** Somebody: a number, `me`, a mention, a known name, or whoever wrote the message that is answered. */
export function person(): Argument<Person> {
  return {
    kind: 'person',
    isOptional: false,
    candidates: 'person',
    read: () => ({ ok: false, rule: 'a person', example: '+12025550100' }),
  };
}

/** One word, or several in quotes. */
export function word(): Argument<string>;
export function word<T>(read: (text: string) => Parsed<T>, candidates?: Candidates): Argument<T>;
export function word(
  read: (text: string) => Parsed<unknown> = text,
  candidates: Candidates = [],
): Argument<unknown> {
  return { kind: 'word', isOptional: false, candidates, read };
}

/** One word of a few. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Argument<Word> {
  return word((given): Parsed<Word> => {
    const found = words.find((candidate) => candidate.toLowerCase() === given.toLowerCase());
    return found === undefined
      ? {
          ok: false,
          rule: words.length === 1 ? 'written just so' : `one of ${words.join(', ')}`,
          example: words[0]!,
        }
      : { ok: true, value: found };
  }, words);
}

/** Everything that is left, as it was written. It has to be the last one. */
export function rest(candidates: Candidates = []): Argument<string> {
  return { kind: 'rest', isOptional: false, candidates, read: text };
}

/** Written with its name, anywhere: `reason:"left the company"`. */
export function named(): Argument<string>;
export function named<T>(read: (text: string) => Parsed<T>): Argument<T>;
export function named(read: (text: string) => Parsed<unknown> = text): Argument<unknown> {
  return { kind: 'named', isOptional: false, candidates: [], read };
}

/** An argument that may be left out; the handler then gets null. */
export function optional<T>(argument: Argument<T>): Argument<T | null> {
  return { ...argument, isOptional: true };
}
