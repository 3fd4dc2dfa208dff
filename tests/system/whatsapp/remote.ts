import { readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'whatsapp-web.js';

type Page = NonNullable<Client['pupPage']>;
type Browser = NonNullable<Client['pupBrowser']>;

export interface Received {
  /** `12025550100@c.us` or `90000000000001@lid`. */
  readonly from?: string;
  /** `120363000000000001@g.us`; without it the message is written in the direct chat. */
  readonly group?: string;
  readonly text: string;
  /** What the sender calls themselves. */
  readonly name?: string;
  /** The wire's id, unique in all chats; made up where none is given. */
  readonly id?: string;
  /** In ms. */
  readonly at?: number;
  /** Who is mentioned; the text holds `@<digits>` for each. */
  readonly mentions?: readonly string[];
  /** The id of the message this one answers to. */
  readonly quotes?: string;
  /** A file that comes along; the text is then what is said about it. */
  readonly file?: { readonly kind: 'image' | 'document'; readonly mime: string; readonly name: string };
  /** How often the same message is handed over. */
  readonly times?: number;
  /** It cannot be read before `decrypt(id)`. */
  readonly hidden?: boolean;
  /** Written on the bot's own phone, in the chat `to`. */
  readonly fromMe?: boolean;
  readonly to?: string;
}

export interface Sent {
  /** The wire's id; reactions have none. */
  readonly id?: string;
  readonly chat: string;
  /** What is said about a file, where there is one. */
  readonly text: string;
  readonly kind?: 'chat' | 'image' | 'document';
  /** The id of the message that is answered or reacted to. */
  readonly quotes?: string;
  readonly mentions?: readonly string[];
  readonly media?: { readonly name: string; readonly mime: string; readonly bytes: Buffer };
  readonly reaction?: string;
}

/** What the site itself calls them, and only the first three are its own names for trouble. */
export type SocketState = 'CONFLICT' | 'UNPAIRED' | 'UNPAIRED_IDLE' | 'TIMEOUT' | 'OPENING' | 'CONNECTED';

const DEADLINE_MS = 30_000;

/** Whatever the library itself uses, so that the two speak the same protocol. */
const puppeteer = createRequire(createRequire(import.meta.url).resolve('whatsapp-web.js'))('puppeteer') as {
  connect(options: { browserWSEndpoint: string; defaultViewport: null }): Promise<Browser>;
};

/**
 * Everything that happens outside the bot's browser: phones, people, the server, the operating system. It works on a
 * client of this process, and on the browser of any other by its profile folder, as long as that may live and again
 * after it was started anew. Each call waits until the page is there, and ends in an error where it never is.
 */
export class Remote {
  readonly #where: { client: Client } | { profile: string };
  #browser: Browser | null = null;

  constructor(where: { client: Client } | { profile: string }) {
    this.#where = where;
  }

  /** The phone takes the QR code, or the pairing code is typed into it. */
  async scan(): Promise<void> {
    await this.until('a QR code is shown', ({ isPairing }) => isPairing);
    await this.#call('scan');
  }

  /** Another QR code is shown. */
  newQr(): Promise<void> {
    return this.#call('newQr');
  }

  /** Ends a held synchronising, or says once more that it has ended. */
  sync(): Promise<void> {
    return this.#call('sync');
  }

  /** How much of what came while nobody was there has been loaded. */
  loading(percent: number): Promise<void> {
    return this.#call('loading', percent);
  }

  /** A message is written; resolves with its id once the library's client has told of it. */
  async receive(message: Received): Promise<string> {
    await this.until('the client listens', ({ isListening }) => isListening);
    return this.#call('receive', message);
  }

  decrypt(id: string): Promise<void> {
    return this.#call('decrypt', id);
  }

  edit(id: string, text: string): Promise<void> {
    return this.#call('edit', id, text);
  }

  /** Deleted for everyone. `underNewId`: the event has an id of its own and names the message's by its key. */
  revoke(id: string, options: { underNewId?: boolean } = {}): Promise<void> {
    return this.#call('revoke', id, options);
  }

  /** A group that the bot is in. */
  group(id: string, options: { name: string; usesLids?: boolean }): Promise<void> {
    return this.#call('group', id, options);
  }

  /** The phone that a LID belongs to; null where the server will not say. A LID never set is unknown to it. */
  setPhoneOf(lid: string, phone: string | null): Promise<void> {
    return this.#call('setPhoneOf', lid, phone);
  }

  /** What the server was asked for, each LID or phone as often as it was. */
  asked(): Promise<string[]> {
    return this.#call('asked');
  }

  /** All that has left the bot, oldest first; it outlives the browser. */
  async sent(): Promise<Sent[]> {
    const sent =
      await this.#call<(Omit<Sent, 'media'> & { media?: { name: string; mime: string; data: string } })[]>(
        'sent',
      );
    return sent.map(({ media, ...rest }) =>
      media === undefined
        ? rest
        : {
            ...rest,
            media: { name: media.name, mime: media.mime, bytes: Buffer.from(media.data, 'base64') },
          },
    );
  }

  /** Waits until something was sent for which `holds`, and gives the first such. */
  async sees(holds: (sent: Sent) => boolean): Promise<Sent> {
    return this.#until('that was sent', async () => (await this.sent()).find(holds));
  }

  /** Modules that the library wanted and the page does not have. */
  missing(): Promise<string[]> {
    return this.#call('missing');
  }

  become(state: SocketState): Promise<void> {
    return this.#ends('become', state);
  }

  /** The account was opened in another browser. */
  conflict(): Promise<void> {
    return this.become('CONFLICT');
  }

  /** The link is lost; the next start shows a QR code. */
  unpaired(): Promise<void> {
    return this.#ends('unlink');
  }

  /** Nobody has scanned for too long. */
  idleQr(): Promise<void> {
    return this.become('UNPAIRED_IDLE');
  }

  /** The device is removed on the phone, and the site leaves for a page that may be out of reach. */
  logout(options: { isReachable: boolean }): Promise<void> {
    return this.#ends('logout', options);
  }

  /** `send` hangs before anything went out, `delivered` after it went. */
  hang(call: 'send' | 'delivered' | 'lookup' | 'chat' | 'contact'): Promise<void> {
    return this.#call('hang', call);
  }

  unhang(): Promise<void> {
    return this.#call('unhang');
  }

  /** No call into the page comes back any more. */
  freeze(): Promise<void> {
    return this.#call('freeze');
  }

  /** The page's process dies; the browser lives on. */
  async crashRenderer(): Promise<void> {
    const page = await this.#page();
    const session = await page.createCDPSession();
    const died = new Promise((resolve) => page.once('error', resolve));
    // Whoever died does not answer.
    session.send('Page.crash').catch(() => undefined);
    await within('the page has crashed', died);
  }

  /** The whole browser dies, without a farewell. */
  async killBrowser(): Promise<void> {
    const pid = this.browserPid();
    if (pid === null) throw new Error('no browser is running');
    process.kill(pid, 'SIGKILL');
    await this.#until('the browser is gone', async () => (isAlive(pid) ? undefined : true));
  }

  /** The process of the browser; null where none is running. */
  browserPid(): number | null {
    if ('client' in this.#where) {
      const pid = this.#where.client.pupBrowser?.process()?.pid;
      return pid !== undefined && isAlive(pid) ? pid : null;
    }
    try {
      // Chromium's lock is a link that names its host and process, and points nowhere.
      const pid = Number(/-(\d+)$/.exec(readlinkSync(join(this.#where.profile, 'SingletonLock')))?.[1]);
      return isAlive(pid) ? pid : null;
    } catch {
      return null;
    }
  }

  async until(what: string, holds: (state: PageState) => boolean): Promise<void> {
    await this.#until(what, async () => holds(await this.#call<PageState>('state')) || undefined);
  }

  /** Lets go of the browser, which lives on. */
  async close(): Promise<void> {
    await this.#browser?.disconnect();
    this.#browser = null;
  }

  async #call<T>(method: string, ...args: unknown[]): Promise<T> {
    const page = await this.#page();
    await within('the page is loaded', page.waitForFunction('window.phone !== undefined', { polling: 10 }));
    const call = `(args) => window.phone[${JSON.stringify(method)}](...args)`;
    const work = page.evaluate(`(${call})(${JSON.stringify(args)})`) as Promise<T>;
    return within(`the page answers to "${method}"`, work);
  }

  /** For calls after which the page may be gone before it has answered. */
  async #ends(method: string, ...args: unknown[]): Promise<void> {
    await this.#call<void>(method, ...args).catch((error: Error) => {
      if (
        !/context was destroyed|Target closed|Session closed|detached|Connection closed/i.test(error.message)
      )
        throw error;
    });
  }

  async #page(): Promise<Page> {
    return this.#until('the browser shows the page', async () => {
      if ('client' in this.#where) return this.#where.client.pupPage;
      if (!this.#browser?.connected) this.#browser = await this.#connect(this.#where.profile);
      return (await this.#browser?.pages())?.find((page) =>
        page.url().startsWith('https://web.whatsapp.com'),
      );
    });
  }

  async #connect(profile: string): Promise<Browser | null> {
    try {
      const [port, path] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n');
      return await puppeteer.connect({
        browserWSEndpoint: `ws://127.0.0.1:${port}${path}`,
        defaultViewport: null,
      });
    } catch {
      return null;
    }
  }

  async #until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await pause(10);
    }
  }
}

interface PageState {
  readonly socket: string;
  readonly hasSynced: boolean;
  /** A QR code or a pairing code is shown. */
  readonly isPairing: boolean;
  /** The client hears of messages. */
  readonly isListening: boolean;
  /** How many calls hang. */
  readonly hangs: number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain until ${what}`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
