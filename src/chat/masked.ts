import { parseAddress } from '../access/address.js';
import type { Person } from '../access/person.js';
import { plain, type Text } from './text.js';

/** How somebody is called in a chat: a command's `show`. */
export type Show = (who: Person | string) => Text;

/** What people, phones and WhatsApp put between the digits of a number; some of it is not seen. */
const BETWEEN =
  ' ()./\\-\u00a0\u2007\u202f\u2010-\u2015\u2212\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff';

/**
 * A number with its country code, a LID, a WhatsApp id, and digits that could be a number without its plus. Digits are
 * digits in any script.
 */
const ADDRESS = new RegExp(
  [
    `(?:[+＋]|(?<![\\w.+])00)\\p{Nd}[\\p{Nd}${BETWEEN}]{5,40}\\p{Nd}`,
    '\\blid:\\d{3,20}',
    '(?<![\\w.])\\d{7,20}(?::\\d{1,4})?@(?:c\\.us|s\\.whatsapp\\.net|lid)\\b',
    '(?<![\\w.+])\\p{Nd}{10,15}(?![\\w.])',
  ].join('|'),
  'gu',
);

/** Of one text, so much is shown. */
const LONGEST = 1000;

/** Words from the record with every number in them as this audience may see it. */
export function masked(words: string, show: Show): Text {
  const short = words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
  return plain(
    short.replace(ADDRESS, (found) => {
      const written = asciiDigits(found);
      const isInternational = written.startsWith('00');
      const isBare = isInternational || /^\d+$/.test(written);
      const bare = isBare
        ? parseAddress(`+${isInternational ? written.slice(2) : written}`)
        : (parseAddress(written) ?? digitsOf(written));
      // What cannot be a number is some other figure, and stays.
      return bare === null ? found : String(show(bare));
    }),
  );
}

/** With digits from 0 to 9, and without what is not seen between them. */
const asciiDigits = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[^\P{Nd}0-9]/gu, digitOf);

/** The digits of a script stand one after the other; before its zero there is none. */
function digitOf(char: string): string {
  let value = 0;
  const zero = (code: number) => !/\p{Nd}/u.test(String.fromCodePoint(code - 1));
  while (value < 9 && !zero(char.codePointAt(0)! - value)) value += 1;
  return String(value);
}

/** A number that no country has was still written as one. */
const digitsOf = (text: string): string => `+${text.replace(/\D/g, '')}`;

/** The beginning of words that would be too long for their place. */
export function clipped(words: string, longest: number): string {
  if (words.length <= longest) return words;
  return `${words.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
