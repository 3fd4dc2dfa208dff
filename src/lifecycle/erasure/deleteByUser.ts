import { parseAddress } from '../../access/address.js';
import type { Person } from '../../audit/catalogue/action.js';
import { personFields } from '../../audit/event.js';
import { UserError } from '../../config/userError.js';
import type { Erasure } from './erasure.js';

/** Erases somebody by the address that an event would name them with. Returns from how many entries. */
export async function deleteByUser(erasure: Erasure, person: Person): Promise<number> {
  const { phone } = personFields(person);
  const address = phone === undefined ? null : parseAddress(phone);
  if (address === null)
    throw new UserError({
      code: 'NO_ADDRESS',
      message: 'Whoever is to be erased is named by phone number or LID.',
      example: "deleteByUser('+12025550101')",
    });
  const { facts } = await erasure.erase(address);
  return facts.entries.count;
}
