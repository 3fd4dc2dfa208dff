import { noteMessage } from './chats.js';
import { hanging, pass } from './hanging.js';
import { uploadedFile } from './media.js';
import { Message, Msg, saveMessage } from './messages.js';
import { define } from './modules.js';
import { save } from './storage.js';

/** What leaves the bot. It is written down before it counts as sent, for `sent()` to tell. */

async function add(message) {
  await pass('send');
  const model = Msg.add(new Message(message));
  noteMessage(model);
  return model;
}

/** What is on its way, so that whoever asks what was sent waits for it. */
const onTheirWay = new Set();

export const written = () => Promise.all(onTheirWay);

async function deliver(model) {
  const writing = write(model);
  onTheirWay.add(writing);
  await writing.finally(() => onTheirWay.delete(writing));
  await pass('delivered');
  model.set({ ack: 1 });
  return { messageSendResult: 'OK' };
}

async function write(model) {
  const media = model.filehash && (await uploadedFile(model.filehash));
  await save('sent', {
    id: model.id.id,
    chat: String(model.to),
    text: media ? (model.caption ?? '') : model.body,
    kind: model.type,
    quotes: model.quotedStanzaID,
    mentions: (model.mentionedJidList ?? []).map(String),
    media,
  });
  await saveMessage(model);
}

define('WAWebSendMsgChatAction', {
  addAndSendMsgToChat(_chat, message) {
    const added = add(message);
    const sent = added.then(deliver);
    // Whoever does not wait for the result hears of a failure through the first promise.
    sent.catch(() => undefined);
    return [hanging.has('delivered') ? sent.then(() => added) : added, sent];
  },
});
define('WAWebSendReactionMsgAction', {
  async sendReactionToMsg(message, reaction) {
    await pass('send');
    await save('sent', { chat: String(message.id.remote), text: '', quotes: message.id.id, reaction });
  },
});
define('WAWebAddonReactionTableMode', { reactionTableMode: { bulkUpsert: () => undefined } });
define('WAWebAddonPollVoteTableMode', { pollVoteTableMode: { bulkUpsert: () => undefined } });
define('WAWebCallCollection', { on: () => undefined, calls: new Map() });
