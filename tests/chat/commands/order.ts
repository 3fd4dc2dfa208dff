import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Identities } from '../../../src/access/identities.js';
import { Membership } from '../../../src/access/membership.js';
import { People } from '../../../src/access/people.js';
import type { AuditRecord } from '../../../src/audit/record.js';
import { bind } from '../../../src/chat/binding.js';
import type { CommandContext } from '../../../src/chat/command.js';
import { roleCommands } from '../../../src/chat/commands/role.js';
import { userCommands } from '../../../src/chat/commands/user.js';
import { whitelistCommands } from '../../../src/chat/commands/whitelist.js';
import { Commands } from '../../../src/chat/commands.js';
import type { IncomingMessage } from '../../../src/chat/message.js';
import { Permission } from '../../../src/chat/permission.js';
import type { Reply } from '../../../src/chat/reply.js';
import type { Services } from '../../../src/chat/services.js';
import { shownTo } from '../../../src/chat/show.js';
import type { Database } from '../../../src/config/database.js';
import { Limits } from '../../../src/guards/limits.js';
import { MemoryStates } from '../../../src/guards/memoryStates.js';
import type { Entry } from '../../../src/ledger/entry.js';
import { builtInSettings } from '../../../src/settings/builtIn.js';
import { Settings } from '../../../src/settings/settings.js';
import { FakeClock } from '../../../src/testing/fakeClock.js';
import { forgetEverybody, performer, type Stored, storePerson } from '../../access/stored.js';
import { freshSqlite } from '../../support/databases.js';
import { openTestRecord, readEntries } from '../../support/record.js';

export const ANA = '+12025550100';
export const BO = '+12025550101';
export const CY = '+12025550102';
export const DEE = '+12025550103';
export const LID = 'lid:100200300';

export interface Said {
  readonly text: string;
  /** What would have to be confirmed; null where nothing would. */
  readonly preview: string | null;
  readonly reply: Reply;
  /** Who else was told what. */
  readonly told: readonly { to: string; text: string }[];
}

/** The commands about people, on a record of their own, without the router: it has tests of its own. */
export class Order {
  database!: Database;
  record!: AuditRecord;
  services!: Services;
  #start = 0;

  /** Somebody says something; what has to be confirmed is. */
  async says(address: string, text: string, where: Partial<IncomingMessage> = {}): Promise<Said> {
    const { people, commands } = this.services;
    const person = await people.find(address);
    const message: IncomingMessage = {
      key: 'message-1',
      channel: 'whatsapp',
      chat: { id: `direct-${address}`, isGroup: false },
      sender: { address },
      text: `!${text}`,
      at: 0,
      mentions: [],
      ...where,
    };
    const matched = commands.match(text);
    if (!('command' in matched)) throw new Error(`there is no command ${text}`);
    const { command, rest } = matched;
    const context: CommandContext = {
      person,
      message,
      performer: performer(person),
      services: this.services,
      prefix: '!',
      now: 0,
      show: shownTo({ person, isGroup: message.chat.isGroup }),
    };
    const values = await bind(command, rest, { person, message, people, prefix: '!', country: 'US' });
    const preview = (await command.confirm?.(context, values)) ?? null;
    const reply = await command.handle(context, values);
    const told = (reply.tell ?? []).map((one) => ({ to: one.to, text: String(one.text) }));
    return { text: String(reply.text), preview: preview === null ? null : String(preview), reply, told };
  }

  async is(address: string, stored: Stored): Promise<void> {
    await storePerson(this.record, address, stored);
  }

  async events(): Promise<Entry[]> {
    return (await readEntries(this.database)).slice(this.#start);
  }

  async open(): Promise<void> {
    this.database = await freshSqlite();
    this.record = await openTestRecord(this.database, { shared: true });
  }

  async reset(): Promise<void> {
    const { record } = this;
    const clock = new FakeClock();
    await forgetEverybody(record);
    const people = new People({ record, clock });
    const definitions = builtInSettings({ prefix: '!', timeZone: 'UTC', country: undefined });
    const settings = await Settings.open({ record, definitions, clock });
    const membership = new Membership({ record, people, settings, clock });
    const limits = new Limits({ settings, states: new MemoryStates(), record, clock });
    // All that these commands use. The others have tests of their own.
    this.services = {
      record,
      people,
      settings,
      membership,
      limits,
      clock,
      identities: new Identities({ record, clock }),
      permission: new Permission({ settings, membership, limits, people }),
      commands: new Commands([...roleCommands, ...userCommands, ...whitelistCommands]),
    } as Partial<Services> as Services;
    await storePerson(record, ANA, { name: 'Ana', role: 'OWNER' });
    await storePerson(record, BO, { name: 'Bo' });
    await storePerson(record, CY, { name: 'Cy', role: 'ADMIN' });
    this.#start = (await readEntries(this.database)).length;
  }
}

/** Before each test: Ana is OWNER, Bo a USER, Cy an ADMIN, and nobody else is known. */
export function useOrder(): Order {
  const order = new Order();
  beforeAll(() => order.open());
  beforeEach(() => order.reset());
  afterAll(() => order.record.close());
  return order;
}
