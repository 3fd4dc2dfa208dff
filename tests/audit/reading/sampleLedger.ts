import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { AuditIndex, type AuditIndexSettings } from '../../../src/audit/index/auditIndex.js';
import type { AuditRow } from '../../../src/audit/query/matches.js';
import { Commits } from '../../../src/audit/writer/commit.js';
import { makeDraft } from '../../../src/audit/writer/draft.js';
import type { Database } from '../../../src/config/database.js';
import { ACTOR_FIELDS, type ActorPart, REST_FIELDS, type RestPart } from '../../../src/ledger/entry.js';
import { openConnection } from '../../../src/store/connection.js';
import { Store } from '../../../src/store/store.js';
import { tempFolder } from '../../support/tempFolder.js';

export interface SampleEvent {
  at?: number;
  category?: string;
  action?: string;
  outcome?: string;
  entityType?: string | null;
  channel?: string;
  actor?: ActorPart;
  rest?: RestPart;
}

export const TENANT = 'default';
const VKEY = 'key';

/** A ledger in a real database, filled the way the writer fills it, and cut down the way lifecycle does it. */
export class SampleLedger {
  readonly store: Store;
  readonly database: Database;
  readonly dataDir: string;
  readonly #indexes: AuditIndex[] = [];

  private constructor(store: Store, database: Database) {
    this.store = store;
    this.database = database;
    this.dataDir = database.kind === 'sqlite' ? dirname(database.path) : tempFolder();
  }

  static async open(database: Database): Promise<SampleLedger> {
    const { store } = await Store.open(database);
    const ledger = new SampleLedger(store, database);
    await ledger.addTenant(TENANT);
    return ledger;
  }

  async addTenant(tenant: string): Promise<void> {
    await this.store.transaction((tx) =>
      tx.run(
        `INSERT INTO "Ledger" ("tenant", "origin", "size", "vkeys", "createdAt") VALUES (?, ?, 0, ?, 0)`,
        [tenant, `reeve/test/${tenant}`, VKEY],
      ),
    );
  }

  async append(events: readonly SampleEvent[], tenant = TENANT): Promise<void> {
    const connection = openConnection(this.database);
    try {
      const drafts = events.map((event) =>
        makeDraft(
          {
            v: 1,
            id: randomUUID(),
            tenant,
            at: event.at ?? 0,
            category: event.category ?? 'ADMIN',
            action: event.action ?? 'ROLE_CHANGE',
            verb: 'UPDATE',
            outcome: event.outcome ?? 'success',
            actorType: 'user',
            entityType: event.entityType ?? null,
            channel: event.channel ?? 'console',
          },
          event.actor ?? {},
          event.rest ?? {},
        ),
      );
      await new Commits(connection, { tenant, vkey: VKEY }).commit(drafts);
    } finally {
      await connection.close();
    }
  }

  /** Empties a private part of some entries, as erasure does. */
  async erase(part: 'actor' | 'rest', seqs: readonly number[]): Promise<void> {
    const fields: readonly string[] = part === 'actor' ? ACTOR_FIELDS : REST_FIELDS;
    const emptied = [...fields, `${part}Salt`].map((field) => `"${field}" = NULL`).join(', ');
    await this.#through('erasure', async (run) => {
      for (const seq of seqs) {
        await run(`UPDATE "AuditLog" SET ${emptied}, "erasedAt" = 5 WHERE "tenant" = ? AND "seq" = ?`, [
          TENANT,
          seq,
        ]);
      }
    });
  }

  /** Deletes the entries up to `anchor`, or leaves some of them as leftovers. */
  async prune(anchor: number, deleteUpTo = anchor): Promise<void> {
    await this.#through('retention', async (run) => {
      await run(`UPDATE "Ledger" SET "anchorSize" = ? WHERE "tenant" = ?`, [anchor, TENANT]);
      await run(`DELETE FROM "AuditLog" WHERE "tenant" = ? AND "seq" <= ?`, [TENANT, deleteUpTo]);
    });
  }

  #through(
    purpose: string,
    work: (run: (sql: string, params: (string | number)[]) => Promise<number>) => Promise<void>,
  ): Promise<void> {
    return this.store.transaction(async (tx) => {
      await tx.run(`INSERT INTO "AuditGate" ("tenant", "purpose", "closedBy") VALUES (?, ?, 1)`, [
        TENANT,
        purpose,
      ]);
      await work((sql, params) => tx.run(sql, params));
      await tx.run(`DELETE FROM "AuditGate" WHERE "tenant" = ?`, [TENANT]);
    });
  }

  /** Every entry above the anchor, oldest first, read without anything that is to be tested. */
  rows(): Promise<AuditRow[]> {
    return this.store.read.all<AuditRow & Record<string, never>>(
      `SELECT * FROM "AuditLog" WHERE "tenant" = ?
         AND "seq" > (SELECT "anchorSize" FROM "Ledger" WHERE "tenant" = ?) ORDER BY "seq"`,
      [TENANT, TENANT],
    );
  }

  index(settings: Partial<AuditIndexSettings> = {}): AuditIndex {
    const { database, dataDir } = this;
    const strict = { onTrouble: (error: unknown) => this.troubles.push(error) };
    const index = new AuditIndex(
      { database, dataDir, tenant: TENANT, ...strict, ...settings },
      this.store.read,
    );
    this.#indexes.push(index);
    return index;
  }

  /** What went wrong with the index, which nobody would notice by the answers. */
  readonly troubles: unknown[] = [];

  async close(): Promise<void> {
    for (const index of this.#indexes) await index.close();
    await this.store.close();
  }
}
