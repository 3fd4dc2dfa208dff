import { z } from 'zod';
import { byteSizeFrom } from './byteSize.js';
import { cronProblem } from './cron.js';
import { databaseProblem } from './database.js';
import { microsFrom } from './money.js';

/**
 * The kinds of value a variable can have: each the rule in words and the zod schema that reads the text. A
 * problem is a sentence that can be shown to anybody: kinds that may hold a password, a key or a phone number
 * speak of the value without repeating it.
 */
export interface Kind<T> {
  rule: string;
  schema: z.ZodType<T, string>;
}

type Reading<T> = { value: T } | { problem: string };

function kind<T>(rule: string, read: (text: string) => Reading<T>): Kind<T> {
  const schema = z.string().transform((text, context): T => {
    const reading = read(text);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', message: reading.problem });
    return z.NEVER;
  });
  return { rule, schema };
}

export function wholeNumber(from: number, to: number): Kind<number> {
  return kind(`a whole number from ${from} to ${to}`, (text) => {
    if (!/^-?\d+$/.test(text)) return { problem: `${quoted(text)} is not a whole number` };
    return within(Number(text), text, from, to);
  });
}

/** A number of bytes, plain or with a unit: `65536`, `64KiB`. */
export function byteSize(from: number, to: number): Kind<number> {
  return kind(`bytes, plain or with KiB, MiB or GiB, from ${from} to ${to}`, (text) => {
    const size = byteSizeFrom(text);
    if (size === null) return { problem: `${quoted(text)} is not a number of bytes` };
    return within(size, text, from, to);
  });
}

function within(value: number, text: string, from: number, to: number): Reading<number> {
  if (value < from) return { problem: `${shortened(text)} is too small` };
  if (value > to) return { problem: `${shortened(text)} is too large` };
  return { value };
}

export function oneOf<const T extends string>(...names: T[]): Kind<T> {
  return kind(`one of ${names.join(', ')}`, (text) => {
    const found = names.find((name) => name === text.toLowerCase());
    return found === undefined ? { problem: `${quoted(text)} is none of them` } : { value: found };
  });
}

export const yesOrNo: Kind<boolean> = kind('true or false', (text) => {
  if (/^(true|yes|on|1)$/i.test(text)) return { value: true };
  if (/^(false|no|off|0)$/i.test(text)) return { value: false };
  return { problem: `${quoted(text)} is neither` };
});

/** Stands in the public part of every entry for ever, so nothing like a phone number may get in. */
export const ledgerName: Kind<string> = kind(
  '1 to 63 of a-z, 0-9, "." and "-", beginning with a letter or digit, with no run of six digits',
  (text) => {
    if (/\d{6}/.test(text)) return { problem: 'it holds a run of six digits, as a phone number would' };
    if (text.length > 63) return { problem: `it is ${text.length} characters long` };
    if (!/^[a-z0-9]/.test(text)) return { problem: `${quoted(text)} does not begin with a-z or 0-9` };
    const stranger = /[^a-z0-9.-]/u.exec(text);
    return stranger ? { problem: `${quoted(text)} holds ${quoted(stranger[0])}` } : { value: text };
  },
);

export const timeZone: Kind<string> = kind('a time zone of the IANA database', (text) => {
  return isTimeZone(text) ? { value: text } : { problem: `${quoted(text)} is no time zone known here` };
});

/** Offsets such as `+01:00` are refused: they know no summer time, so days would begin at the wrong hour. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

export const country: Kind<string> = kind('a country of ISO 3166-1 as two letters', (text) => {
  const code = text.toUpperCase();
  // ISO leaves these to private use; Kosovo goes by one of them nearly everywhere.
  const isPrivate = /^(AA|Q[M-Z]|X[A-Z]|ZZ)$/.test(code) && code !== 'XK';
  if (!/^[A-Z]{2}$/.test(code)) return { problem: `${quoted(text)} is not two letters` };
  if (isPrivate || regions.of(code) === undefined) return { problem: `${quoted(text)} is no country` };
  return { value: code };
});

const PHONE_RULE = 'in E.164 form: "+", the country code and the number, 7 to 15 digits in all';

function phoneFrom(text: string): string | null {
  const bare = text.trim().replace(/(?<=\d)[ -](?=\d)/g, '');
  return /^\+[1-9]\d{6,14}$/.test(bare) ? bare : null;
}

export const phone: Kind<string> = kind(`a phone number ${PHONE_RULE}`, (text) => {
  const number = phoneFrom(text);
  return number === null ? { problem: `it is not a number ${PHONE_RULE}` } : { value: number };
});

export const phones: Kind<string[]> = kind(
  `phone numbers, separated by commas, each ${PHONE_RULE}`,
  (text) => {
    const parts = text.split(',').filter((part) => part.trim() !== '');
    if (parts.length === 0) return { problem: 'it holds no number' };
    const numbers = parts.map(phoneFrom);
    const bad = numbers.flatMap((number, index) => (number === null ? [index + 1] : []));
    if (bad.length > 0)
      return { problem: `of its ${parts.length} entries, this is no such number: ${bad.join(', ')}` };
    return { value: [...new Set(numbers.filter((number) => number !== null))] };
  },
);

/** What a command begins with. Were its last character a letter, ordinary words would be taken for commands. */
export const prefix: Kind<string> = kind(
  '1 to 8 characters without spaces, the last of them neither a letter nor a digit',
  (text) => {
    if ([...text].length > 8) return { problem: `it is ${[...text].length} characters long` };
    if (/[\s\p{C}]/u.test(text)) return { problem: 'it holds a space or an invisible character' };
    if (/[\p{L}\p{N}]$/u.test(text)) return { problem: `${quoted(text)} ends in a letter or digit` };
    return { value: text };
  },
);

export const cron: Kind<string> = kind(
  'five fields: minute, hour, day of the month, month, day of the week',
  (text) => {
    const problem = cronProblem(text);
    return problem === null ? { value: text.trim().replace(/\s+/g, ' ') } : { problem };
  },
);

/** Switches of a program, separated by spaces. Quotes hold one together that has spaces in it. */
export const switches: Kind<string[]> = kind(
  'switches that begin with "--", separated by spaces, those with spaces in double quotes',
  (text) => {
    const parts = text.match(/"[^"]*"|[^\s"]+/g) ?? [];
    const words = parts.map((part) => part.replaceAll('"', ''));
    // By its place, not in its words: a proxy's password may be among them.
    const bad = words.findIndex((word) => !/^--[a-z][a-z0-9-]*(?:=|$)/.test(word));
    if (bad >= 0) return { problem: `word ${bad + 1} of ${words.length} is no switch` };
    return { value: words };
  },
);

/** A file or folder. Made absolute later, when the working directory is known. */
export const path: Kind<string> = kind('a path, absolute or from the working directory', (text) => {
  if (text.includes('\0')) return { problem: 'it holds a NUL' };
  // Quoted or read from a file, `~` reaches us as it is and would become a folder of that name.
  if (/^~(\/|$)/.test(text)) return { problem: '"~" does not stand for the home directory here' };
  return { value: text };
});

export const htmlFile: Kind<string> = kind('the path of a file that ends in .html', (text) => {
  if (text.includes('\0')) return { problem: 'it holds a NUL' };
  return text.endsWith('.html') ? { value: text } : { problem: 'it does not end in .html' };
});

export const databaseUrl: Kind<string> = kind(
  'file:PATH, or postgresql://USER:PASSWORD@HOST:PORT/DATABASE',
  (text) => {
    const problem = databaseProblem(text);
    return problem === null ? { value: text } : { problem };
  },
);

export const httpUrl: Kind<string> = kind('a URL that begins with http:// or https://', (text) => {
  if (!URL.canParse(text)) return { problem: 'it cannot be read as a URL' };
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: 'it is not of http or https' };
  if (url.username !== '' || url.password !== '') return { problem: 'it holds credentials' };
  return { value: text };
});

/** A name or token that is passed on as it is. */
export const word: Kind<string> = kind('text without spaces', (text) => {
  return /[\s\p{C}]/u.test(text)
    ? { problem: 'it holds a space or an invisible character' }
    : { value: text };
});

/** Words of some length, line ends and all. */
export const words = (longest: number): Kind<string> =>
  kind(`at most ${longest} characters`, (text) => {
    if (text.length > longest) return { problem: `it is ${text.length} characters long` };
    return text.includes('\0') ? { problem: 'it holds a NUL' } : { value: text };
  });

/** What a million tokens cost, in millionths of the currency. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

export type Prices = ReadonlyMap<string, Price>;

export const prices: Kind<Prices> = kind(
  'for each model its name, "=", and what a million tokens cost that it reads and that it writes, separated by "/"; several are separated by commas',
  (text) => {
    const read = new Map<string, Price>();
    for (const [index, part] of text.split(',').entries()) {
      const [, model, input = '', output = ''] =
        /^\s*(\S+)\s*=\s*([\d.]+)\s*\/\s*([\d.]+)\s*$/.exec(part) ?? [];
      const price = { input: microsFrom(input), output: microsFrom(output) };
      if (model === undefined || price.input === null || price.output === null)
        return { problem: `entry ${index + 1} cannot be read as a model and its two prices` };
      if (read.has(model)) return { problem: `entry ${index + 1} names a model that has a price already` };
      read.set(model, { input: price.input, output: price.output });
    }
    return { value: read };
  },
);

export const currency: Kind<string> = kind('three letters, as ISO 4217 has them', (text) => {
  const code = text.toUpperCase();
  return /^[A-Z]{3}$/.test(code) ? { value: code } : { problem: `${quoted(text)} is not three letters` };
});

/** The path of a PEM file, or the seed itself. Which of the two it is, is looked up where files can be seen. */
export const signingKey: Kind<string> = kind(
  'the path of a PEM file with an Ed25519 private key, or base64 of its 32-byte seed',
  (text) => {
    if (text.includes('-----BEGIN'))
      return { problem: 'it holds the text of a PEM file instead of its path' };
    return { value: text };
  },
);

/** A value as it may be shown: short, visible, and without anything that could be a phone number. */
function quoted(text: string): string {
  return /\d{6}/.test(text) ? 'the value' : JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length > 40 ? `${characters.slice(0, 39).join('')}…` : text;
}
