import { define } from './modules.js';
import { OPTIONS } from './options.js';
import { createWid } from './wid.js';

/** Since July 2026 the text of a key has no name of its own any more, only the minifier's; that of a Wid still has. */
const TEXT = OPTIONS.shape === 'classic' ? '_serialized' : '$1';

/** What a message is known by. Only keys of the bot's own messages have a direction at their end. */
export class MsgKey {
  constructor({ from, to, fromMe, remote, id, participant, selfDir }) {
    this.fromMe = fromMe ?? selfDir === 'out';
    this.remote = createWid(remote ?? (this.fromMe ? to : from));
    this.id = id;
    if (participant) this.participant = createWid(participant);
    if (selfDir) this.self = selfDir;
    this[TEXT] = [this.fromMe, this.remote, id, participant, selfDir]
      .filter((part) => part !== undefined)
      .join('_');
  }

  toString() {
    return this[TEXT];
  }

  static async newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return `3EB0${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`.toUpperCase();
  }
}

define('WAWebMsgKey', MsgKey);
