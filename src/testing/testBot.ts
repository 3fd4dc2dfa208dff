import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, parseAddress } from '../access/address.js';
import type { Completion, Model } from '../assistant/model.js';
import type { Channel } from '../audit/catalogue/action.js';
import type { AnyAction, BuiltInPayloads, PayloadsOf } from '../audit/catalogue/catalogue.js';
import { explainMistake } from '../audit/query/mistake.js';
import { parseQuery } from '../audit/query/parse.js';
import type { AuditItem } from '../audit/reading/item.js';
import type { AuditRecord } from '../audit/record.js';
import type { Services } from '../chat/services.js';
import { openReeve, type Reeve, type ReeveOptions } from '../compose.js';
import { loadConfig } from '../config/config.js';
import type { Verdict } from '../ledger/verdict.js';
import { type Answers, answersFrom, Saying } from './answers.js';
import { FakeClock } from './fakeClock.js';
import { MemoryGateway, type Written } from './memoryGateway.js';
import { type Ear, type Standing, TestUser } from './testUser.js';

export interface TestBotOptions<Actions extends readonly AnyAction[] = readonly []>
  extends Pick<ReeveOptions<Actions>, 'actions' | 'commands' | 'settings' | 'onOther' | 'log'> {
  /**
   * What the assistant answers to a text: a stand-in for the model alone. Limits, moderation, budgets, memory and the
   * record are the real ones.
   *
   * @example createTestBot({ assistant: (text) => `You said: ${text}` })
   */
  readonly assistant?: (text: string) => string | Promise<string>;
  /** Owners from the start, as REEVE_OWNERS has them. Default: one, with a number that nobody has. */
  readonly owners?: readonly Address[];
  /** More of the environment: `{ REEVE_COUNTRY: 'DE' }`. The process's own and `.env` are not read. */
  readonly env?: Readonly<Record<string, string>>;
  /** The channel that messages seem to come from. */
  readonly channel?: Channel;
  /** Milliseconds since 1970 at which time stands still. */
  readonly now?: number;
}

type PayloadsWith<Actions extends readonly AnyAction[]> = BuiltInPayloads & PayloadsOf<Actions>;

const OWNER = '+12025550199';
const MOST_EVENTS = 10_000;

/**
 * A whole bot for a test: a real SQLite database in a folder that goes again, a gateway in memory, and a clock that
 * stands still. What somebody says resolves when it is answered, so there is nothing to wait for.
 *
 * @example
 * const bot = await createTestBot();
 * const ana = bot.user('+12025550100', { role: 'OWNER', name: 'Ana' });
 * await ana.says('!role promote +12025550101').replies(/OPERATOR/);
 * await bot.close();
 */
export async function createTestBot<const Actions extends readonly AnyAction[] = readonly []>(
  options: TestBotOptions<Actions> = {},
): Promise<TestBot<PayloadsWith<Actions>>> {
  const { owners = [OWNER], env = {}, channel = 'whatsapp', now, assistant } = options;
  const { actions, commands, settings, onOther, log } = options;
  const folder = mkdtempSync(join(tmpdir(), 'reeve-'));
  const clock = new FakeClock(now);
  const gateway = new MemoryGateway({ channel, now: () => clock.now() });
  try {
    const config = loadConfig({
      cwd: folder,
      env: {
        REEVE_OWNERS: owners.join(','),
        REEVE_TIMEZONE: 'UTC',
        REEVE_LOG_LEVEL: 'silent',
        REEVE_DATA_DIR: join(folder, 'data'),
        ...env,
      },
    });
    const reeve = await openReeve<Actions>({
      config,
      gateway,
      clock,
      ...(actions !== undefined && { actions }),
      ...(commands !== undefined && { commands }),
      ...(settings !== undefined && { settings }),
      ...(onOther !== undefined && { onOther }),
      ...(assistant !== undefined && { model: standIn(assistant) }),
      ...(log !== undefined && { log }),
    });
    // What runs by the clock would only be in the way of what a test says.
    await reeve.bot?.start();
    return new TestBot({ reeve, gateway, clock, folder, owner: owners[0] ?? OWNER });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A token is a character here, so that what was used can be counted by hand. */
function standIn(assistant: (text: string) => string | Promise<string>): Model {
  return {
    complete: async ({ messages }): Promise<Completion> => {
      const asked = messages.at(-1)!.content;
      const text = await assistant(asked);
      return { text, tokens: { input: asked.length, output: text.length }, end: 'whole' };
    },
  };
}

interface TestBotParts<Payloads extends BuiltInPayloads> {
  readonly reeve: Reeve<Payloads>;
  readonly gateway: MemoryGateway;
  readonly clock: FakeClock;
  readonly folder: string;
  readonly owner: Address;
}

export class TestBot<Payloads extends BuiltInPayloads = BuiltInPayloads> {
  readonly gateway: MemoryGateway;
  readonly clock: FakeClock;
  readonly record: AuditRecord<Payloads>;
  /** All that commands work with. */
  readonly services: Services;
  /** The first of the owners from the start. */
  readonly owner: TestUser;
  readonly #reeve: Reeve<Payloads>;
  readonly #folder: string;
  readonly #ear: Ear;
  /** One thing after the other, so that each answer belongs to what was said. */
  #last: Promise<unknown> = Promise.resolve();
  /** Why somebody could not be made what a test wanted. */
  #failure: { readonly error: unknown } | null = null;

  constructor({ reeve, gateway, clock, folder, owner }: TestBotParts<Payloads>) {
    this.#reeve = reeve;
    this.#folder = folder;
    this.gateway = gateway;
    this.clock = clock;
    this.record = reeve.record;
    this.services = reeve.bot!.services;
    this.#ear = {
      hear: (written) =>
        new Saying(
          written.text,
          this.#inTurn(() => this.#hear(written)),
        ),
      textsIn: (chatId) =>
        gateway.sent.flatMap(({ chatId: to, message }) => (to === chatId ? (message.text ?? []) : [])),
      directChat: (address) => gateway.directChat(address),
    };
    this.owner = new TestUser(owner, undefined, this.#ear);
  }

  /**
   * Somebody. What is said of them holds as if it always had: it is no event. A person of whom nothing is said is a
   * stranger, or whoever they have become.
   */
  user(address: Address, standing: Standing = {}): TestUser {
    const known = parseAddress(address, this.services.config.country);
    if (known === null) throw new TypeError(`${JSON.stringify(address)} is nobody's address`);
    // Whoever speaks next waits for this, and is told where it failed.
    this.#inTurn(() => this.#arrange(known, standing)).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return new TestUser(known, standing.name, this.#ear);
  }

  /** Lets time pass: what falls due happens. */
  advance(ms: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.clock.advance(ms);
      await this.#settled();
    });
  }

  /** What stands in the record, oldest first; of all where no query says which. */
  events(query = ''): Promise<AuditItem[]> {
    return this.#inTurn(async () => {
      await this.record.flush();
      const parsed = parseQuery(query, { now: this.clock.now(), timeZone: 'UTC' });
      if (!parsed.ok) throw new TypeError(explainMistake(query, parsed.error));
      const { items } = await this.record.repository.query(parsed.filter, { limit: MOST_EVENTS });
      return items.reverse();
    });
  }

  /** Signs what there is and verifies all of it, as somebody would who doubts it. */
  verify(): Promise<Verdict> {
    return this.#inTurn(async () => {
      await this.record.sign();
      return this.record.repository.verifyIntegrity();
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#reeve.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #hear(written: Written): Promise<Answers> {
    const before = this.gateway.sent.length;
    this.gateway.write(written);
    await this.#settled();
    const direct = this.gateway.directChat(written.from);
    const chats = written.group === undefined ? [direct] : [direct, this.gateway.groupChat(written.group)];
    return answersFrom(this.gateway.sent.slice(before), chats);
  }

  async #settled(): Promise<void> {
    await this.#reeve.bot!.drained();
    await this.services.watches.look();
  }

  async #arrange(address: Address, { role, name, listed, active }: Standing): Promise<void> {
    const said = {
      ...(role !== undefined && { role }),
      ...(name !== undefined && { name }),
      ...(listed !== undefined && { listed }),
      ...(active !== undefined && { active }),
    };
    if (Object.keys(said).length === 0) return;
    const { tenant } = this.record.ledger;
    const updatedAt = this.clock.now();
    await this.record.logger.transact((tx) =>
      tx.user.upsert({
        where: { tenant_address: { tenant, address } },
        create: { tenant, id: randomUUID(), address, createdAt: updatedAt, updatedAt, ...said },
        update: { ...said, updatedAt },
      }),
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#failure !== null) throw this.#failure.error;
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }
}
