import { Emitter } from './emitter.js';
import { me } from './me.js';
import { define } from './modules.js';
import { OPTIONS } from './options.js';
import { readFact, save } from './storage.js';

/** The line to the phone: linked or not, connected or not, synchronised or not. */
class SocketModel extends Emitter {
  state = 'OPENING';
  hasSynced = false;

  on(names, handler) {
    super.on(names, handler);
    // Synchronising takes as long as it takes; here it ends once somebody waits for its end, and never before.
    if (names.includes('change:hasSynced')) setTimeout(() => this.syncUnlessHeld());
    return this;
  }

  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.trigger('change:state', this, state);
    this.syncUnlessHeld();
  }

  syncUnlessHeld() {
    const isDue = this.state === 'CONNECTED' && !this.hasSynced && this.hears('change:hasSynced');
    if (OPTIONS.sync === 'at once' && isDue) this.sync();
  }

  /** The site says it each time that it has caught up, not only once. */
  sync() {
    this.hasSynced = true;
    this.trigger('change:hasSynced', this, true);
  }

  async logout() {
    await save('facts', false, 'linked');
    Cmd.trigger('logout');
    location.reload();
  }

  takeover() {
    this.become('CONNECTED');
  }
}

class ConnModel extends Emitter {
  ref = '2@first';
  platform = 'android';
  pushname = OPTIONS.own.name;

  get wid() {
    return me.wid;
  }

  refresh() {
    this.ref = `2@${crypto.randomUUID()}`;
    this.trigger('change:ref', this, this.ref);
  }

  serialize() {
    return { ref: this.ref, platform: this.platform, pushname: this.pushname };
  }
}

export const Socket = new SocketModel();
export const Conn = new ConnModel();
export const Cmd = Object.assign(new Emitter(), { refreshQR: () => Conn.refresh() });
export const progress = { percent: 0 };

/** Begins as the site does: with the link it has, else with a QR code. */
export async function connect() {
  Socket.become((await readFact('linked')) ? 'CONNECTED' : 'UNPAIRED');
}

let hasCode = false;

/** Whether a QR code or a pairing code is out, for somebody to take. */
export const isPairing = () => Socket.state === 'UNPAIRED' && (hasCode || Conn.hears('change:ref'));

/** The phone took the QR or the pairing code. */
export async function link() {
  if (Socket.state !== 'UNPAIRED') throw new Error(`nothing to be scanned: the socket is ${Socket.state}`);
  await save('facts', true, 'linked');
  Socket.become('PAIRING');
  Socket.become('CONNECTED');
}

const key = { pubKey: new Uint8Array(32).fill(7) };

define('WAWebSocketModel', { Socket });
define('WAWebConnModel', { Conn });
define('WAWebCmd', { Cmd });
define('WAWebOfflineHandler', {
  OfflineMessageHandler: { getOfflineDeliveryProgress: () => progress.percent },
});
define('WAWebAltDeviceLinkingApi', {
  setPairingType: () => undefined,
  initializeAltDeviceLinking: async () => undefined,
  initializeQRLinking: async () => undefined,
  async startAltLinkingFlow() {
    hasCode = true;
    return OPTIONS.pairingCode;
  },
});
define('WAWebLaunchSocketUtils', { refreshQR: () => Conn.refresh() });
define('WABase64', { encodeB64: (bytes) => btoa(String.fromCharCode(...bytes)) });
define('WAWebCompanionRegClientUtils', { DEVICE_PLATFORM: 1 });
define('WAWebAdvSignatureApi', {});
define('WAWebUserPrefsInfoStore', { waNoiseInfo: { get: async () => ({ staticKeyPair: key }) } });
define('WAWebSignalStoreApi', {
  waSignalStore: { getRegistrationInfo: async () => ({ identityKeyPair: key }) },
});
define('WAWebUserPrefsMultiDevice', { getADVSecretKey: () => 'c2VjcmV0' });
define('WAWebMiscBrowserUtils', { info: () => ({ os: 'Linux', name: 'Chrome' }) });
define('WAWebStreamModel', { Stream: { markAvailable: () => undefined, markUnavailable: () => undefined } });
