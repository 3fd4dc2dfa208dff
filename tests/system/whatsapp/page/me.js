import { define } from './modules.js';
import { OPTIONS } from './options.js';
import { createWid } from './wid.js';

/** The account that the bot is linked to. It may be known by its LID alone. */
export const me = {
  phone: createWid(OPTIONS.own.phone),
  lid: createWid(OPTIONS.own.lid),
  get wid() {
    return this.phone ?? this.lid;
  },
};

define('WAWebUserPrefsMeUser', { getMaybeMePnUser: () => me.phone, getMaybeMeLidUser: () => me.lid });
