import { randomUUID } from 'node:crypto';
import { AUDIT_TABLE, type AuditRow } from '../../src/audit/table.js';
import { makeDraft, placeDraft } from '../../src/audit/writer/draft.js';
import type { Connection, Writes } from '../../src/store/sql.js';

/** A whole, honest row of the record, made without the rooms that make events. */
export function sampleRow(tenant: string, seq: number, id: string = randomUUID()): AuditRow {
  const draft = makeDraft(
    {
      v: 1,
      id,
      tenant,
      at: 1_900_000_000_000 + seq,
      category: 'ADMIN',
      action: 'ROLE_CHANGE',
      verb: 'UPDATE',
      outcome: 'success',
      actorType: 'user',
      entityType: 'user',
      channel: 'console',
    },
    {
      actorId: 'u0',
      actorPhone: '+12025550100',
      actorName: 'Ada Example',
      actorRole: 'ADMIN',
      ip: '192.0.2.1',
      userAgent: 'test',
      scopes: '["role:write"]',
    },
    {
      entityId: `u${seq}`,
      description: 'A role was changed',
      reason: 'asked for',
      metadata: '{"n":1}',
      before: '{"role":"USER"}',
      after: '{"role":"OPERATOR"}',
      error: 'none',
      chatId: 'c1',
      messageKey: 'm1',
      requestId: 'r1',
      route: '/role',
      method: 'POST',
      status: 200,
    },
  );
  return placeDraft(draft, seq);
}

/** A ledger of `size` rows, without signatures: enough for what only concerns the tables. */
export async function makeLedger(connection: Connection, tenant: string, size: number): Promise<void> {
  await connection.transaction(async (tx) => {
    await insertHead(tx, tenant, size);
    await tx.insertMany(
      AUDIT_TABLE,
      Array.from({ length: size }, (_, index) => sampleRow(tenant, index + 1)),
    );
  });
}

async function insertHead(tx: Writes, tenant: string, size: number): Promise<void> {
  await tx.run(
    `INSERT INTO "Ledger" ("tenant", "origin", "size", "vkeys", "createdAt") VALUES (?, ?, ?, 'none', 0)`,
    [tenant, `reeve/test/${tenant}`, size],
  );
}
