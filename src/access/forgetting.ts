import { marks, type Reads, type Writes } from '../store/sql.js';
import type { Address } from './address.js';
import { APPOINTED } from './appointed.js';
import type { Identities } from './identities.js';
import type { People } from './people.js';
import type { Person } from './person.js';
import type { Refusal } from './refusal.js';
import { lastOwnerRefusal, standingRefusal } from './rules.js';

/**
 * Why somebody may not be erased, by the rules about people: only an OWNER has it done, and one active OWNER always
 * stays. `actor` is null where it is the operator's or a host's own doing.
 */
export async function erasureRefusal(
  reads: Reads,
  tenant: string,
  { actor, addresses }: { readonly actor: Person | null; readonly addresses: readonly Address[] },
): Promise<Refusal | null> {
  const standing = actor === null ? null : standingRefusal(actor, 'has people erased', 'OWNER');
  if (standing !== null) return standing;
  const owners = await reads.all<{ address: Address }>(
    `SELECT "address" FROM "User" WHERE "tenant" = ? AND "role" = 'OWNER' AND "active"`,
    [tenant],
  );
  const isOwner = owners.some(({ address }) => addresses.includes(address));
  const target = { role: isOwner ? 'OWNER' : 'USER', isActive: true } as const;
  return lastOwnerRefusal(target, owners.filter(({ address }) => !addresses.includes(address)).length + 1);
}

/** Takes somebody's role, place on the whitelist, switch and links away, in a transaction. Returns how many rows. */
export async function forgetPerson(
  tx: Writes,
  tenant: string,
  addresses: readonly Address[],
): Promise<number> {
  const list = marks(addresses.length);
  const users = await tx.run(`DELETE FROM "User" WHERE "tenant" = ? AND "address" IN (${list})`, [
    tenant,
    ...addresses,
  ]);
  const links = await tx.run(
    `DELETE FROM "LidLink" WHERE "tenant" = ? AND ("lid" IN (${list}) OR "phone" IN (${list}))`,
    [tenant, ...addresses, ...addresses],
  );
  const row = await tx.get<{ value: string }>(
    `SELECT "value" FROM "Setting" WHERE "tenant" = ? AND "key" = ?`,
    [tenant, APPOINTED],
  );
  const appointed = row === undefined ? [] : (JSON.parse(row.value) as Address[]);
  const kept = appointed.filter((address) => !addresses.includes(address));
  if (kept.length < appointed.length)
    await tx.run(`UPDATE "Setting" SET "value" = ? WHERE "tenant" = ? AND "key" = ?`, [
      JSON.stringify(kept),
      tenant,
      APPOINTED,
    ]);
  return users + links + appointed.length - kept.length;
}

interface Parts {
  readonly store: { readonly read: Reads; transaction<T>(work: (tx: Writes) => Promise<T>): Promise<T> };
  readonly tenant: string;
  readonly people?: People | undefined;
  readonly identities?: Identities | undefined;
}

/** What this room keeps of somebody, for whoever erases them. */
export function peopleHolder({ store, tenant, people, identities }: Parts) {
  return {
    name: 'role, whitelist and links',
    async find({ addresses }: { readonly addresses: readonly Address[] }): Promise<number> {
      const list = marks(addresses.length);
      const row = await store.read.get<{ users: number; links: number }>(
        `SELECT (SELECT COUNT(*) FROM "User" WHERE "tenant" = ? AND "address" IN (${list})) AS "users",
           (SELECT COUNT(*) FROM "LidLink" WHERE "tenant" = ? AND ("lid" IN (${list}) OR "phone" IN (${list}))) AS "links"`,
        [tenant, ...addresses, tenant, ...addresses, ...addresses],
      );
      return Number(row!.users) + Number(row!.links);
    },
    async erase({ addresses }: { readonly addresses: readonly Address[] }): Promise<{ count: number }> {
      const count = await store.transaction((tx) => forgetPerson(tx, tenant, addresses));
      people?.forget(addresses);
      identities?.forget(addresses);
      return { count };
    },
  };
}
