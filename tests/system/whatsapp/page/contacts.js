import { Collection } from './collection.js';
import { pass } from './hanging.js';
import { me } from './me.js';
import { Model } from './model.js';
import { define } from './modules.js';
import { readFact, save } from './storage.js';
import { createWid } from './wid.js';

/**
 * People, and which phone a LID belongs to. Only the server knows that: each question goes there, and its answer is
 * good for one look, so that `asked` counts what the bot really asks.
 */
export const Contact = new Collection();
export const asked = [];

let phones = {};
const answers = new Map();

export async function loadContacts() {
  phones = (await readFact('phones')) ?? {};
}

/** `phone` is null where the server knows the LID and gives no phone, undefined where it knows nothing of it. */
export async function setPhoneOf(lid, phone) {
  phones = { ...phones, [lid]: phone };
  await save('facts', phones, 'phones');
}

async function queryWidExists(wid) {
  asked.push(String(wid));
  await pass('lookup');
  const [lid, phone] = Object.entries(phones).find((pair) => pair.includes(String(wid))) ?? [];
  if (lid === undefined && wid.isLid()) return undefined;
  if (lid !== undefined) answers.set(String(wid), createWid(wid.isLid() ? phone : lid));
  return { wid };
}

function answerTo(wid) {
  const answer = answers.get(String(wid));
  answers.delete(String(wid));
  return answer;
}

Contact.find = async (like) => {
  await pass('contact');
  const wid = createWid(like);
  return Contact.get(wid) ?? Contact.keep(new Model({ id: wid, pushname: undefined, name: undefined }));
};

const nothing = () => undefined;

define('WAWebQueryExistsJob', { queryWidExists });
define('WAWebApiContact', {
  getCurrentLid: answerTo,
  getPhoneNumber: answerTo,
  getAlternateUserWid: nothing,
});
define('WAWebContactGetters', {
  getIsMe: (contact) => String(contact.id) === String(me.wid),
  getIsUser: (contact) => contact.id.isUser(),
  getIsGroup: (contact) => contact.id.isGroup(),
  getIsWAContact: () => true,
  getUserid: (contact) => contact.id.user,
  getVerifiedName: nothing,
  getVerifiedLevel: nothing,
  getStatusMute: nothing,
  getName: (contact) => contact.name,
  getShortName: nothing,
  getPushname: (contact) => contact.pushname,
  getIsEnterprise: () => false,
});
define('WAWebFrontendContactGetters', { getIsMyContact: () => false });
