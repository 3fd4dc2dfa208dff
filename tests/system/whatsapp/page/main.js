/**
 * A stand-in for WhatsApp Web, written by hand: as much of it as the library asks for, and nothing that was taken
 * from the site. It starts as the site does, and what happens to it comes through `window.phone`.
 */
import { Chat, GroupMetadata, loadChats } from './chats.js';
import { Collection } from './collection.js';
import { connect } from './connection.js';
import { Contact, loadContacts } from './contacts.js';
import './media.js';
import { loadMessages, Msg } from './messages.js';
import { define, requireModule } from './modules.js';
import { OPTIONS } from './options.js';
import { phone } from './phone.js';
import './sending.js';
import { openStorage } from './storage.js';

define('WAWebCollections', {
  Msg,
  Chat,
  Contact,
  GroupMetadata,
  Blocklist: new Collection(),
});

async function boot() {
  await openStorage();
  await Promise.all([loadContacts(), loadChats()]);
  await loadMessages();
  window.require = requireModule;
  window.phone = phone;
  window.Debug = { VERSION: OPTIONS.version };
  await connect();
}

boot();
