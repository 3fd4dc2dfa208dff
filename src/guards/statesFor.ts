import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { LimitStates } from './limitStates.js';
import { MemoryStates } from './memoryStates.js';
import { SharedStates } from './sharedStates.js';
import { SteadyStates } from './steadyStates.js';

/** In memory with SQLite, where one process has the chats; shared with PostgreSQL, where there may be several. */
export function statesFor({ store, ledger }: AuditRecord, clock: Clock): LimitStates {
  if (store.dialect === 'sqlite') return new MemoryStates();
  return new SteadyStates(new SharedStates(store, ledger.tenant), clock);
}
