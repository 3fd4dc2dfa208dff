import { once } from 'node:events';
import wweb, { type Client, type ClientOptions, type Message } from 'whatsapp-web.js';
import { tempFolder } from '../../support/tempFolder.js';
import type { Remote } from './remote.js';
import { openSite, type Site, type SiteOptions } from './site.js';

const closing: (() => Promise<unknown>)[] = [];

/** Ends every client and site made here since the last time, with their browsers. */
export async function endAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export interface Linked {
  readonly site: Site;
  readonly client: Client;
  readonly remote: Remote;
  /** The messages that the client has told of, in their order. */
  readonly heard: Message[];
  /** What the library rejects with where nobody can catch it: it starts anew in a listener of its own. */
  readonly strays: unknown[];
}

/** A client of the library alone, not yet started. */
export function newClient(
  site: Site,
  session: string,
  options: Partial<ClientOptions> = {},
): Omit<Linked, 'site'> {
  const client = new wweb.Client({ ...site.clientOptions(session), ...options });
  closing.push(() => client.destroy());
  const heard: Message[] = [];
  client.on('message', (message) => heard.push(message));
  return { client, remote: site.remote({ client }), heard, strays: catchStrays(client) };
}

/** What the library's types keep to themselves. */
interface Inside {
  readonly options: { authTimeoutMs: number };
  inject(): Promise<void>;
}

export const inside = (client: Client): Inside => client as unknown as Inside;

/** The first call belongs to `initialize`, which hands its rejection on. */
function catchStrays(client: Client): unknown[] {
  const strays: unknown[] = [];
  const within = inside(client);
  const inject = within.inject.bind(client);
  within.inject = async () => {
    const isFirst = client.pupPage?.listenerCount('framenavigated') === 0;
    try {
      await inject();
    } catch (error) {
      if (isFirst) throw error;
      strays.push(error);
    }
  };
  return strays;
}

export function newSite(options: SiteOptions = {}): Site {
  const site = openSite(options);
  closing.push(() => site.close());
  return site;
}

/** Linked by QR code, and ready. */
export async function linked(
  siteOptions: SiteOptions = {},
  options: Partial<ClientOptions> = {},
): Promise<Linked> {
  const site = newSite(siteOptions);
  const made = newClient(site, tempFolder(), options);
  const ready = once(made.client, 'ready');
  await made.client.initialize();
  await made.remote.scan();
  await ready;
  return { site, ...made };
}
