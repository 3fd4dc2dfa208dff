import { noteMessage, saveGroup } from './chats.js';
import { Cmd, Conn, isPairing, link, progress, Socket } from './connection.js';
import { asked, setPhoneOf } from './contacts.js';
import { hanging, hangs } from './hanging.js';
import { untilHeard } from './hearing.js';
import { newMessage } from './incoming.js';
import { Msg, messageOf, saveMessage } from './messages.js';
import { MISSING } from './modules.js';
import { MsgKey } from './msgKey.js';
import { written } from './sending.js';
import { forgetAll, readAll, save } from './storage.js';

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
  loading(percent) {
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
