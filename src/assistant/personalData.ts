import type { Address } from '../access/address.js';
import type { Identities } from '../access/identities.js';
import type { AuditRecord } from '../audit/record.js';
import { marks, type Reads } from '../store/sql.js';
import { addressesOf } from './addresses.js';

/** Somebody, by any of the addresses they are known by; their others are found. */
export interface Subject {
  readonly addresses: readonly Address[];
}

/** A place where something of people is kept: what a room registers with whoever erases. */
export interface PersonalData {
  /** What it keeps, in words. */
  readonly name: string;
  /** How much of it is about somebody. */
  find(subject: Subject): Promise<number>;
  /** Takes it away, and says how much it was. Nothing of it is left. */
  erase(subject: Subject): Promise<{ readonly count: number }>;
}

interface Parts {
  readonly record: AuditRecord;
  readonly identities: Pick<Identities, 'lidsOf' | 'phoneOf'>;
}

const TABLES = ['ConversationTurn', 'AssistantUsage', 'AssistantReservation', 'AssistantNotice'];

/**
 * All that the assistant keeps of a person: conversations, use and cost, and what they were told once. It is there
 * also where no assistant is set up any more. What somebody used goes on to count for the budgets, as nobody's.
 */
export function assistantPersonalData({ record, identities }: Parts): PersonalData {
  const { tenant } = record.ledger;

  const everyAddress = async ({ addresses }: Subject): Promise<Address[]> => {
    const found = await Promise.all(addresses.map((address) => addressesOf(address, identities)));
    // Nobody's is what was erased before.
    return [...new Set(found.flat())].filter((address) => address !== '');
  };

  const whose = (addresses: readonly Address[]): string =>
    `"tenant" = ? AND "address" IN (${marks(addresses.length)})`;

  const count = async (reads: Reads, addresses: readonly Address[]): Promise<number> => {
    let sum = 0;
    for (const table of TABLES) {
      const row = await reads.get<{ count: number }>(
        `SELECT CAST(COUNT(*) AS BIGINT) AS "count" FROM "${table}" WHERE ${whose(addresses)}`,
        [tenant, ...addresses],
      );
      sum += row!.count;
    }
    return sum;
  };

  return {
    name: 'conversations with the assistant, and their cost',

    find: async (subject) => {
      const addresses = await everyAddress(subject);
      return addresses.length === 0 ? 0 : count(record.store.read, addresses);
    },

    erase: async (subject) => {
      const addresses = await everyAddress(subject);
      if (addresses.length === 0) return { count: 0 };
      const params = [tenant, ...addresses];
      return record.store.transaction(async (tx) => {
        const found = await count(tx, addresses);
        await tx.run(
          `INSERT INTO "AssistantUsage"
             ("tenant", "address", "day", "calls", "inputTokens", "outputTokens", "cost")
             SELECT "tenant", '', "day", CAST(SUM("calls") AS BIGINT), CAST(SUM("inputTokens") AS BIGINT),
                    CAST(SUM("outputTokens") AS BIGINT), CAST(SUM("cost") AS BIGINT)
               FROM "AssistantUsage" WHERE ${whose(addresses)} GROUP BY "tenant", "day"
           ON CONFLICT ("tenant", "address", "day") DO UPDATE SET
             "calls" = "AssistantUsage"."calls" + excluded."calls",
             "inputTokens" = "AssistantUsage"."inputTokens" + excluded."inputTokens",
             "outputTokens" = "AssistantUsage"."outputTokens" + excluded."outputTokens",
             "cost" = "AssistantUsage"."cost" + excluded."cost"`,
          params,
        );
        await tx.run(`UPDATE "AssistantReservation" SET "address" = '' WHERE ${whose(addresses)}`, params);
        for (const table of ['ConversationTurn', 'AssistantUsage', 'AssistantNotice'])
          await tx.run(`DELETE FROM "${table}" WHERE ${whose(addresses)}`, params);
        return { count: found };
      });
    },
  };
}
