import { noteMessage } from './chats.js';
import { Collection } from './collection.js';
import { Model } from './model.js';
import { define } from './modules.js';
import { MsgKey } from './msgKey.js';
import { readAll, save } from './storage.js';
import { createWid } from './wid.js';

/** One message. The site cannot make one without an id, and says so in these words. */
export class Message extends Model {
  constructor(attributes) {
    super(attributes);
    if (this.id === undefined) {
      throw new Error(
        "Data passed to getter must include an id property (it's how we memoize) but got undefined",
      );
    }
  }

  unsafe() {
    return this;
  }

  /** What goes with an answer to this message. */
  msgContextInfo() {
    return {
      quotedMsg: { type: this.type, body: this.body },
      quotedStanzaID: this.id.id,
      quotedParticipant: this.author ?? this.from,
    };
  }
}

class Messages extends Collection {
  modelClass = Message;

  /** Where it is not in memory, the site looks into its database, which takes no missing key. */
  async getMessagesById(ids) {
    if (ids.includes(undefined)) {
      throw new DOMException('No key or key range specified.', 'DataError');
    }
    return { messages: ids.map((id) => this.get(id)).filter(Boolean) };
  }
}

export const Msg = new Messages();

const isWid = (name) => ['from', 'to', 'author', 'quotedParticipant'].includes(name);

/** From what storage and the phone can write down: ids as texts. */
export function messageFrom({ id, mentionedJidList = [], ...record }) {
  const attributes = Object.entries(record).map(([name, value]) => [
    name,
    isWid(name) ? createWid(value) : value,
  ]);
  return new Message({
    ...Object.fromEntries(attributes),
    id: new MsgKey(id),
    mentionedJidList: mentionedJidList.map((wid) => createWid(wid)),
  });
}

export async function saveMessage(model) {
  const text = (value) => (value === undefined ? undefined : String(value));
  const { fromMe, remote, id, participant, self } = model.id;
  const { body, type, t, from, to, author, caption, mentionedJidList = [] } = model;
  const { quotedMsg, quotedStanzaID, quotedParticipant } = model;
  await save(
    'messages',
    {
      ...{ body, type, t, caption, quotedMsg, quotedStanzaID },
      ...{ from: text(from), to: text(to), author: text(author), quotedParticipant: text(quotedParticipant) },
      mentionedJidList: mentionedJidList.map(String),
      id: { fromMe, remote: text(remote), id, participant: text(participant), selfDir: self },
      isNewMsg: false,
    },
    String(model.id),
  );
}

export async function loadMessages() {
  for (const record of await readAll('messages')) noteMessage(Msg.keep(messageFrom(record)));
}

/** The message with that id; people name it without the chat. */
export function messageOf(id) {
  const found = Msg.getModelsArray().find((model) => model.id.id === id);
  if (found === undefined) throw new Error(`no message has the id ${id}`);
  return found;
}

const LINK = /https?:\/\/\S+/g;
const linksIn = (text) => (String(text ?? '').match(LINK) ?? []).map((href) => ({ href }));

define('WALinkify', { findLinks: linksIn, findLink: (text) => linksIn(text)[0] });
define('WAWebMsgReply', { canReplyMsg: () => true });
define('WAWebQuotedMsgModelUtils', {
  getQuotedMsgObj: (message) => messageOf(message.quotedStanzaID),
});
define('WAWebLinkPreviewChatAction', { getLinkPreview: async () => undefined });
define('WAWebSyncGatingUtils', { isPlaceholderMessageResendEnabled: () => false });
define('WAWebNonMessageDataRequestPlaceholderMessageResendUtils', {
  handlePlaceholderMsgsSeen: () => undefined,
});
// Only wrapped by the library, for messages of kinds that are not written here.
define('WAWebBackendJobsCommon', { mediaTypeFromProtobuf: () => null });
define('WAWebE2EProtoUtils', { typeAttributeFromProtobuf: () => 'text' });
