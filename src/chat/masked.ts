import { parseAddress } from '../access/address.js';
import type { Person } from '../access/person.js';
import { plain, type Text } from './text.js';

/** How somebody is called in a chat: a command's `show`. */
export type Show = (who: Person | string) => Text;

/** A number with its country code, a LID, a WhatsApp id, and digits that could be a number without its plus. */
const ADDRESS =
  /\+\d[\d ()./-]{5,20}\d|\blid:\d{3,20}|(?<![\w.])\d{7,20}(?::\d{1,4})?@(?:c\.us|s\.whatsapp\.net|lid)\b|(?<![\w.+])\d{10,15}(?![\w.])/g;

/** Of one text, so much is shown. */
const LONGEST = 1000;

/** Words from the record with every number in them as this audience may see it. */
export function masked(words: string, show: Show): Text {
  const short = words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
  return plain(
    short.replace(ADDRESS, (found) => {
      const bare = /^\d+$/.test(found) ? parseAddress(`+${found}`) : found;
      // What cannot be a number is some other figure, and stays.
      return bare === null ? found : String(show(parseAddress(bare) ?? digitsOf(bare)));
    }),
  );
}

/** A number that no country has was still written as one. */
const digitsOf = (text: string): string => `+${text.replace(/\D/g, '')}`;

/** The beginning of words that would be too long for their place. */
export function clipped(words: string, longest: number): string {
  if (words.length <= longest) return words;
  return `${words.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
