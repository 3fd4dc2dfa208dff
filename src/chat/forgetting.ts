import { join } from 'node:path';
import { peopleHolder } from '../access/forgetting.js';
import { Identities } from '../access/identities.js';
import { People } from '../access/people.js';
import { assistantPersonalData } from '../assistant/personalData.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Config } from '../config/config.js';
import { limitsHolder } from '../guards/forgetting.js';
import type { LimitStates } from '../guards/limitStates.js';
import { statesFor } from '../guards/statesFor.js';
import type { Archive } from '../lifecycle/archive/archive.js';
import { Erasure } from '../lifecycle/erasure/erasure.js';
import type { Holder, Whom } from '../lifecycle/erasure/holder.js';
import type { LegalHolds } from '../lifecycle/hold/legalHolds.js';
import type { Confirmations } from './confirmations.js';
import type { Gateway } from './gateway.js';
import { consoleFiles } from './gateways/console/consoleFiles.js';
import { forgetMessages } from './inbox.js';
import type { Pages } from './pages.js';
import type { Watches } from './watches.js';

export interface ErasureWiring {
  readonly config: Config;
  readonly record: AuditRecord;
  readonly clock: Clock;
  readonly holds: LegalHolds;
  readonly archive: Archive | null;
  /** Told between every two steps. */
  readonly onStep?: (step: string) => void | Promise<void>;
  /** What a running bot keeps in memory; without one there are the tables and files alone. */
  readonly live?: {
    readonly people: People;
    readonly identities: Identities;
    readonly states: LimitStates;
    readonly confirmations: Confirmations;
    readonly pages: Pages;
    readonly watches: Watches;
    readonly gateway: Gateway;
  };
}

/** An erasure that reaches every room: each registers here what it keeps of people. */
export function wireErasure({ config, record, clock, holds, archive, onStep, live }: ErasureWiring): Erasure {
  const { store, ledger } = record;
  const { tenant } = ledger;
  const people = live?.people ?? new People({ record, clock });
  const identities = live?.identities ?? new Identities({ record, clock });
  const erasure = new Erasure({
    record,
    holds,
    clock,
    dataDir: config.dataDir,
    entryMaxBytes: config.entryMaxBytes,
    owners: config.owners,
    archive,
    country: () => config.country,
    ...(onStep !== undefined && { onStep }),
  });
  erasure.register(
    peopleHolder({ store, tenant, people, identities }),
    limitsHolder(live?.states ?? statesFor(record, clock)),
    rowsHolder(record, { name: 'limits', table: 'LimitState', key: ['key'], texts: ['key'] }),
    assistantPersonalData({ record, identities }),
    rowsHolder(record, {
      name: 'what others told the assistant about them',
      table: 'ConversationTurn',
      key: ['address', 'chatId', 'number'],
      texts: ['chatId', 'asked', 'answered'],
    }),
    rowsHolder(record, {
      name: 'saved searches',
      table: 'SavedSearch',
      key: ['owner', 'name'],
      texts: ['owner', 'name', 'query'],
    }),
    rowsHolder(record, {
      name: 'watches',
      table: 'Watch',
      key: ['chatId'],
      texts: ['owner', 'chatId', 'query'],
    }),
    settingsHolder(record),
    consoleFiles(join(config.dataDir, 'console')),
  );
  if (live !== undefined) erasure.register(memoryHolder(live));
  erasure.registerMessages((keys) => forgetMessages(record, keys));
  return erasure;
}

interface Rows {
  readonly name: string;
  readonly table: string;
  /** After the tenant. */
  readonly key: readonly string[];
  readonly texts: readonly string[];
}

/** Rows that go as a whole where one of their texts speaks of somebody, whoever they belong to. */
function rowsHolder({ store, ledger }: AuditRecord, { name, table, key, texts }: Rows): Holder {
  const columns = [...new Set([...key, ...texts])];
  const about = async (whom: Whom): Promise<Record<string, string | number>[]> => {
    const list = columns.map((column) => `"${column}"`).join(', ');
    const rows = await store.read.all<Record<string, string | number>>(
      `SELECT ${list} FROM "${table}" WHERE "tenant" = ?`,
      [ledger.tenant],
    );
    return rows.filter((row) => texts.some((column) => whom.isIn(String(row[column]))));
  };
  return {
    name,
    find: async (whom) => (await about(whom)).length,
    erase: async (whom) => {
      const rows = await about(whom);
      const where = key.map((column) => ` AND "${column}" = ?`).join('');
      if (rows.length > 0)
        await store.transaction(async (tx) => {
          for (const row of rows)
            await tx.run(`DELETE FROM "${table}" WHERE "tenant" = ?${where}`, [
              ledger.tenant,
              ...key.map((column) => row[column]!),
            ]);
        });
      return { count: rows.length };
    },
  };
}

/** What is set is not taken away for a name in it; the certificate says where it is. */
function settingsHolder({ store, ledger }: AuditRecord): Holder {
  const about = async (whom: Whom): Promise<string[]> => {
    const select = `SELECT "key", "value" FROM "Setting" WHERE "tenant" = ?`;
    const rows = await store.read.all<{ key: string; value: string }>(select, [ledger.tenant]);
    return rows.filter(({ value }) => whom.isIn(value)).map(({ key }) => key);
  };
  return {
    name: 'settings',
    find: async (whom) => (await about(whom)).length,
    erase: async (whom) => {
      const keys = await about(whom);
      const why = 'its value names them; set it otherwise';
      return { count: 0, left: keys.map((key) => ({ what: `the setting ${key}`, why })) };
    },
  };
}

/** What the bot that is running has in its memory. */
function memoryHolder({ confirmations, pages, watches, gateway }: ErasureWiring['live'] & object): Holder {
  return {
    name: "the bot's memory",
    find: async () => 0,
    erase: async ({ isIn }) => {
      confirmations.forget(isIn);
      pages.closeAll();
      watches.forget(isIn);
      return { count: (await gateway.forget?.(isIn)) ?? 0 };
    },
  };
}
