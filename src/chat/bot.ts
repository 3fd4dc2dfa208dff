import { randomBytes } from 'node:crypto';
import { ensureOwners } from '../access/bootstrap.js';
import { Identities } from '../access/identities.js';
import { Membership } from '../access/membership.js';
import { People } from '../access/people.js';
import { Assistant } from '../assistant/assistant.js';
import { Conversations } from '../assistant/conversations.js';
import type { Model } from '../assistant/model.js';
import { Notices } from '../assistant/notices.js';
import { Usage } from '../assistant/usage/usage.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Config } from '../config/config.js';
import type { Log } from '../config/log.js';
import { LATE, waitAtMost } from '../config/waitAtMost.js';
import { Breakers } from '../guards/breakers.js';
import { Limits } from '../guards/limits.js';
import { statesFor } from '../guards/statesFor.js';
import type { Archive } from '../lifecycle/archive/archive.js';
import { LegalHolds } from '../lifecycle/hold/legalHolds.js';
import { type Retaining, wireRetention } from '../lifecycle/retention/wire.js';
import { builtInSettings, chatPrefix } from '../settings/builtIn.js';
import type { Setting } from '../settings/setting.js';
import { Settings } from '../settings/settings.js';
import type { Command } from './command.js';
import { builtInCommands } from './commands/index.js';
import { Commands } from './commands.js';
import { Confirmations } from './confirmations.js';
import { Deliver } from './deliver.js';
import { wireErasure } from './forgetting.js';
import type { Gateway } from './gateway.js';
import { Inbox } from './inbox.js';
import { Owners } from './owners.js';
import { Pages } from './pages.js';
import { Permission } from './permission.js';
import { type OnOther, Router } from './router.js';
import { Searches } from './searches.js';
import type { Services } from './services.js';
import { Talk } from './talk.js';
import { Watches } from './watches.js';
import { Witnessing } from './witnessing.js';

/** How long the end waits for what is being answered. Whoever stops a service waits ten seconds for all of it. */
const LONGEST_FAREWELL_MS = 5_000;

/** How long it waits for the words to those who are answered no more. */
const LONGEST_GOODBYE_MS = 1_000;

export interface BotParts {
  readonly config: Config;
  /** Open, and closed by whoever opened it, after the bot. */
  readonly record: AuditRecord;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
  /** Commands of the host's own, beside those there are. */
  readonly commands?: readonly Command[];
  /** Settings of the host's own. */
  readonly settings?: readonly Setting[];
  /** Where codes come from; for tests. */
  readonly random?: (bytes: number) => Buffer;
  /** Handed every message that is no command, instead of the assistant. */
  readonly onOther?: OnOther;
  /** Answers in the place of the endpoint that is configured. */
  readonly model?: Model;
  /** What is held, where somebody else asks about that as well. */
  readonly holds?: LegalHolds;
  /** Where retention puts what it takes away. */
  readonly archive?: Archive | null;
  /** Retention, where somebody else runs it as well. */
  readonly retaining?: Retaining;
}

/** How the record calls it where it could not be handed over. */
export const ABOUT_RETENTION = 'a word about retention';

/**
 * The whole chat on one gateway: what people may work with, and the way their messages go.
 *
 * @example
 * const bot = await Bot.open({ config, record, gateway, clock, log });
 * await bot.start();
 */
export class Bot {
  readonly services: Services;
  readonly #inbox: Inbox;
  readonly #talk: Talk;
  readonly #witnessing: Witnessing;
  #closing: Promise<void> | null = null;

  private constructor(services: Services, inbox: Inbox, talk: Talk) {
    this.services = services;
    this.#inbox = inbox;
    this.#talk = talk;
    const { record, settings: known, owners, clock, log } = services;
    const prefix = () => known.get(chatPrefix);
    this.#witnessing = new Witnessing({ record, settings: known, owners, clock, log, prefix });
  }

  /** Wires everything and sees to it that there is an owner. Nothing is received yet. */
  static async open(parts: BotParts): Promise<Bot> {
    const {
      config,
      record,
      gateway,
      clock,
      log,
      commands = [],
      random = randomBytes,
      onOther = null,
    } = parts;
    const definitions = [...builtInSettings(config, gateway.channel), ...(parts.settings ?? [])];
    const settings = await Settings.open({ record, definitions, clock });
    const people = new People({ record, clock });
    const membership = new Membership({ record, people, settings, clock });
    const states = statesFor(record, clock);
    const limits = new Limits({ settings, states, record, clock });
    const breakers = new Breakers({ settings, record, clock });
    const identities = new Identities({ record, clock });
    const conversations = new Conversations({ record, identities, settings, clock });
    const notices = new Notices({ record, clock });
    const watches = new Watches({ record, people, settings, gateway, clock, log });
    const confirmations = new Confirmations({ clock, random });
    const pages = new Pages();
    const { country, timeZone } = config;
    const holds =
      parts.holds ?? new LegalHolds({ record, clock, country: () => country, timeZone: () => timeZone });
    const live = { people, identities, states, confirmations, pages, watches, gateway };
    const owners = new Owners({ people, deliver: new Deliver({ gateway, record, clock, log }) });
    const archive = parts.archive ?? null;
    const notifyOwners = (words: string) => owners.tellWords(words, ABOUT_RETENTION);
    const retaining =
      parts.retaining ?? wireRetention({ config, record, clock, log, holds, archive, notifyOwners });
    const erasure = wireErasure({ config, record, clock, holds, archive, live });
    try {
      await ensureOwners({ config, membership, people, gateway });
      const services: Services = {
        config,
        record,
        people,
        membership,
        identities,
        settings,
        limits,
        breakers,
        permission: new Permission({ settings, membership, limits, people }),
        assistant: await Assistant.open({
          config,
          record,
          settings,
          breakers,
          identities,
          conversations,
          notices,
          clock,
          log,
          model: parts.model,
        }),
        conversations,
        usage: new Usage({ record }),
        commands: new Commands([...builtInCommands, ...commands]),
        confirmations,
        pages,
        searches: new Searches({ record, clock }),
        watches,
        holds,
        erasure,
        owners,
        retaining,
        gateway,
        clock,
        log,
        startedAt: clock.now(),
      };
      gateway.attach?.(services);
      const talk = new Talk({ services, notices, deliver: new Deliver(services) });
      const handle = new Router(services, { talk, onOther });
      return new Bot(services, await Inbox.open({ record, clock, settings, handle, log }), talk);
    } catch (error) {
      breakers.close();
      await watches.close();
      throw error;
    }
  }

  /** Begins to take messages, and takes up the watches that an earlier process left. */
  async start(): Promise<void> {
    await this.services.watches.open();
    await this.services.gateway.start((message) => this.#inbox.accept(message));
    this.#witnessing.start();
  }

  /** Resolves when everything that has come in is answered. */
  async drained(): Promise<void> {
    await this.#inbox.drained();
    await this.#talk.drained();
  }

  /** Takes nothing more, answers what it has, and lets everything go but the record. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const { watches, gateway, breakers, log } = this.services;
      this.#talk.close();
      const answered = this.#inbox.close().then(() => this.#talk.drained());
      if (!(await this.#within(LONGEST_FAREWELL_MS, answered)))
        log.warn('not everything could be answered before the end');
      // What the assistant is still being asked is broken off, and whoever asked is told.
      breakers.close();
      await this.#within(LONGEST_GOODBYE_MS, answered);
      await watches.close();
      await this.#witnessing.close();
      await gateway.close();
    })();
    return this.#closing;
  }

  /** A gateway that never says whether a message was handed over must not keep the process from ending. */
  async #within(ms: number, work: Promise<void>): Promise<boolean> {
    return (await waitAtMost(this.services.clock, ms, work)) !== LATE;
  }
}
