import type { IncomingMessage, Mention } from '../../message.js';
import { keyFrom, messageKey } from './messageKey.js';
import { addressOf, isGroup, widOf } from './wid.js';

/** A message as the library hands it over, as far as it is read here. `_data` is what it was made from. */
export interface WireMessage {
  readonly id?: unknown;
  readonly from?: unknown;
  readonly author?: unknown;
  readonly body?: unknown;
  readonly type?: unknown;
  readonly timestamp?: unknown;
  readonly fromMe?: unknown;
  readonly mentionedIds?: unknown;
  /** Of a message that was revoked: the key it had. */
  readonly protocolMessageKey?: unknown;
  readonly _data?: unknown;
}

export interface WireChange {
  readonly change: 'edited' | 'revoked';
  /** What an edited message says now. */
  readonly text?: unknown;
}

/** Types that hold a file; what they say is their caption. The body of such a one may be a thumbnail. */
const FILES = ['image', 'video', 'document', 'audio', 'ptt', 'sticker', 'album'];

/** Whoever mentions more people than this means nobody in particular, and each of them costs a look. */
const MOST_MENTIONS = 64;

/**
 * What came over the wire as a message that every room understands; null for what nobody wrote to us: our own
 * messages, notices, channels, statuses. The sender is the author where there is one, as in groups, else the chat.
 */
export function incomingFrom(wire: WireMessage, become?: WireChange): IncomingMessage | null {
  const data = (typeof wire._data === 'object' && wire._data !== null ? wire._data : {}) as Readonly<
    Record<string, unknown>
  >;
  const ownId = (become?.change === 'revoked' ? wire.protocolMessageKey : undefined) ?? wire.id;
  const key = messageKey(ownId);
  // The objects of the library read `_serialized` where there is none any more, so what they were made from goes first.
  const chatId = widOf(data.from) ?? widOf(wire.from);
  if (key === null || key.startsWith('true_') || wire.fromMe === true || chatId === null) return null;
  const address = addressOf(data.author) ?? addressOf(wire.author) ?? addressOf(chatId);
  const text = textOf(wire, data, become);
  if (address === null || text === null) return null;
  const name = typeof data.notifyName === 'string' && data.notifyName !== '' ? data.notifyName : undefined;
  const quoted = quotedBy(data, chatId);
  return {
    key,
    channel: 'whatsapp',
    chat: { id: chatId, isGroup: isGroup(chatId) },
    sender: name === undefined ? { address } : { address, name },
    text,
    at: 1000 * (typeof wire.timestamp === 'number' ? Math.trunc(wire.timestamp) : 0),
    mentions: mentionsOf(wire, data),
    ...(quoted !== null && { quoted }),
    ...(become !== undefined && { change: become.change }),
  };
}

/** Null where it says nothing: a notice of the system, a place, a card. */
function textOf(
  wire: WireMessage,
  data: Readonly<Record<string, unknown>>,
  become?: WireChange,
): string | null {
  if (become?.change === 'revoked') return '';
  if (become !== undefined) return typeof become.text === 'string' ? become.text : null;
  const type = wire.type ?? data.type;
  if (FILES.includes(type as string)) return typeof data.caption === 'string' ? data.caption : '';
  if (type !== 'chat') return null;
  const body = wire.body ?? data.body;
  return typeof body === 'string' ? body : null;
}

function mentionsOf(wire: WireMessage, data: Readonly<Record<string, unknown>>): Mention[] {
  const ids = data.mentionedJidList ?? wire.mentionedIds;
  if (!Array.isArray(ids)) return [];
  return ids.slice(0, MOST_MENTIONS).flatMap((id) => {
    const address = addressOf(id);
    return address === null ? [] : [{ address }];
  });
}

/** Whom the message answers, and which message of theirs. */
function quotedBy(data: Readonly<Record<string, unknown>>, chatId: string): IncomingMessage['quoted'] | null {
  const { quotedStanzaID, quotedParticipant, quotedRemoteJid } = data;
  const sender = addressOf(quotedParticipant);
  if (sender === null) return null;
  const remote = widOf(quotedRemoteJid) ?? chatId;
  // In a direct chat what the other side did not write is ours. In a group nobody asks whether it was.
  const isOurs = !isGroup(remote) && widOf(quotedParticipant) !== chatId;
  const key =
    typeof quotedStanzaID === 'string'
      ? keyFrom(isOurs, remote, quotedStanzaID, isGroup(remote) ? quotedParticipant : undefined)
      : null;
  const { type, body } = (data.quotedMsg ?? {}) as { readonly type?: unknown; readonly body?: unknown };
  return {
    sender,
    ...(key !== null && { key }),
    ...(type === 'chat' && typeof body === 'string' && { text: body }),
  };
}
