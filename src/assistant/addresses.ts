import { type Address, addressKind } from '../access/address.js';
import type { Identities } from '../access/identities.js';

/** Every address under which something of a person may be kept: their phone, and the LIDs that belong to it. */
export async function addressesOf(
  address: Address,
  identities: Pick<Identities, 'lidsOf' | 'phoneOf'>,
): Promise<Address[]> {
  const phone = addressKind(address) === 'lid' ? await identities.phoneOf(address) : address;
  if (phone === null || addressKind(phone) !== 'phone') return [address];
  return [...new Set([phone, address, ...(await identities.lidsOf(phone))])];
}
