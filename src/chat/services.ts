import type { Identities } from '../access/identities.js';
import type { Membership } from '../access/membership.js';
import type { People } from '../access/people.js';
import type { Assistant } from '../assistant/assistant.js';
import type { Conversations } from '../assistant/conversations.js';
import type { Usage } from '../assistant/usage/usage.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Config } from '../config/config.js';
import type { Log } from '../config/log.js';
import type { Breakers } from '../guards/breakers.js';
import type { Limits } from '../guards/limits.js';
import type { Erasure } from '../lifecycle/erasure/erasure.js';
import type { LegalHolds } from '../lifecycle/hold/legalHolds.js';
import type { Retaining } from '../lifecycle/retention/wire.js';
import type { Settings } from '../settings/settings.js';
import type { Commands } from './commands.js';
import type { Confirmations } from './confirmations.js';
import type { Gateway } from './gateway.js';
import type { Owners } from './owners.js';
import type { Pages } from './pages.js';
import type { Permission } from './permission.js';
import type { Searches } from './searches.js';
import type { Watches } from './watches.js';

/** All that a command may work with. A host's own commands get the same. */
export interface Services {
  readonly config: Config;
  readonly record: AuditRecord;
  readonly people: People;
  readonly membership: Membership;
  readonly identities: Identities;
  readonly settings: Settings;
  readonly limits: Limits;
  readonly breakers: Breakers;
  readonly permission: Permission;
  /** Null where none is set up. What was said and used while there was one is there all the same. */
  readonly assistant: Assistant | null;
  readonly conversations: Conversations;
  readonly usage: Usage;
  readonly commands: Commands;
  readonly confirmations: Confirmations;
  readonly pages: Pages;
  readonly searches: Searches;
  readonly watches: Watches;
  /** What must stay. */
  readonly holds: LegalHolds;
  /** Takes somebody out of everything. */
  readonly erasure: Erasure;
  /** Tells the owners what nobody has asked for. */
  readonly owners: Owners;
  /** How long entries are kept. */
  readonly retaining: Retaining;
  /** For what a command sends beside its answer, and for `status`. */
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
  readonly startedAt: number;
}
