import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { failureKind } from '../store/failure.js';
import type { Address } from './address.js';
import type { Person } from './person.js';
import { readPeople, readPerson } from './personTable.js';
import type { Role } from './role.js';

/** How many people are remembered for a time when the database is away. */
const MOST_REMEMBERED = 1000;

/** How long one is believed to be still as they were. */
const REMEMBERED_MS = 15 * 60_000;

export interface PeopleParts {
  readonly record: AuditRecord;
  readonly clock: Clock;
}

/**
 * Whom Reeve knows. A LID with a trusted link is the person of its phone, in every respect; any other LID is a
 * person of its own, a USER. What holds for the phone holds for all its LIDs, also that it is deactivated; that a
 * LID was deactivated before its phone became known goes over to the phone, which `Identities` sees to.
 *
 * @example (await people.find('+12025550100')).role // 'USER', of a stranger
 */
export class People {
  readonly #record: AuditRecord;
  readonly #clock: Clock;
  readonly #remembered = new Map<Address, { person: Person; at: number }>();

  constructor({ record, clock }: PeopleParts) {
    this.#record = record;
    this.#clock = clock;
  }

  /** Somebody by their address. A stranger is an active USER; nothing is stored about them. */
  async find(address: Address): Promise<Person> {
    try {
      const person = await readPerson(this.#record.store.read, this.#tenant, address);
      this.#remember(address, person);
      return person;
    } catch (error) {
      // Without the database nothing can be changed; whoever was here just now may at least go on asking.
      const known = this.#remembered.get(address);
      const age = known === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() - known.at;
      // Before it was remembered: the clock was put back, by nobody knows how much.
      const isFresh = age >= 0 && age <= REMEMBERED_MS;
      if (known !== undefined && isFresh && failureKind(error) === 'away') return known.person;
      throw error;
    }
  }

  /** Everybody with a role, a place on the whitelist or a switch, the highest roles first. */
  async list(role?: Role): Promise<Person[]> {
    const people = await readPeople(this.#record.store.read, this.#tenant);
    return role === undefined ? people : people.filter((person) => person.role === role);
  }

  /** Whoever is known by this name, in any case. */
  async named(name: string): Promise<Person[]> {
    const wanted = folded(name);
    if (wanted === '') return [];
    return (await this.list()).filter((person) => person.name !== null && folded(person.name) === wanted);
  }

  /** The active ones: whom to tell what owners must know. */
  async owners(): Promise<Person[]> {
    return (await this.list('OWNER')).filter(({ isActive }) => isActive);
  }

  /** Nothing of them is remembered any more, whatever the database says next. */
  forget(addresses: readonly Address[]): void {
    for (const [address, { person }] of this.#remembered)
      if (addresses.includes(address) || addresses.includes(person.address)) this.#remembered.delete(address);
  }

  get #tenant(): string {
    return this.#record.ledger.tenant;
  }

  #remember(address: Address, person: Person): void {
    this.#remembered.delete(address);
    this.#remembered.set(address, { person, at: this.#clock.now() });
    if (this.#remembered.size > MOST_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value!);
  }
}

const folded = (name: string): string => name.normalize('NFKC').trim().toLowerCase();
