import { define } from './modules.js';
import { OPTIONS } from './options.js';

/** An id of a person, a group or a channel: `12025550100@c.us`, `120363000000000001@g.us`, `90000000000001@lid`. */
class Wid {
  constructor(text) {
    const [, user, server] = /^([\w-]+)@([a-z.]+)$/.exec(text) ?? [];
    if (server === undefined) throw new Error('wid error: invalid wid');
    this.server = server;
    this.user = user;
    this._serialized = text;
  }

  isLid() {
    return this.server === 'lid';
  }

  isUser() {
    return this.server === 'c.us' || this.isLid();
  }

  isGroup() {
    return this.server === 'g.us';
  }

  isStatus() {
    return this._serialized === 'status@broadcast';
  }

  toString() {
    return this._serialized;
  }

  toJid() {
    return this._serialized;
  }
}

// Events reach Node as JSON, and builds of the site differ in whether an id arrives there as an object or a text.
if (OPTIONS.ids === 'strings') {
  Wid.prototype.toJSON = function () {
    return this._serialized;
  };
}

export function createWid(like) {
  if (like === undefined || like === null) return undefined;
  return like instanceof Wid ? like : new Wid(String(like._serialized ?? like));
}

define('WAWebWidFactory', {
  createWid,
  createWidFromWidLike: createWid,
  asUserWidOrThrow(like) {
    const wid = createWid(like);
    if (!wid?.isUser()) throw new Error('wid error: not a user');
    return wid;
  },
});
