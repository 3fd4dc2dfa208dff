import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Settings } from '../settings/settings.js';
import type { Address } from './address.js';
import type { People } from './people.js';
import type { ChangeOptions, Person, PersonChange } from './person.js';
import type { Role } from './role.js';

export interface MembershipParts {
  readonly record: AuditRecord;
  readonly people: People;
  readonly settings: Settings;
  readonly clock: Clock;
}

const later = (what: string): never => {
  throw new Error(what);
};

export class Membership {
  constructor(_parts: MembershipParts) {}

  promoteToOperator(target: Address, options: ChangeOptions = {}): Promise<PersonChange> {
    return this.changeRole(target, 'OPERATOR', options);
  }
  promoteToAdmin(target: Address, options: ChangeOptions = {}): Promise<PersonChange> {
    return this.changeRole(target, 'ADMIN', options);
  }
  promoteToOwner(target: Address, options: ChangeOptions = {}): Promise<PersonChange> {
    return this.changeRole(target, 'OWNER', options);
  }
  demoteToUser(target: Address, options: ChangeOptions = {}): Promise<PersonChange> {
    return this.changeRole(target, 'USER', options);
  }
  async changeRole(_target: Address, _newRole: Role, _options: ChangeOptions = {}): Promise<PersonChange> {
    return later('changeRole');
  }
  async addToWhitelist(_target: Address, _options: ChangeOptions = {}): Promise<PersonChange> {
    return later('addToWhitelist');
  }
  async removeFromWhitelist(_target: Address, _options: ChangeOptions = {}): Promise<PersonChange> {
    return later('removeFromWhitelist');
  }
  async switchWhitelist(_on: boolean, _options: ChangeOptions = {}): Promise<{ readonly case: number }> {
    return later('switchWhitelist');
  }
  async deactivate(_target: Address, _options: ChangeOptions = {}): Promise<PersonChange> {
    return later('deactivate');
  }
  async activate(_target: Address, _options: ChangeOptions = {}): Promise<PersonChange> {
    return later('activate');
  }
  async rename(_target: Address, _name: string): Promise<void> {
    later('rename');
  }
  isWhitelistOn(): boolean {
    return later('isWhitelistOn');
  }
  async whitelist(): Promise<Person[]> {
    return later('whitelist');
  }
}
