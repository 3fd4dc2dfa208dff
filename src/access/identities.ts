import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Address } from './address.js';
import type { ChangeOptions } from './person.js';

export interface IdentitiesParts {
  readonly record: AuditRecord;
  readonly clock: Clock;
}

/** What a change of a link came to. */
export interface LinkChange {
  readonly case: number;
  /** The phone whose person the LID was, and is now; null where it was nobody's. */
  readonly before: Address | null;
  readonly after: Address | null;
}

export class Identities {
  constructor(_parts: IdentitiesParts) {}

  async link(_lid: Address, _phone: Address, _options: ChangeOptions = {}): Promise<LinkChange> {
    throw new Error('link');
  }

  async unlink(_lid: Address, _options: ChangeOptions = {}): Promise<LinkChange> {
    throw new Error('unlink');
  }

  async learned(_lid: Address, _phone: Address): Promise<'known' | 'new' | 'changed'> {
    throw new Error('learned');
  }

  async phoneOf(_lid: Address): Promise<Address | null> {
    throw new Error('phoneOf');
  }

  async lidsOf(_phone: Address): Promise<Address[]> {
    throw new Error('lidsOf');
  }
}
