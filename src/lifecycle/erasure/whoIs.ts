import { type Address, addressKind } from '../../access/address.js';
import { readPerson } from '../../access/personTable.js';
import type { Reads } from '../../store/sql.js';
import type { Known } from './identify.js';

/** Every address somebody is known by: the phone first where there is one, and the LIDs that are trusted to be theirs. */
export async function readAddresses(reads: Reads, tenant: string, address: Address): Promise<Address[]> {
  const own = (await readPerson(reads, tenant, address)).address;
  if (addressKind(own) !== 'phone') return [own];
  const lids = await reads.all<{ lid: Address }>(
    `SELECT "lid" FROM "LidLink" WHERE "tenant" = ? AND "phone" = ? AND "trusted" ORDER BY "lid"`,
    [tenant, own],
  );
  return [...new Set([own, ...lids.map(({ lid }) => lid)])];
}

/** Everybody of whom something is kept, under each address by itself. */
export function readKnown(reads: Reads, tenant: string): Promise<Known[]> {
  return reads.all<Known>(`SELECT "address", "id", "name" FROM "User" WHERE "tenant" = ?`, [tenant]);
}
