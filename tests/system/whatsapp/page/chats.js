import { Collection } from './collection.js';
import { pass } from './hanging.js';
import { Model } from './model.js';
import { define } from './modules.js';
import { readFact, save } from './storage.js';
import { createWid } from './wid.js';

/** Direct chats come into being when somebody writes; groups are made by people. */
export const Chat = new Collection();
export const GroupMetadata = new Collection();
GroupMetadata.update = async () => undefined;

let groups = {};

export async function loadChats() {
  groups = (await readFact('groups')) ?? {};
  for (const [id, group] of Object.entries(groups)) keepGroup(id, group);
}

/** `usesLids`: its members are known to one another by their LIDs alone. */
export async function saveGroup(id, { name, usesLids = false }) {
  groups = { ...groups, [id]: { name, usesLids } };
  keepGroup(id, groups[id]);
  await save('facts', groups, 'groups');
}

function keepGroup(id, { name, usesLids }) {
  const groupMetadata = new Model({
    id: createWid(id),
    subject: name,
    participants: [],
    announce: false,
    isLidAddressingMode: usesLids,
  });
  Chat.keep(newChat(id, { formattedTitle: name, groupMetadata }));
}

export function openChat(id) {
  return Chat.get(id) ?? Chat.keep(newChat(id, { formattedTitle: createWid(id).user }));
}

function newChat(id, attributes) {
  return new Model({ id: createWid(id), mute: { expiration: 0 }, unreadCount: 0, msgs: [], ...attributes });
}

/** The messages of a chat are listed in it, and the newest that came in is named. */
export function noteMessage(model) {
  const chat = openChat(model.id.remote);
  chat.msgs = [...chat.msgs, model];
  if (!model.id.fromMe) chat.lastReceivedKey = model.id;
}

const isOn = (server) => (chat) => chat.id.server === server;

define('WAWebFindChatAction', {
  async findOrCreateLatestChat(like) {
    await pass('chat');
    const wid = createWid(like);
    const chat = Chat.get(wid) ?? (wid.isUser() ? openChat(wid) : undefined);
    return chat && { chat };
  },
});
define('WAWebChatGetters', { getIsNewsletter: isOn('newsletter'), getIsBroadcast: isOn('broadcast') });
define('WAWebLidMigrationUtils', { toPn: () => undefined });
define('WAWebUpdateUnreadChatAction', { sendSeen: async () => undefined });
define('WAWebGetEphemeralFieldsMsgActionsUtils', { getEphemeralFields: () => ({}) });
