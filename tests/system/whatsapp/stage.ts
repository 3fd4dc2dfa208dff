import { join } from 'node:path';
import { expect } from '@jest/globals';
import { pino } from 'pino';
import { Bot } from '../../../src/chat/bot.js';
import type { Patience } from '../../../src/chat/gateways/whatsapp/connection.js';
import {
  WhatsAppGateway,
  type WhatsAppOptions,
} from '../../../src/chat/gateways/whatsapp/whatsAppGateway.js';
import { systemClock } from '../../../src/config/clock.js';
import { loadConfig } from '../../../src/config/config.js';
import { freshSqlite } from '../../support/databases.js';
import { openTestRecord, readEntries } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { until } from '../until.js';
import type { Remote } from './remote.js';
import { BROWSER_ARGS, browserPath, openSite, type Site, type SiteOptions } from './site.js';

/** The owner from the start, and another. On the wire, and by their addresses. */
export const ANA = { wid: '12025550100@c.us', lid: '90000000000001@lid', phone: '+12025550100' };
export const BO = { wid: '12025550101@c.us', lid: '90000000000002@lid', phone: '+12025550101' };
export const TEAM = '120363000000000001@g.us';

/** The gateway is on a pipe; the tests reach its browser by a port beside it. */
export const REACHABLE = [...BROWSER_ARGS, '--remote-debugging-pipe', '--remote-debugging-port=0'];

const closing: (() => Promise<unknown>)[] = [];

export async function closeStages(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export interface StageOptions {
  readonly site?: SiteOptions;
  readonly patience?: Partial<Patience>;
  readonly gateway?: Partial<WhatsAppOptions>;
  /** Goes on where another stage has been: its page, its session, its database. */
  readonly after?: Stage;
}

/** A whole bot on the page, in this process, with real time. */
export interface Stage {
  readonly site: Site;
  readonly folder: string;
  readonly gateway: WhatsAppGateway;
  readonly remote: Remote;
  readonly bot: Bot;
  readonly database: Awaited<ReturnType<typeof freshSqlite>>;
  /** How often somebody was asked to link the device. */
  readonly pairings: { qr?: string; code?: string }[];
  actions(): Promise<string[]>;
  /** What was recorded about the session. */
  sessionChanges(): Promise<string[]>;
  state(state: string): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { after, patience = {} } = options;
  const site = after?.site ?? openSite({ shape: '2026-09', ...options.site });
  if (after === undefined) closing.push(() => site.close());
  const folder = after?.folder ?? join(tempFolder(), 'whatsapp');
  const database = after?.database ?? (await freshSqlite());
  const log = pino({ level: 'silent' });
  const record = await openTestRecord(database);
  const pairings: { qr?: string; code?: string }[] = [];
  const gateway = new WhatsAppGateway({
    folder,
    browser: browserPath(),
    browserArgs: REACHABLE,
    page: { folder: site.folder, version: site.version },
    onPairing: (shown) => pairings.push(shown),
    patience: { shortestWaitMs: 50, ...patience },
    log,
    ...options.gateway,
  });
  const config = loadConfig({
    env: { REEVE_OWNERS: ANA.phone, REEVE_LOG_LEVEL: 'silent' },
    cwd: tempFolder(),
  });
  const bot = await Bot.open({ config, record, gateway, clock: systemClock, log });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await bot.close();
    await record.close();
  };
  closing.push(close);
  await bot.start();
  return {
    site,
    folder,
    gateway,
    bot,
    database,
    pairings,
    remote: site.remote({ profile: join(folder, 'session') }),
    actions: async () => (await readEntries(database)).map((entry) => entry.public.action),
    sessionChanges: async () => {
      await record.flush();
      const entries = await readEntries(database);
      return entries.flatMap(({ public: { action }, rest }) =>
        action === 'SESSION_CHANGE' ? [(JSON.parse(rest!.metadata!) as { change: string }).change] : [],
      );
    },
    state: (state) => until(`the gateway is ${state}`, () => gateway.status().state === state),
    close,
  };
}

/** Linked by its picture, and ready. */
export async function openLinked(options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage(options);
  await stage.state('pairing');
  await stage.remote.scan();
  await stage.gateway.whenReady();
  expect(stage.gateway.status()).toEqual({ state: 'ready' });
  return stage;
}
