import { join } from 'node:path';
import { type Address, addressKind } from '../../../access/address.js';
import { type Clock, systemClock } from '../../../config/clock.js';
import type { Log } from '../../../config/log.js';
import type { Gateway, GatewayServices, GatewayStatus, Outgoing } from '../../gateway.js';
import type { IncomingMessage } from '../../message.js';
import { Account } from './account.js';
import { Arrivals } from './arrivals.js';
import { findBrowser, thisSystem } from './browserFinder.js';
import { BrowserRun, profileIn } from './browserRun.js';
import { type ClientListener, listenTo, type Pairing } from './clientEvents.js';
import {
  type Circumstances,
  type Connection,
  firstConnection,
  type Happening,
  isFinal,
  nextConnection,
  type Order,
  PATIENCE,
  type Patience,
  type SessionEvent,
} from './connection.js';
import { Departures } from './departures.js';
import { GroupNames } from './groupNames.js';
import { type Library, type LibraryClient, loadLibrary } from './libraryClient.js';
import { LidLookups } from './lidLookups.js';
import { lockProfile } from './profileLock.js';
import { NotSent, SendQueue } from './sendQueue.js';
import { speaksOf } from './speaksOf.js';
import { catchStrayRejections } from './strayRejections.js';
import { addressOf, widFor, widOf } from './wid.js';
import { NoAnswer, within } from './within.js';

export interface WhatsAppOptions {
  /** Where the session is kept. Not for a client of the host's own. */
  readonly folder?: string | undefined;
  /** A client that the host has made, starts and ends. Without one the gateway has its own. */
  readonly client?: LibraryClient | undefined;
  /** What a host's own client sends files with; the installed library's where it is left out. */
  readonly MessageMedia?: Library['MessageMedia'] | undefined;
  /** The phone to link with by a code; without one a QR picture is to be scanned. */
  readonly pairWith?: Address | undefined;
  /** The program of Chromium or Chrome; looked for on the system where it is left out. */
  readonly browser?: string | undefined;
  readonly browserArgs?: readonly string[] | undefined;
  /** A pinned page: `<folder>/<version>.html`. */
  readonly page?: { readonly folder: string; readonly version: string } | undefined;
  /** Mends what the live page has changed; on where it is left out. */
  readonly shim?: boolean | undefined;
  /** Shown to whoever links the device. */
  readonly onPairing?: ((shown: Pairing) => void) | undefined;
  /** Told of every change of the state. */
  readonly onStatus?: ((status: GatewayStatus) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
  /** From 0 to 1; for tests. */
  readonly random?: (() => number) | undefined;
  readonly patience?: Partial<Patience> | undefined;
}

const LOOKUP_MS = 10_000;
/** So long an answer waits for a connection that is just not there. */
const HOLD_MS = 120_000;
/** What is pending at the end gets so long. */
const FAREWELL_MS = 1_500;
/** Rejections of the library's listeners come a little after its end. */
const AFTERMATH_MS = 2_000;

/**
 * WhatsApp by whatsapp-web.js: a real WhatsApp Web page in a browser without a window. The account links it as one of
 * its devices. What is known of the connection at any time is in `connection.ts`.
 *
 * @example
 * const gateway = new WhatsAppGateway({ folder: './data/whatsapp', onPairing: show });
 * const reeve = await openReeve({ gateway }); await reeve.start();
 * @example
 * // With a client that the bot has already:
 * const reeve = await openReeve({ gateway: new WhatsAppGateway({ client }) });
 */
export class WhatsAppGateway implements Gateway {
  readonly channel = 'whatsapp';
  readonly #options: WhatsAppOptions;
  readonly #clock: Clock;
  readonly #around: () => Circumstances;
  readonly #queue: SendQueue;
  readonly #lookups: LidLookups;
  readonly #arrivals: Arrivals;
  readonly #departures: Departures;
  readonly #account: Account | null;
  #services: GatewayServices | null = null;
  #connection: Connection;
  #stopTimer: () => void = () => {};
  #deliver: ((message: IncomingMessage) => void) | null = null;
  #launch: (() => BrowserRun) | null = null;
  #run: BrowserRun | null = null;
  #letGo: (() => void)[] = [];
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #isAsking = false;
  #ended: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor(options: WhatsAppOptions) {
    const { client, folder, clock = systemClock, random = Math.random, patience } = options;
    if (client === undefined && folder === undefined)
      throw new TypeError('WhatsAppGateway needs a folder for its session, or a client');
    this.#options = options;
    this.#clock = clock;
    const isOurs = client === undefined;
    this.#around = () => ({ now: clock.now(), random, patience: { ...PATIENCE, ...patience }, isOurs });
    this.#connection = firstConnection(this.#around());
    this.#queue = new SendQueue({ clock, random });
    this.#account = folder === undefined ? null : new Account(join(folder, 'account.json'));
    this.#lookups = new LidLookups({
      clock,
      ask: (lid) => this.#ask(lid),
      learned: async (lid, phone) => this.#services?.identities.learned(lid, phone),
      onFailure: (error) => this.#log?.debug({ err: error }, 'whose LID it is could not be found out'),
    });
    this.#arrivals = new Arrivals({
      names: new GroupNames({ clock, page: () => this.client?.pupPage ?? null }),
      lookups: this.#lookups,
      own: () => addressOf(this.client?.info?.wid),
      phoneOf: async (lid) => (await this.#services?.identities.phoneOf(lid)) ?? null,
      deliver: (message) => this.#deliver?.(message),
      onUnreadable: (error) => this.#log?.warn({ err: error }, 'a message could not be read'),
    });
    this.#departures = new Departures({
      clock,
      MessageMedia: options.MessageMedia,
      onNoAnswer: () => {
        if (isOurs) void this.#askForLife();
      },
    });
  }

  /** The library's client; null between two runs. */
  get client(): LibraryClient | null {
    return this.#options.client ?? this.#run?.client ?? null;
  }

  attach(services: GatewayServices): void {
    this.#services = services;
  }

  async start(deliver: (message: IncomingMessage) => void): Promise<void> {
    if (this.#closing !== null) throw closed();
    this.#deliver = deliver;
    const { client } = this.#options;
    if (client !== undefined) return this.#watch(client);
    await this.#prepare(this.#options.folder!);
    this.#connection = firstConnection(this.#around());
    this.#obey(['launch']);
    this.#arm();
  }

  /** Resolves when messages come and go; rejects once that will not be without somebody's doing. */
  whenReady(): Promise<void> {
    if (this.#connection.phase === 'ready') return Promise.resolve();
    if (isFinal(this.#connection)) return Promise.reject(this.#notSent());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async send(chatId: string, message: Outgoing): Promise<void> {
    if (this.#closing !== null) throw closed();
    const wid = widOf(chatId);
    if (wid === null) throw new NotSent('NO_SUCH_CHAT', 'that is no chat of WhatsApp');
    const { quotes } = message;
    const sent = quotes === undefined ? message : { ...message, quotes: this.#arrivals.pageKeyOf(quotes) };
    return this.#queue.push(
      wid,
      message.isUnasked === true,
      (isWanted) => this.#hand(wid, sent, isWanted),
      (isAbout) => speaksOf(sent, isAbout),
    );
  }

  directChat(address: Address): string {
    return widFor(address);
  }

  status(): GatewayStatus {
    const { phase, why, deadline, isWavering } = this.#connection;
    const detail = (): string | null => {
      if (phase === 'ready') return isWavering ? 'WhatsApp cannot be reached just now' : null;
      if (phase === 'pairing') return 'somebody has to link the device';
      if (phase === 'backing-off' && deadline !== null) {
        const seconds = Math.max(0, Math.ceil((deadline - this.#clock.now()) / 1000));
        return `${why}; tried again in ${seconds} s`;
      }
      if (phase === 'logged-out' || phase === 'refused')
        return `${why}; stop, start again and link the device anew`;
      return why;
    };
    const said = detail();
    return said === null ? { state: phase } : { state: phase, detail: said };
  }

  /**
   * What waits to be sent to them or about them is not sent. And were the link of somebody who was erased not forgotten
   * here, they would stay a stranger until it is time to ask about them again.
   */
  async forget(isAbout: (text: string) => boolean): Promise<number> {
    return this.#queue.forget(isAbout) + this.#lookups.forget(isAbout) + this.#arrivals.forget(isAbout);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #log(): Log | undefined {
    return this.#options.log ?? this.#services?.log;
  }

  /** Everything that a start can fail by, where somebody can mend it. */
  async #prepare(folder: string): Promise<void> {
    const { pairWith, page, browserArgs = [], shim = true } = this.#options;
    const browser = findBrowser(this.#options.browser);
    const library = await loadLibrary();
    if (this.#closing !== null) throw closed();
    this.#letGo.push(lockProfile({ folder, profile: profileIn(folder), clock: this.#clock }));
    this.#letGo.push(this.#catchStrays());
    const common = { library, clock: this.#clock, folder, browser, browserArgs, page, shim };
    this.#launch = () => {
      const run: BrowserRun = new BrowserRun({
        ...common,
        isRoot: thisSystem.isRoot,
        pairWith: pairWith?.slice(1),
        listener: this.#listener(() => this.#run === run),
      });
      return run;
    };
  }

  #watch(client: LibraryClient): void {
    const listening = listenTo(
      client,
      this.#listener(() => true),
    );
    this.#letGo.push(() => listening.stop());
    // It may have been ready before we came.
    if (client.info !== undefined && client.info !== null) this.#happened({ kind: 'ready' });
  }

  /** What an earlier run still says is nobody's concern. */
  #listener(isCurrent: () => boolean): ClientListener {
    return {
      happened: (happening) => {
        if (isCurrent()) this.#happened(happening);
      },
      pairing: (shown) => {
        if (isCurrent() && !isFinal(this.#connection)) this.#options.onPairing?.(shown);
      },
      message: (wire, become) => this.#arrivals.take(wire, become),
      numbersChanged: () => void this.#lookups.forget(),
    };
  }

  #catchStrays(): () => void {
    const stop = catchStrayRejections((reason) => {
      this.#log?.debug({ err: reason }, 'the library rejected where nobody waits');
      // The page was loaded anew, and did not come up.
      if (typeof reason === 'string')
        this.#happened({ kind: 'broken', why: 'the page did not come up again' });
    });
    return () => void this.#clock.setTimeout(stop, AFTERMATH_MS, { background: true });
  }

  #happened(happening: Happening): void {
    const before = this.#connection;
    const { connection, orders, events } = nextConnection(before, happening, this.#around());
    this.#connection = connection;
    this.#arm();
    for (const event of events) if (event !== 'linked') this.#recordSession(event, connection.why);
    if (connection.phase === 'ready' && before.phase !== 'ready')
      this.#becameReady(events.includes('linked'));
    if (connection.phase !== before.phase) this.#changed(connection);
    this.#obey(orders);
  }

  #changed(connection: Connection): void {
    const { phase, why } = connection;
    if (phase === 'pairing' && this.#account?.isLinked)
      this.#recordSession('unlinked', 'WhatsApp asks for the device to be linked anew');
    if (phase === 'ready') for (const { resolve } of this.#waiting.splice(0)) resolve();
    else if (isFinal(connection)) for (const { reject } of this.#waiting.splice(0)) reject(this.#notSent());
    const { detail } = this.status();
    const isBad = why !== null && phase !== 'starting';
    if (phase === 'logged-out' || phase === 'refused')
      this.#log?.error({ state: phase }, `WhatsApp: ${detail}`);
    else
      this.#log?.[isBad ? 'warn' : 'info'](
        { state: phase, ...(detail !== undefined && { detail }) },
        'WhatsApp',
      );
    this.#options.onStatus?.(this.status());
  }

  #becameReady(wasPaired: boolean): void {
    const isNew = this.#account === null ? wasPaired : !this.#account.isLinked;
    if (isNew) this.#recordSession('linked', null);
    const own = addressOf(this.client?.info?.wid);
    if (this.#account?.became(own)) this.#recordSession('own number changed', null);
  }

  #recordSession(change: SessionEvent | 'own number changed', why: string | null): void {
    if (change === 'unlinked') this.#account?.unlinked();
    this.#log?.warn({ change }, 'the WhatsApp session has changed');
    const { logger } = this.#services?.record ?? {};
    // Never rejects for want of a database: it waits in the spool then.
    void logger
      ?.record(
        'SESSION_CHANGE',
        { gateway: this.channel, change, ...(why !== null && { reason: why }) },
        { channel: this.channel },
      )
      .catch((error: unknown) => this.#log?.error({ err: error }, 'a session change could not be recorded'));
  }

  #arm(): void {
    this.#stopTimer();
    this.#stopTimer = () => {};
    const { deadline } = this.#connection;
    if (deadline === null) return;
    const ms = Math.max(0, deadline - this.#clock.now());
    this.#stopTimer = this.#clock.setTimeout(() => this.#happened({ kind: 'overdue' }), ms);
  }

  #obey(orders: readonly Order[]): void {
    if (orders.includes('launch')) this.#start();
    if (orders.includes('ask')) void this.#askForLife();
    if (orders.includes('end')) this.#ended = this.#endRun(orders.includes('forget'));
  }

  #start(): void {
    const run = this.#launch!();
    this.#run = run;
    run.start().catch((error: unknown) => {
      if (this.#run !== run) return;
      this.#log?.debug({ err: error }, 'the page did not come up');
      this.#happened({ kind: 'broken', why: 'the page did not come up' });
    });
  }

  async #endRun(isForgotten: boolean): Promise<void> {
    const run = this.#run;
    this.#run = null;
    await run?.end();
    if (isForgotten) {
      try {
        run?.forget();
      } catch (error) {
        this.#log?.warn({ err: error }, 'the old session could not be deleted');
      }
    }
    this.#happened({ kind: 'ended' });
  }

  /** One at a time: several calls that hang ask for the same. */
  async #askForLife(): Promise<void> {
    const { client } = this;
    if (this.#isAsking || client === null) return;
    this.#isAsking = true;
    const { answerMs } = this.#around().patience;
    const answered = await within(this.#clock, answerMs, 'the page', () => client.getState()).then(
      () => true,
      () => false,
    );
    this.#isAsking = false;
    if (this.client !== client) return;
    this.#happened(answered ? { kind: 'answered' } : { kind: 'broken', why: 'the page does not answer' });
  }

  /** The phone of a LID, as WhatsApp says. */
  async #ask(lid: Address): Promise<Address | null> {
    const { client } = this;
    if (client === null) throw this.#notSent();
    const wid = widFor(lid);
    const call = () => within(this.#clock, LOOKUP_MS, 'a lookup', () => client.getContactLidAndPhone([wid]));
    const breaker = this.#services?.breakers.get('lid-lookup');
    const [found] = await (breaker === undefined ? call() : breaker.run(call));
    const phone = addressOf(found?.pn);
    return phone !== null && addressKind(phone) === 'phone' ? phone : null;
  }

  async #hand(wid: string, message: Outgoing, isWanted: () => boolean): Promise<void> {
    await within(this.#clock, HOLD_MS, 'the connection', () => this.whenReady()).catch((error: unknown) => {
      throw error instanceof NoAnswer ? this.#notSent() : error;
    });
    if (!isWanted()) return;
    const { client } = this;
    if (client === null) throw this.#notSent();
    await this.#departures.send(client, wid, message);
  }

  #notSent(): NotSent {
    if (this.#connection.phase === 'closed') return closed();
    return new NotSent('WHATSAPP_NOT_READY', `WhatsApp is not connected: ${this.#connection.phase}`);
  }

  async #close(): Promise<void> {
    this.#arrivals.close();
    if (this.#connection.phase === 'ready')
      await within(this.#clock, FAREWELL_MS, 'the rest', () => this.#queue.drained()).catch(() => {});
    this.#queue.close(closed());
    this.#happened({ kind: 'close' });
    await this.#ended;
    for (const letGo of this.#letGo.splice(0)) letGo();
  }
}

const closed = (): NotSent => new NotSent('CLOSED', 'the gateway is closed');
