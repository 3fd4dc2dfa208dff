import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/**
 * By what somebody is known: `+49…` in E.164 form, `lid:…` where WhatsApp gives only that, or `console:local`.
 * A LID is digits as well and never compared with a phone: the two have different beginnings.
 */
export type Address = string;

export const LOCAL: Address = 'console:local';

export type AddressKind = 'phone' | 'lid' | 'console';

export function addressKind(address: Address): AddressKind {
  if (address.startsWith('+')) return 'phone';
  return address.startsWith('lid:') ? 'lid' : 'console';
}

/** Longer texts are no address, and would only cost time. */
const LONGEST = 64;

/**
 * An address from what a person or a gateway writes; null where it is none. All ways to write one number come to
 * the same: `0151 234…` (in `country`), `+49 151 234…`, `49151234…@c.us`.
 *
 * @example parseAddress('030 23125 001', 'DE') // '+493023125001'
 */
export function parseAddress(text: string, country?: string): Address | null {
  const bare = text.trim();
  if (bare.length === 0 || bare.length > LONGEST) return null;
  if (bare === LOCAL) return LOCAL;
  const [, digits, server] = /^(\d{1,20})(?::\d{1,4})?@(c\.us|s\.whatsapp\.net|lid)$/.exec(bare) ?? [];
  if (digits !== undefined) return server === 'lid' ? `lid:${digits}` : phoneFrom(`+${digits}`);
  const lid = /^lid:(\d{1,20})$/i.exec(bare)?.[1];
  if (lid !== undefined) return `lid:${lid}`;
  return phoneFrom(bare.startsWith('00') ? `+${bare.slice(2)}` : bare, country);
}

/**
 * The digits by which a phone number may stand in a text, without what separates them: with the country's code, and
 * as people of that country write it among themselves.
 *
 * @example writtenForms('+493023125001', 'DE') // ['493023125001', '00493023125001', '4903023125001', …]
 */
export function writtenForms(phone: Address, country?: string): string[] {
  const digits = phone.slice(1);
  const forms = [digits, `00${digits}`];
  const number = parsePhoneNumberFromString(phone);
  if (number === undefined) return forms;
  const { countryCallingCode: code, nationalNumber: national } = number;
  forms.push(`${code}0${national}`);
  if (country !== undefined && parseAddress(`0${national}`, country) === phone) forms.push(`0${national}`);
  if (country !== undefined && parseAddress(national, country) === phone) forms.push(national);
  return forms;
}

function phoneFrom(text: string, country?: string): Address | null {
  if (!/^\+?[\d ()./\u00a0\u2010-\u2015-]+$/.test(text)) return null;
  const number = parsePhoneNumberFromString(text, country as CountryCode | undefined);
  // Possible, not assigned: numbering plans change faster than any table of them.
  return number?.isPossible() ? number.number : null;
}
