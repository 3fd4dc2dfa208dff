import { noteMessage, openChat, saveGroup } from './chats.js';
import { Cmd, Conn, isPairing, link, progress, Socket } from './connection.js';
import { asked, Contact, setPhoneOf } from './contacts.js';
import { hanging, hangs } from './hanging.js';
import { me } from './me.js';
import { Msg, messageFrom, messageOf, saveMessage } from './messages.js';
import { Model } from './model.js';
import { MISSING } from './modules.js';
import { MsgKey } from './msgKey.js';
import { written } from './sending.js';
import { forgetAll, readAll, save } from './storage.js';
import { createWid } from './wid.js';

/** What the library exposes for messages; each returns once it was handled in Node. */
const HANDLERS = [
  'onAddMessageEvent',
  'onAddMessageCiphertextEvent',
  'onChangeMessageEvent',
  'onChangeMessageTypeEvent',
  'onEditMessageEvent',
];

const heard = [];

/** Does something and waits until the library's handlers in Node have had it. */
async function untilHeard(act) {
  for (const name of HANDLERS) watch(name);
  heard.length = 0;
  act();
  await Promise.all(heard);
}

/** Puppeteer keeps its book of calls on the function that the window has, so the one in its place takes that over. */
function watch(name) {
  const original = window[name];
  if (original === undefined || original.isWatched) return;
  const watched = (...args) => {
    const call = original(...args);
    heard.push(call);
    return call;
  };
  window[name] = Object.assign(watched, original, { isWatched: true });
}

async function newMessage({
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

/** Everything that comes from outside the browser. Tests call it through the DevTools. */
export const phone = {
  state: () => ({
    socket: Socket.state,
    hasSynced: Socket.hasSynced,
    isPairing: isPairing(),
    isListening: Msg.hears('add'),
    hangs,
  }),
  scan: link,
  newQr: () => Conn.refresh(),
  sync: () => Socket.sync(),
  become: (state) => Socket.become(state),
  progress(percent) {
    progress.percent = percent;
    Cmd.trigger('offline_progress_update_from_bridge');
  },

  async receive({ times = 1, ...message }) {
    const model = await newMessage(message);
    noteMessage(Msg.keep(model));
    await saveMessage(model);
    await untilHeard(() => {
      for (let time = 0; time < times; time++) Msg.trigger('add', model);
    });
    return model.id.id;
  },

  /** What came in encrypted can be read now. */
  async decrypt(id) {
    const model = messageOf(id);
    await untilHeard(() => model.set({ type: 'chat' }));
    await saveMessage(model);
  },

  async edit(id, text) {
    const model = messageOf(id);
    const part = model.directPath === undefined ? 'body' : 'caption';
    await untilHeard(() =>
      model.set({ latestEditMsgKey: model.id, latestEditSenderTimestampMs: Date.now(), [part]: text }),
    );
    await saveMessage(model);
  },

  async revoke(id, { underNewId = false } = {}) {
    const model = messageOf(id);
    const { fromMe, remote, participant } = model.id;
    const taken = { type: 'revoked', body: undefined, caption: undefined, protocolMessageKey: model.id };
    const newId = await MsgKey.newId();
    if (underNewId) taken.id = new MsgKey({ fromMe, remote, participant, id: newId });
    await untilHeard(() => model.set(taken));
  },

  group: saveGroup,
  setPhoneOf,
  asked: () => asked,
  async sent() {
    await written();
    return readAll('sent');
  },
  missing: () => [...MISSING],

  hang(call) {
    hanging.set(call, true);
  },
  /** What hangs already hangs for good. */
  unhang: () => hanging.clear(),
  /** Nothing in the page runs any more. */
  freeze() {
    setTimeout(() => {
      for (;;);
    });
  },

  /** The device was removed on the phone. The site goes to a page of its own, which may not be within reach. */
  async logout({ isReachable }) {
    await forgetAll();
    Cmd.trigger('logout');
    if (isReachable) location.reload();
    else location.assign('/?post_logout=1&logout_reason=0');
  },
  async unlink() {
    await save('facts', false, 'linked');
    Socket.become('UNPAIRED');
  },
};
