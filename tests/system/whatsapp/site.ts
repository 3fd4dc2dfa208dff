import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client, ClientOptions } from 'whatsapp-web.js';
import wweb from 'whatsapp-web.js';
import { ADVICE, findBrowser } from './browser.js';
import { bundle } from './bundle.js';
import { Remote } from './remote.js';

/** The site as it was before July 2026, or as it is since September 2026. */
export type Shape = 'classic' | '2026-09';

export interface SiteOptions {
  readonly shape?: Shape;
  /** Whether the ids in an event come to Node as objects or as texts. */
  readonly ids?: 'objects' | 'strings';
  /** `held`: after linking, nothing is synchronised until `remote.sync()`; so the client is not ready. */
  readonly sync?: 'at once' | 'held';
  /** The account that scans the QR code: `12025550199@c.us`, known by a LID as well. */
  readonly own?: { readonly phone: string | null; readonly lid: string | null; readonly name: string };
  readonly pairingCode?: string;
}

const PAGE = fileURLToPath(new URL('page/', import.meta.url));

const DEFAULTS: Required<SiteOptions> = {
  shape: 'classic',
  ids: 'objects',
  sync: 'at once',
  own: { phone: '12025550199@c.us', lid: '90000000000199@lid', name: 'Reeve' },
  pairingCode: 'REEV2345',
};

/** What every browser of a test is started with: nothing in it reaches the network, or does what was not asked. */
export const BROWSER_ARGS = [
  '--host-resolver-rules=MAP * ~NOTFOUND',
  '--no-sandbox',
  '--disable-site-isolation-trials',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
];

/** The hand-written page as a file that the library loads in place of the live site. See README.md. */
export class Site {
  /** The library's local version cache: it holds `<version>.html`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'reeve-site-'));
  readonly version = '2.3000.1';
  #options: Required<SiteOptions>;
  readonly #remotes = new Set<Remote>();

  constructor(options: SiteOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#write();
  }

  get options(): Required<SiteOptions> {
    return this.#options;
  }

  /** What is served from the next loading of the page on. */
  change(options: SiteOptions): void {
    this.#options = { ...this.#options, ...options };
    this.#write();
  }

  /** For a client of the library; the session's profile is `<session>/session`. */
  clientOptions(session: string): ClientOptions & { puppeteer: object } {
    return {
      authStrategy: new wweb.LocalAuth({ dataPath: session }),
      webVersion: this.version,
      webVersionCache: { type: 'local', path: this.folder, strict: true },
      puppeteer: {
        executablePath: browserPath(),
        args: BROWSER_ARGS,
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      },
    };
  }

  /** The outside world of a client's page, or of the browser that runs, now or later, on a profile folder. */
  remote(where: { client: Client } | { profile: string }): Remote {
    const remote = new Remote(where);
    this.#remotes.add(remote);
    return remote;
  }

  async close(): Promise<void> {
    for (const remote of this.#remotes) await remote.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #write(): void {
    const options = JSON.stringify({ ...this.#options, version: this.version });
    const html = [
      '<!doctype html>',
      '<meta charset="utf-8">',
      '<title>Not WhatsApp Web: a page written for the tests of Reeve</title>',
      `<script id="options" type="application/json">${options}</script>`,
      `<script>${bundle(join(PAGE, 'main.js'))}</script>`,
    ].join('\n');
    writeFileSync(join(this.folder, `${this.version}.html`), html);
  }
}

export function openSite(options: SiteOptions = {}): Site {
  return new Site(options);
}

export function browserPath(): string {
  const path = findBrowser();
  if (path === null) throw new Error(ADVICE);
  return path;
}
