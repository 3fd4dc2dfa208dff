import { type Address, parseAddress } from '../access/address.js';
import { People } from '../access/people.js';
import type { Reeve } from '../compose.js';
import { systemClock } from '../config/clock.js';
import { UserError } from '../config/userError.js';

/** Somebody by number, LID, or a name that only they have. */
export async function whomMeant({ config, record }: Reeve, words: string, example: string): Promise<Address> {
  const address = parseAddress(words, config.country);
  if (address !== null) return address;
  const named = await new People({ record, clock: systemClock }).named(words);
  if (named.length === 1) return named[0]!.address;
  throw new UserError({
    code: named.length === 0 ? 'UNKNOWN_PERSON' : 'SEVERAL_PEOPLE',
    message:
      named.length === 0
        ? 'Nobody is known by that name, and it is no phone number and no LID.'
        : `${named.length} people are known by that name.`,
    hint: 'Name them by phone number with the country code, or by LID.',
    example,
  });
}
