import { randomUUID } from 'node:crypto';
import type { Performer, Person } from '../../src/access/person.js';
import { actorOf } from '../../src/access/person.js';
import type { AuditRecord } from '../../src/audit/record.js';

export type Stored = Partial<Pick<Person, 'name' | 'role' | 'isActive' | 'isListed'>>;

/** Puts somebody into the table of people as if they had always been there. */
export async function storePerson(record: AuditRecord, address: string, stored: Stored = {}): Promise<void> {
  const { name = null, role = 'USER', isActive = true, isListed = false } = stored;
  const truth = (value: boolean) => (value ? 'TRUE' : 'FALSE');
  await record.store.transaction((tx) =>
    tx.run(
      `INSERT INTO "User" ("tenant", "id", "address", "name", "role", "active", "listed", "createdAt", "updatedAt")
         VALUES (?, ?, ?, ?, ?, ${truth(isActive)}, ${truth(isListed)}, 0, 0)`,
      [record.ledger.tenant, randomUUID(), address, name, role],
    ),
  );
}

/** Forgets everybody, between tests that share a record. */
export async function forgetEverybody(record: AuditRecord): Promise<void> {
  await record.store.transaction(async (tx) => {
    for (const table of ['User', 'LidLink', 'Setting']) await tx.run(`DELETE FROM "${table}"`);
  });
}

/** Somebody who asks for a change from a direct chat. */
export function performer(person: Person): Performer {
  return {
    person,
    context: { actor: actorOf(person), channel: 'whatsapp', chatId: 'direct-chat', messageKey: 'message-1' },
  };
}
