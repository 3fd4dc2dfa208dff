import { type Change, change } from '../access/change.js';
import type { Identities } from '../access/identities.js';
import { actorOf, type Performer, type Person } from '../access/person.js';
import { Refusal } from '../access/refusal.js';
import { isAtLeast } from '../access/role.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { UserError } from '../config/userError.js';
import { assistantForget, assistantMemory, assistantTurns } from '../settings/builtIn.js';
import type { Settings } from '../settings/settings.js';
import { PrismaWrites } from '../store/prismaWrites.js';
import { marks, type Reads } from '../store/sql.js';
import { addressesOf } from './addresses.js';

/** What somebody wrote, and what the assistant answered. */
export interface Turn {
  readonly asked: string;
  readonly answered: string;
}

interface StoredTurn extends Turn {
  readonly number: number;
}

interface Parts {
  readonly record: AuditRecord;
  readonly identities: Pick<Identities, 'lidsOf' | 'phoneOf'>;
  readonly settings: Settings;
  readonly clock: Clock;
}

/**
 * What the assistant remembers: of each person in each chat the newest turns, no more of them, no more bytes and no
 * older than the settings say. What is beyond that is deleted when the next turn comes. A group never sees what
 * somebody talked about in a direct chat, nor one person what another did.
 */
export class Conversations {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Of somebody, by all addresses they are known by, in one chat; oldest first. */
  async recall(addresses: readonly string[], chatId: string): Promise<Turn[]> {
    const { record, clock } = this.#parts;
    const rows = await this.#newest(record.store.read, addresses, chatId, clock.now() - this.#forgetMs);
    return this.#kept(rows).reverse();
  }

  /** Adds a turn, and deletes what is to be forgotten by now. */
  async remember(address: string, chatId: string, { asked, answered }: Turn): Promise<void> {
    const { record, clock } = this.#parts;
    const { tenant } = record.ledger;
    const now = clock.now();
    const there = `"tenant" = ? AND "address" = ? AND "chatId" = ?`;
    await record.store.transaction(async (tx) => {
      await tx.run(`DELETE FROM "ConversationTurn" WHERE "tenant" = ? AND "at" < ?`, [
        tenant,
        now - this.#forgetMs,
      ]);
      const last = await tx.get<{ number: number }>(
        `SELECT "number" FROM "ConversationTurn" WHERE ${there} ORDER BY "number" DESC LIMIT 1`,
        [tenant, address, chatId],
      );
      // Two processes at once in one chat: the second turn is not remembered, which is less than an error.
      await tx.run(
        `INSERT INTO "ConversationTurn" ("tenant", "address", "chatId", "number", "at", "asked", "answered")
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("tenant", "address", "chatId", "number") DO NOTHING`,
        [tenant, address, chatId, (last?.number ?? 0) + 1, now, storable(asked), storable(answered)],
      );
      const kept = this.#kept(await this.#newest(tx, [address], chatId, 0));
      const oldest = kept.at(-1)?.number ?? Number.MAX_SAFE_INTEGER;
      await tx.run(`DELETE FROM "ConversationTurn" WHERE ${there} AND "number" < ?`, [
        tenant,
        address,
        chatId,
        oldest,
      ]);
    });
  }

  /**
   * Clears what is remembered of somebody, in all chats. One's own everybody may clear, others' operators and
   * whoever is above them.
   */
  async reset(
    person: Person,
    performedBy: Performer,
  ): Promise<{ readonly case: number; readonly turns: number }> {
    const { record, identities } = this.#parts;
    const addresses = await addressesOf(person.address, identities);
    return change(this.#parts, { performedBy }, async (under) => {
      demandOwnOrOperator(under, person);
      const tx = new PrismaWrites(under.tx, record.store.dialect);
      const turns = await tx.run(
        `DELETE FROM "ConversationTurn" WHERE "tenant" = ? AND "address" IN (${marks(addresses.length)})`,
        [under.tenant, ...addresses],
      );
      if (turns === 0) throw new UserError(NOTHING_REMEMBERED);
      const { performedBy: by } = under.by;
      const event = { performedBy: by, targetUser: actorOf(person), turns };
      return { case: await under.log('CONVERSATION_RESET', event), turns };
    });
  }

  /** The newest turns, newest first. */
  #newest(reads: Reads, addresses: readonly string[], chatId: string, since: number): Promise<StoredTurn[]> {
    const most = this.#parts.settings.get(assistantTurns);
    return reads.all(
      `SELECT "number", "asked", "answered" FROM "ConversationTurn"
         WHERE "tenant" = ? AND "address" IN (${marks(addresses.length)}) AND "chatId" = ? AND "at" >= ?
         ORDER BY "at" DESC, "number" DESC LIMIT ${most}`,
      [this.#parts.record.ledger.tenant, ...addresses, chatId, since],
    );
  }

  /** As many of the newest as fit into the memory. */
  #kept(newest: readonly StoredTurn[]): StoredTurn[] {
    let left = this.#parts.settings.get(assistantMemory);
    const kept: StoredTurn[] = [];
    for (const turn of newest) {
      left -= Buffer.byteLength(turn.asked) + Buffer.byteLength(turn.answered);
      if (left < 0) break;
      kept.push(turn);
    }
    return kept;
  }

  get #forgetMs(): number {
    return this.#parts.settings.get(assistantForget);
  }
}

function demandOwnOrOperator({ actor }: Change, person: Person): void {
  if (actor === null) return;
  if (!actor.isActive) throw new Refusal('active', 'You were deactivated meanwhile.', 'Whoever is active.');
  if (actor.address === person.address || isAtLeast(actor.role, 'OPERATOR')) return;
  throw new Refusal(
    'role',
    `You are ${actor.role}, so you may clear a conversation of your own only.`,
    'Operators, admins and owners may clear those of others as well.',
  );
}

/** PostgreSQL takes no NUL in a text, and neither database takes half a character. */
const storable = (text: string): string => text.replace(/[\0\p{Cs}]/gu, '\ufffd');

const NOTHING_REMEMBERED = {
  code: 'NOTHING_REMEMBERED',
  message: 'The assistant remembers nothing of that conversation, so nothing was cleared.',
};
