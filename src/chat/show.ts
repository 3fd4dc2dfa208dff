import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { type Address, addressKind } from '../access/address.js';
import type { Person } from '../access/person.js';
import { isAtLeast } from '../access/role.js';
import { masked } from './masked.js';
import { bold, plain, say, type Text } from './text.js';

/** Who reads an answer, and whether others read it with them. */
export interface Audience {
  readonly person: Person;
  readonly isGroup: boolean;
}

/** Full numbers are for admins in a direct chat; and one's own is no secret to oneself. */
function seesFully({ person, isGroup }: Audience, address: Address): boolean {
  return !isGroup && (isAtLeast(person.role, 'ADMIN') || address === person.address);
}

/**
 * An address as far as an audience may see it: `+493023125001` or `+49•••••001`. Takes what stands in the record as
 * well, such as `SYSTEM`.
 */
export function shownAddress(address: string, audience: Audience): string {
  if (address === 'SYSTEM') return 'Reeve';
  const kind = address.startsWith('console:') || /^\+|^lid:/.test(address) ? addressKind(address) : null;
  if (kind === 'console') return 'the local user';
  if (kind === null || seesFully(audience, address)) return address;
  return kind === 'lid' ? `lid:•••••${address.slice(-3)}` : maskedPhone(address);
}

/** The country stays, and enough to tell two people apart. */
function maskedPhone(phone: string): string {
  const country = parsePhoneNumberFromString(phone)?.countryCallingCode ?? '';
  return `+${country}•••••${phone.length > 8 ? phone.slice(-3) : ''}`;
}

/**
 * Makes the function that shows people to an audience: by name where there is one, and by number as far as it may be
 * seen. An address alone is shown as a number.
 *
 * @example shownTo({ person, isGroup: true })(bo) // *Bo* (+1•••••101)
 */
export function shownTo(audience: Audience): (who: Person | string) => Text {
  const show = (who: Person | string): Text => {
    if (typeof who === 'string') return plain(shownAddress(who, audience));
    const address = shownAddress(who.address, audience);
    // Some call themselves by their number, and some by nothing that is seen.
    const name = masked(who.name ?? '', show);
    return String(name) === '' ? plain(address) : say`${bold(name)} (${address})`;
  };
  return show;
}
