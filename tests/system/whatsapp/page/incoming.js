import { openChat } from './chats.js';
import { Contact } from './contacts.js';
import { me } from './me.js';
import { messageFrom, messageOf } from './messages.js';
import { Model } from './model.js';
import { MsgKey } from './msgKey.js';
import { createWid } from './wid.js';

/** A message as it comes over the wire, from what a test says of it. */
export async function newMessage({
  id,
  from,
  group,
  fromMe = false,
  to,
  name,
  text,
  at,
  mentions,
  quotes,
  file,
  hidden,
}) {
  const chat = group ?? (fromMe ? to : from);
  const quoted = quotes === undefined ? undefined : messageOf(quotes);
  openChat(chat);
  if (!fromMe) Contact.keep(new Model({ id: createWid(from), pushname: name, name: undefined }));
  return messageFrom({
    id: {
      fromMe,
      remote: chat,
      id: id ?? (await MsgKey.newId()),
      participant: group && (fromMe ? String(me.wid) : from),
      selfDir: fromMe ? 'out' : undefined,
    },
    from: fromMe ? String(me.wid) : chat,
    to: fromMe ? chat : String(me.wid),
    ...(group && { author: fromMe ? String(me.wid) : from }),
    type: hidden ? 'ciphertext' : (file?.kind ?? 'chat'),
    body: file ? 'dGh1bWI=' : text,
    ...(file && { caption: text, mimetype: file.mime, directPath: '/v/received', filename: file.name }),
    t: Math.floor((at ?? Date.now()) / 1000),
    self: fromMe ? 'out' : 'in',
    ack: 1,
    isNewMsg: true,
    notifyName: name,
    mentionedJidList: mentions ?? [],
    ...(quoted && { ...quoted.msgContextInfo(), quotedParticipant: String(quoted.author ?? quoted.from) }),
  });
}
