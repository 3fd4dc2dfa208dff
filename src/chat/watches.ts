import type { People } from '../access/people.js';
import type { ChangeOptions, Person } from '../access/person.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import type { Settings } from '../settings/settings.js';
import type { Gateway } from './gateway.js';

export interface WatchesParts {
  readonly record: AuditRecord;
  readonly people: People;
  readonly settings: Settings;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
}

export interface WatchRequest {
  readonly person: Person;
  readonly chatId: string;
  readonly query: string;
  readonly untilMs: number;
}

export interface WatchState {
  readonly owner: string;
  readonly chatId: string;
  readonly query: string;
  readonly startedAt: number;
  readonly until: number;
}

export class Watches {
  constructor(_parts: WatchesParts) {}
  async start(_request: WatchRequest, _options: ChangeOptions = {}): Promise<{ readonly case: number }> {
    throw new Error('to come');
  }
  async stop(
    _person: Person,
    _chatId: string,
    _options: ChangeOptions = {},
  ): Promise<{ readonly case: number }> {
    throw new Error('to come');
  }
  list(): readonly WatchState[] {
    return [];
  }
  /** Takes up those that an earlier process left. */
  async open(): Promise<void> {}
  async close(): Promise<void> {}
}
