import type { Reads } from '../store/sql.js';
import { type Address, addressKind } from './address.js';
import type { Person } from './person.js';
import { ROLES, type Role } from './role.js';

/**
 * The table of people, read. The same questions are asked outside of a change and, for the rules, once more inside
 * of it, where nobody else can change the answer any more.
 */

interface PersonRow {
  address: string;
  id: string | null;
  name: string | null;
  role: string | null;
  /** SQLite has numbers for these. */
  active: number | boolean | null;
  listed: number | boolean | null;
}

/** Whose a LID is: the phone of a trusted link, else the LID's own. */
const OWN_ADDRESS = `COALESCE(
  (SELECT "phone" FROM "LidLink" WHERE "tenant" = ? AND "lid" = ? AND "trusted"), ?)`;

const COLUMNS = `u."id", u."name", u."role", u."active", u."listed"`;

export async function readPerson(reads: Reads, tenant: string, address: Address): Promise<Person> {
  const row = await reads.get<PersonRow>(
    `SELECT a."address", ${COLUMNS} FROM (SELECT ${OWN_ADDRESS} AS "address") a
       LEFT JOIN "User" u ON u."tenant" = ? AND u."address" = a."address"`,
    [tenant, address, address, tenant],
  );
  return personFrom(row!);
}

/** Everybody something is kept about. A LID that belongs to a phone is that phone's, and not listed by itself. */
export async function readPeople(reads: Reads, tenant: string): Promise<Person[]> {
  const rows = await reads.all<PersonRow>(
    `SELECT u."address", ${COLUMNS} FROM "User" u
       LEFT JOIN "LidLink" l ON l."tenant" = u."tenant" AND l."lid" = u."address" AND l."trusted"
      WHERE u."tenant" = ? AND l."lid" IS NULL`,
    [tenant],
  );
  return rows.map(personFrom).sort(byRank);
}

/** How many could still undo what one of them does. */
export async function countActiveOwners(reads: Reads, tenant: string): Promise<number> {
  const row = await reads.get<{ count: number }>(
    `SELECT COUNT(*) AS "count" FROM "User" WHERE "tenant" = ? AND "role" = 'OWNER' AND "active"`,
    [tenant],
  );
  return Number(row!.count);
}

function personFrom({ address, id, name, role, active, listed }: PersonRow): Person {
  return {
    id,
    address,
    name,
    role: roleOf(address, role),
    isActive: active === null ? true : Boolean(active),
    isListed: Boolean(listed),
  };
}

/** Whatever the table says, a LID that nobody is known to belong to is a USER; so is what is no role. */
function roleOf(address: Address, stored: string | null): Role {
  if (addressKind(address) === 'lid') return 'USER';
  return ROLES.find((role) => role === stored) ?? 'USER';
}

function byRank(a: Person, b: Person): number {
  return (
    ROLES.indexOf(b.role) - ROLES.indexOf(a.role) ||
    compare(a.name ?? a.address, b.name ?? b.address) ||
    compare(a.address, b.address)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
