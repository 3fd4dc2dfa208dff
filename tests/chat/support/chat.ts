import { afterEach } from '@jest/globals';
import { pino } from 'pino';
import type { Address } from '../../../src/access/address.js';
import type { Role } from '../../../src/access/role.js';
import type { AuditRecord } from '../../../src/audit/record.js';
import { Bot, type BotParts } from '../../../src/chat/bot.js';
import type { Command } from '../../../src/chat/command.js';
import type { Outgoing } from '../../../src/chat/gateway.js';
import { loadConfig } from '../../../src/config/config.js';
import type { Database } from '../../../src/config/database.js';
import { FakeClock } from '../../../src/testing/fakeClock.js';
import { MemoryGateway, type Written } from '../../../src/testing/memoryGateway.js';
import { dataDirFor, openTestRecord, readEntries } from '../../support/record.js';

/** An owner from the start, and others. Reserved numbers. */
export const ANA = '+12025550100';
export const BO = '+12025550101';
export const CY = '+12025550102';
export const DEE = '+12025550103';

export interface ChatOptions extends Partial<Pick<BotParts, 'model' | 'onOther' | 'random' | 'log'>> {
  readonly commands?: readonly Command[];
  readonly database: Database;
  readonly record?: AuditRecord;
  readonly clock?: FakeClock;
  readonly channel?: 'whatsapp' | 'console';
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export const silent = pino({ level: 'silent' });

const open = new Set<Chat>();

/** A bot with a gateway in memory, on a real database, with time that stands still. */
export class Chat {
  readonly bot: Bot;
  readonly gateway: MemoryGateway;
  readonly record: AuditRecord;
  readonly clock: FakeClock;
  readonly database: Database;

  constructor(parts: Pick<Chat, 'bot' | 'gateway' | 'record' | 'clock' | 'database'>) {
    this.bot = parts.bot;
    this.gateway = parts.gateway;
    this.record = parts.record;
    this.clock = parts.clock;
    this.database = parts.database;
  }

  /** Writes, and gives what the bot sent to it, wherever that went. */
  async says(from: Address, text: string, more: Partial<Written> = {}): Promise<Outgoing[]> {
    const before = this.gateway.sent.length;
    this.gateway.write({ from, text, ...more });
    await this.bot.drained();
    return this.gateway.sent.slice(before).map(({ message }) => message);
  }

  /** The same as one text. */
  async asks(from: Address, text: string, more: Partial<Written> = {}): Promise<string> {
    return (await this.says(from, text, more)).map((message) => message.text ?? '').join('\n');
  }

  /** Gives somebody a role, beside all rules. */
  async give(address: Address, role: Role, name: string | null = null): Promise<void> {
    await this.record.store.transaction((tx) =>
      tx.run(
        `INSERT INTO "User" ("tenant", "id", "address", "name", "role", "active", "listed", "createdAt", "updatedAt")
           VALUES (?, ?, ?, ?, ?, TRUE, FALSE, 0, 0)`,
        [this.record.ledger.tenant, `id-${address}`, address, name, role],
      ),
    );
  }

  /** Everything recorded so far, public and private part in one. */
  async events() {
    await this.record.flush();
    return (await readEntries(this.database, this.record.ledger.tenant)).map((entry) => ({
      ...entry.public,
      ...entry.actor,
      ...entry.rest,
    }));
  }

  /** What one message, or more, came to in the record. */
  async eventsOf(work: () => Promise<unknown>) {
    const before = (await this.events()).length;
    await work();
    return (await this.events()).slice(before);
  }
}

/** Opens a bot that is closed after the test. Ana is its owner. */
export async function openChat({
  database,
  commands = [],
  channel,
  env,
  ...options
}: ChatOptions): Promise<Chat> {
  const clock = options.clock ?? new FakeClock();
  const record = options.record ?? (await openTestRecord(database, { clock }));
  const gateway = new MemoryGateway({ now: () => clock.now(), ...(channel !== undefined && { channel }) });
  const config = loadConfig({
    env: {
      REEVE_OWNERS: ANA,
      REEVE_TIMEZONE: 'UTC',
      REEVE_DATA_DIR: dataDirFor(database),
      REEVE_TENANT: record.ledger.tenant,
      ...env,
    },
    cwd: dataDirFor(database),
  });
  const bot = await Bot.open({ log: silent, ...options, config, record, gateway, clock, commands });
  await bot.start();
  const chat = new Chat({ bot, gateway, record, clock, database });
  open.add(chat);
  return chat;
}

afterEach(async () => {
  const left = [...open];
  open.clear();
  await Promise.all(left.map(({ bot }) => bot.close()));
});
