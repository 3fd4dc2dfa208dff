import { widOf } from './wid.js';

/** Longer ids are nobody's. */
const LONGEST = 256;

/**
 * The key of a message, made from its parts, because the text that used to come with it is gone since July 2026
 * (upstream issues 201830 and 201857). It reads as that text did, `false_12025550100@c.us_3EB0…`, so the page still
 * finds a message by it. Null for what has no key, or is of no chat.
 */
export function messageKey(id: unknown): string | null {
  if (typeof id === 'string') return keyFromText(id);
  if (typeof id !== 'object' || id === null) return null;
  const { fromMe, remote, id: own, participant, _serialized, $1 } = id as Record<string, unknown>;
  if (typeof own === 'string' && remote !== undefined)
    return keyFrom(fromMe === true, remote, own, participant);
  const text = [_serialized, $1].find((value) => typeof value === 'string');
  return text === undefined ? null : keyFromText(text as string);
}

/** The key of a message of which only the chat, the id and the writer are known: one that is quoted. */
export function keyFrom(fromMe: boolean, remote: unknown, own: string, participant: unknown): string | null {
  const chat = widOf(remote);
  if (chat === null || !/^[\w.-]+$/.test(own) || own.length > LONGEST) return null;
  const writer = participant === undefined || participant === null ? null : widOf(participant);
  return `${fromMe}_${chat}_${own}${writer === null ? '' : `_${writer}`}`;
}

function keyFromText(text: string): string | null {
  const [, fromMe, remote, own, participant] =
    /^(true|false)_([^_]+@[^_]+)_([^_]+)(?:_([^_]+@[^_]+))?$/.exec(text) ?? [];
  return own === undefined ? null : keyFrom(fromMe === 'true', remote, own, participant);
}

/** The chat and the writer that a key names. Null for what is no key of ours. */
export function partsOf(key: string): {
  readonly fromMe: boolean;
  readonly chat: string;
  readonly own: string;
  readonly writer?: string;
} | null {
  const [, fromMe, chat, own, writer] =
    /^(true|false)_([^_]+)_([\w.-]+?)(?:_([^_]+@[^_]+))?$/.exec(key) ?? [];
  if (chat === undefined || own === undefined) return null;
  return { fromMe: fromMe === 'true', chat, own, ...(writer !== undefined && { writer }) };
}
