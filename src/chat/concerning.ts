import { addressKind } from '../access/address.js';
import type { Identities } from '../access/identities.js';
import type { Person } from '../access/person.js';
import type { Term, Test } from '../audit/query/filter.js';

/** Whatever somebody did or was done to them, by every address they are known by, and `also` by others of theirs. */
export async function concerning(
  person: Person,
  identities: Pick<Identities, 'lidsOf'>,
  also: readonly string[] = [],
): Promise<Term> {
  const { id, address } = person;
  const lids = addressKind(address) === 'phone' ? await identities.lidsOf(address) : [];
  const addresses = [...new Set([address, ...also, ...lids])];
  const tests = addresses.flatMap((one): Test[] => [
    { column: 'actorPhone', is: one },
    { column: 'entityId', is: one },
  ]);
  if (id !== null) tests.push({ column: 'actorId', is: id }, { column: 'entityId', is: id });
  return { field: 'about', not: false, values: addresses, anyOf: tests.map((test) => [test]) };
}
