import { randomUUID } from 'node:crypto';
import type { Address } from './address.js';
import type { Change } from './change.js';
import type { Person } from './person.js';
import { readPerson } from './personTable.js';
import type { Role } from './role.js';

/** Stores what is new about somebody, as part of a change, and gives them back as they then are. */
export async function writePerson(
  { tx, reads, tenant, now }: Change,
  address: Address,
  news: {
    readonly role?: Role;
    readonly active?: boolean;
    readonly listed?: boolean;
    readonly name?: string;
  },
): Promise<Person> {
  const at = BigInt(now);
  await tx.user.upsert({
    where: { tenant_address: { tenant, address } },
    create: { tenant, id: randomUUID(), address, createdAt: at, updatedAt: at, ...news },
    update: { ...news, updatedAt: at },
  });
  return readPerson(reads, tenant, address);
}
