import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../config/clock.js';
import { type ClientListener, type Listening, listenTo } from './clientEvents.js';
import type { Library, LibraryClient } from './libraryClient.js';
import { whatsAppShim } from './shim.js';
import { within } from './within.js';

export interface BrowserRunParts {
  readonly library: Library;
  readonly listener: ClientListener;
  readonly clock: Clock;
  /** Holds the profile of the browser, with the session in it. */
  readonly folder: string;
  readonly browser: string;
  readonly browserArgs: readonly string[];
  readonly isRoot: boolean;
  /** Digits only. */
  readonly pairWith: string | undefined;
  readonly page: { readonly folder: string; readonly version: string } | undefined;
  readonly shim: boolean;
}

/** The browser gets so long to close by itself. */
const CLOSE_MS = 2_000;

/** A page that opens short-lived frames of other processes would never be ready (upstream issue 201821). */
const ARGS = [
  '--disable-site-isolation-trials',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--no-first-run',
];

export const profileIn = (folder: string): string => join(folder, 'session');

/** The library's client with a browser of its own, from a start to an end. The next one is a new one. */
export class BrowserRun {
  readonly client: LibraryClient;
  readonly #parts: BrowserRunParts;
  readonly #listening: Listening;
  #started: Promise<void> = Promise.resolve();
  #ending: Promise<void> | null = null;

  constructor(parts: BrowserRunParts) {
    this.#parts = parts;
    const { library, listener, folder, browser, browserArgs, isRoot, pairWith, page, shim } = parts;
    const auth = new library.LocalAuth({ dataPath: folder });
    this.client = new library.Client({
      authStrategy: auth,
      // It would write every page it sees into the working directory.
      webVersionCache:
        page === undefined ? { type: 'none' } : { type: 'local', path: page.folder, strict: true },
      ...(page !== undefined && { webVersion: page.version }),
      ...(shim && { evalOnNewDoc: whatsAppShim }),
      ...(pairWith !== undefined && { pairWithPhoneNumber: { phoneNumber: pairWith } }),
      puppeteer: {
        executablePath: browser,
        headless: true,
        // Another user of this machine could take the session over through a port. And when this process is killed, a
        // browser on a pipe ends by itself.
        pipe: true,
        args: [...ARGS, ...(isRoot ? ['--no-sandbox'] : []), ...browserArgs],
        // Signals are ours: the answers that are under way still need the browser.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      },
    });
    this.#listening = listenTo(this.client, listener);
    // The library deletes the session while the browser works on it. We do that when it has ended.
    auth.logout = async () => {};
    let isUp = false;
    // Asked once more after a logout, with the browser that there is.
    auth.afterBrowserInitialized = async () => {
      bearBrokenPipes(this.client);
      if (!isUp && this.#ending !== null) throw new Error('it was ended while it started');
      isUp = true;
      this.#listening.browserIsThere();
    };
  }

  /** Rejects where the browser or the page does not come up. */
  start(): Promise<void> {
    this.#started = this.client.initialize();
    return this.#started;
  }

  /** Resolves when the browser is no more, in a few seconds at the most. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Deletes the session. Only for one that has ended. */
  forget(): void {
    rmSync(profileIn(this.#parts.folder), { recursive: true, force: true, maxRetries: 4 });
  }

  async #end(): Promise<void> {
    const { clock } = this.#parts;
    this.#listening.stop();
    // After a logout it would work on a page that goes away under it.
    Object.assign(this.client, { inject: async () => {} });
    const started = this.#started.catch(() => {});
    // One that is just being launched is known only when it is there.
    if (!this.client.pupBrowser) await within(clock, CLOSE_MS, 'the start', () => started).catch(() => {});
    await within(clock, CLOSE_MS, 'the end', () => this.client.destroy()).catch(() => {});
    kill(this.client);
    // One that comes up only now is nobody's any more.
    void started.then(() => kill(this.client));
  }
}

/**
 * Puppeteer stops listening to the pipes of a browser when it closes it, and one that is killed then breaks them: an
 * error that nobody hears ends the process. That the browser is gone is told by its own event.
 */
function bearBrokenPipes({ pupBrowser }: LibraryClient): void {
  for (const pipe of pupBrowser?.process()?.stdio ?? []) pipe?.on('error', () => {});
}

/** What did not close by itself, with all its children. */
function kill({ pupBrowser }: LibraryClient): void {
  const child = pupBrowser?.process();
  if (child?.pid === undefined || child.exitCode !== null) return;
  for (const target of [-child.pid, child.pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It is gone, or there are no groups here.
    }
  }
}
