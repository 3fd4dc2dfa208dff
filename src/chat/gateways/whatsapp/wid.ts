import { type Address, addressKind, parseAddress } from '../../../access/address.js';

/** What is common to all ids of people and chats: `12025550100@c.us`, a LID `100200300@lid`, a group `…@g.us`. */
const FORM = /^([\d-]{1,32})(?::\d{1,4})?@(c\.us|s\.whatsapp\.net|lid|g\.us)$/;

/**
 * The text of an id, or null where it is none that people chat by (a channel, a status). The library hands ids over as
 * texts in some events and as objects in others; and the objects lost their `_serialized` in July 2026, when it
 * became `$1` (upstream issues 201830 and 201857).
 */
export function widOf(value: unknown): string | null {
  const [, user, server] = FORM.exec(textOf(value)) ?? [];
  if (user === undefined) return null;
  return `${user}@${server === 's.whatsapp.net' ? 'c.us' : server}`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const { _serialized, $1, user, server } = value as Record<string, unknown>;
  for (const text of [_serialized, $1]) if (typeof text === 'string') return text;
  return typeof user === 'string' && typeof server === 'string' ? `${user}@${server}` : '';
}

/** Whose id it is. The two kinds of digits stay apart: a phone becomes `+…`, a LID `lid:…`. */
export function addressOf(value: unknown): Address | null {
  const wid = widOf(value);
  return wid === null || isGroup(wid) ? null : parseAddress(wid);
}

export const isGroup = (wid: string): boolean => wid.endsWith('@g.us');

/** The chat with somebody, whom WhatsApp knows by a phone or by a LID. */
export function widFor(address: Address): string {
  const kind = addressKind(address);
  if (kind === 'phone') return `${address.slice(1)}@c.us`;
  if (kind === 'lid') return `${address.slice(4)}@lid`;
  throw new TypeError('only a phone or a LID has a chat on WhatsApp');
}
