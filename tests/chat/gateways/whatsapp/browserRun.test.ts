import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { afterEach, expect, test } from '@jest/globals';
import { BrowserRun } from '../../../../src/chat/gateways/whatsapp/browserRun.js';
import type { Library, LibraryClient } from '../../../../src/chat/gateways/whatsapp/libraryClient.js';
import { whatsAppShim } from '../../../../src/chat/gateways/whatsapp/shim.js';
import { FakeClock } from '../../../support/fakeClock.js';
import { tempFolder } from '../../../support/tempFolder.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

test('a browser that comes up only after the end was asked for is killed as well', async () => {
  let launched = (): void => {};
  const launch = new Promise<void>((resolve) => {
    launched = resolve;
  });
  const browser = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
  children.push(browser);
  class Auth {
    async afterBrowserInitialized() {}
    async logout() {}
  }
  class SlowClient extends EventEmitter {
    readonly #auth: Auth;
    pupBrowser: object | null = null;
    constructor({ authStrategy }: { authStrategy: Auth }) {
      super();
      this.#auth = authStrategy;
    }
    async initialize() {
      await launch;
      this.pupBrowser = Object.assign(new EventEmitter(), { process: () => browser });
      await this.#auth.afterBrowserInitialized();
    }
    async destroy() {}
  }
  const clock = new FakeClock();
  const run = new BrowserRun({
    library: {
      LocalAuth: Auth,
      Client: SlowClient as unknown as new (options: object) => LibraryClient,
      MessageMedia: Object,
    } satisfies Library,
    listener: { happened: () => {}, pairing: () => {}, message: () => {}, numbersChanged: () => {} },
    clock,
    folder: tempFolder(),
    browser: 'chromium',
    browserArgs: [],
    isRoot: false,
    pairWith: undefined,
    page: undefined,
    shim: true,
  });
  const started = run.start();
  started.catch(() => {});
  const ended = run.end();
  await clock.advance(2_000);
  await clock.advance(2_000);
  await ended;
  const gone = once(browser, 'exit');
  launched();
  expect(await gone).toEqual([null, 'SIGKILL']);
  await expect(started).rejects.toThrow('it was ended while it started');
}, 10_000);

test('the page is mended unless that is switched off', () => {
  const options: Record<string, unknown>[] = [];
  class NoClient extends EventEmitter {
    constructor(given: object) {
      super();
      options.push({ ...given });
    }
  }
  class Auth {
    async afterBrowserInitialized() {}
    async logout() {}
  }
  const Client = NoClient as unknown as new (options: object) => LibraryClient;
  for (const shim of [true, false])
    new BrowserRun({
      library: { LocalAuth: Auth, Client, MessageMedia: Object },
      listener: { happened: () => {}, pairing: () => {}, message: () => {}, numbersChanged: () => {} },
      clock: new FakeClock(),
      folder: tempFolder(),
      browser: 'chromium',
      browserArgs: [],
      isRoot: false,
      pairWith: undefined,
      page: undefined,
      shim,
    });
  expect(options.map(({ evalOnNewDoc }) => evalOnNewDoc)).toEqual([whatsAppShim, undefined]);
});

test('a pipe that breaks when a browser is killed ends nothing else', async () => {
  const pipe = new EventEmitter();
  class Auth {
    async afterBrowserInitialized() {}
    async logout() {}
  }
  class QuickClient extends EventEmitter {
    readonly pupBrowser = Object.assign(new EventEmitter(), {
      process: () => ({ stdio: [null, undefined, pipe] }),
    });
    readonly #auth: Auth;
    constructor({ authStrategy }: { authStrategy: Auth }) {
      super();
      this.#auth = authStrategy;
    }
    initialize() {
      return this.#auth.afterBrowserInitialized();
    }
    async destroy() {}
  }
  const run = new BrowserRun({
    library: {
      LocalAuth: Auth,
      Client: QuickClient as unknown as new (options: object) => LibraryClient,
      MessageMedia: Object,
    },
    listener: { happened: () => {}, pairing: () => {}, message: () => {}, numbersChanged: () => {} },
    clock: new FakeClock(),
    folder: tempFolder(),
    browser: 'chromium',
    browserArgs: [],
    isRoot: false,
    pairWith: undefined,
    page: undefined,
    shim: true,
  });
  await run.start();
  expect(() => pipe.emit('error', new Error('read ECONNRESET'))).not.toThrow();
  await run.end();
});
