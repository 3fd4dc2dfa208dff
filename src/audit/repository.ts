import type { Clock } from '../config/clock.js';
import { UserError } from '../config/userError.js';
import type { Verdict } from '../ledger/verify.js';
import type { Reads, SqlValue } from '../store/sql.js';
import type { EventContent, Person } from './catalogue/action.js';
import { type ExportFormat, type ExportOptions, type ExportResult, exportText } from './export/formats.js';
import type { AuditIndex } from './index/auditIndex.js';
import {
  type Alternative,
  type AuditFilter,
  emptyFilter,
  type Term,
  type TextColumn,
} from './query/filter.js';
import { joinedPhone } from './query/values.js';
import { type AuditItem, EXPORT_FIELDS, toItem } from './reading/item.js';
import { type Page, type PageOptions, pageLimit, readPage } from './reading/page.js';
import type { Order, Source } from './reading/source.js';
import {
  boundedFilter,
  countFromSums,
  type Statistics,
  type StatisticsQuery,
  statisticsOf,
} from './reading/statistics.js';
import {
  type ActivityOptions,
  type ActorActivity,
  activityOf,
  type EntitySummary,
  summaryOf,
} from './reading/summary.js';
import { countRows, fetchRows, reachOf, walk } from './reading/walk.js';
import { AUDIT_COLUMNS, type AuditColumn } from './table.js';
import type { Fate } from './writer/fate.js';

export type { AuditItem, Page, PageOptions };

const DAY_MS = 24 * 3_600_000;

/** What an export that somebody waits for holds at most, unless they ask for more. It says when it was cut. */
const INTERACTIVE_LIMIT = 10_000;

/** How entries end: retention and erasure, which a program may be composed without. */
export interface Lifecycle {
  /** Deletes entries older than so many days. Returns how many. */
  deleteExpired(days: number): Promise<number>;
  /** Empties a person's entries of that person. Returns how many. */
  deleteByUser(person: Person): Promise<number>;
}

export interface RepositoryParts {
  reads: Reads;
  tenant: string;
  /** Without one every answer is the same, only slower. */
  index?: AuditIndex | null;
  clock: Clock;
  /** Writes an event: `AuditRecord.write`. */
  create?: (action: string, content: EventContent) => Promise<Fate>;
  lifecycle?: Lifecycle;
  verify?: (options: { sinceCheckpoint?: boolean }) => Promise<Verdict>;
}

/** An entity by type, by id, or by both. */
export type EntityRef = { type: string; id?: string } | { type?: string; id: string };

export type ActorRef = { phone: string } | { id: string };

export interface StreamOptions {
  /** All of the table's by default, as AUDIT_COLUMNS has them. */
  columns?: readonly AuditColumn[];
  /** By number, ascending by default. */
  order?: Order;
  /** Rows in a batch, at most; 1,000 by default. */
  batch?: number;
}

/**
 * One tenant's entries, for reading. Lists are newest first, in pages that begin at a number: pass a page's `next` as
 * `before` to get the one after it.
 *
 * @example
 * const { items, next } = await repository.query(parsed.filter, { limit: 20 });
 */
export class AuditRepository {
  readonly #source: Source;
  readonly #clock: Clock;
  readonly #create: RepositoryParts['create'];
  #lifecycle: Partial<Lifecycle>;
  readonly #verify: RepositoryParts['verify'];

  constructor({ reads, tenant, index = null, clock, create, lifecycle, verify }: RepositoryParts) {
    this.#verify = verify;
    this.#source = { reads, tenant, index };
    this.#clock = clock;
    this.#create = create;
    this.#lifecycle = lifecycle ?? {};
  }

  /** Gives it what ends entries, where that is made after it. */
  attach(lifecycle: Partial<Lifecycle>): void {
    this.#lifecycle = { ...this.#lifecycle, ...lifecycle };
  }

  /** Writes an event and says what became of it. */
  async create(action: string, content: EventContent): Promise<Fate> {
    if (this.#create === undefined) {
      throw absent('NO_WRITER', 'to write entries', 'Open the record for writing to create entries.');
    }
    return this.#create(action, content);
  }

  async query(filter: AuditFilter, { before, limit }: PageOptions = {}): Promise<Page> {
    const bounded =
      before === undefined ? filter : { ...filter, seqTo: Math.min(before - 1, filter.seqTo ?? before) };
    return readPage(this.#source, bounded, 'desc', pageLimit(limit));
  }

  findByUser(userId: string, page?: PageOptions): Promise<Page> {
    return this.query(demanding('user', 'actorId', userId), page);
  }

  findByPhoneNumber(phone: string, page?: PageOptions): Promise<Page> {
    return this.query(byPhone(phone), page);
  }

  findByCategory(category: string, page?: PageOptions): Promise<Page> {
    return this.query(demanding('category', 'category', category), page);
  }

  findByAction(action: string, page?: PageOptions): Promise<Page> {
    return this.query(demanding('action', 'action', action), page);
  }

  /** From `since` on, before `until`, in milliseconds since 1970. Either may be absent. */
  findByDateRange(range: { since?: number; until?: number }, page?: PageOptions): Promise<Page> {
    return this.query(boundedFilter(emptyFilter(), range), page);
  }

  findByEntity(entity: EntityRef, page?: PageOptions): Promise<Page> {
    return this.query(aboutEntity(entity), page);
  }

  /** The last 24 hours. */
  getRecent(page?: PageOptions): Promise<Page> {
    return this.findByDateRange({ since: this.#clock.now() - DAY_MS }, page);
  }

  async getBySeq(seq: number): Promise<AuditItem | null> {
    const reach = await reachOf(this.#source, { ...emptyFilter(), seqFrom: seq, seqTo: seq });
    if (reach.from > reach.to) return null;
    const wanted = { filter: emptyFilter(), columns: EXPORT_FIELDS, order: 'asc' as const };
    const [row] = await fetchRows(this.#source, [reach.from], wanted);
    return row === undefined ? null : toItem(row);
  }

  async getById(id: string): Promise<AuditItem | null> {
    const { items } = await this.query(demanding('id', 'id', id), { limit: 1 });
    return items[0] ?? null;
  }

  async count(filter: AuditFilter): Promise<number> {
    return (await countFromSums(this.#source, filter)) ?? countRows(this.#source, filter);
  }

  getStatistics(query: StatisticsQuery = {}): Promise<Statistics> {
    return statisticsOf(this.#source, query);
  }

  /** What happened to an entity, oldest first: pass a page's `next` as `after` to get the one after it. */
  async getEntityTrail(
    entity: EntityRef,
    { after, limit }: { after?: number; limit?: number } = {},
  ): Promise<Page> {
    const filter = aboutEntity(entity);
    if (after !== undefined) filter.seqFrom = after + 1;
    return readPage(this.#source, filter, 'asc', pageLimit(limit));
  }

  getEntitySummary(entity: EntityRef): Promise<EntitySummary> {
    return summaryOf(this.#source, aboutEntity(entity));
  }

  getActorActivity(actor: ActorRef, options: ActivityOptions = {}): Promise<ActorActivity> {
    const filter = 'phone' in actor ? byPhone(actor.phone) : demanding('user', 'actorId', actor.id);
    return activityOf(this.#source, filter, options);
  }

  /** Every entry that the filter lets through, as arrays in the order of the columns, in batches, in constant memory. */
  stream(filter: AuditFilter, options: StreamOptions = {}): AsyncGenerator<SqlValue[][]> {
    const { columns = AUDIT_COLUMNS, order = 'asc', batch = 1000 } = options;
    return walk(this.#source, { filter, columns, order, batch });
  }

  /** CSV of the entries, oldest first. Stops at 10,000 unless told otherwise; the result says whether it did. */
  exportToCSV(filter: AuditFilter, options: ExportOptions = {}): AsyncGenerator<string, ExportResult> {
    return this.#export('csv', filter, options);
  }

  /** One JSON array, with the same bound. */
  exportToJSON(filter: AuditFilter, options: ExportOptions = {}): AsyncGenerator<string, ExportResult> {
    return this.#export('json', filter, options);
  }

  /** One JSON object a line, with the same bound. */
  exportToNDJSON(filter: AuditFilter, options: ExportOptions = {}): AsyncGenerator<string, ExportResult> {
    return this.#export('ndjson', filter, options);
  }

  /** Whether the ledger is what was signed. `sinceCheckpoint` looks at its newest entries only, and is quick. */
  verifyIntegrity(options: { sinceCheckpoint?: boolean } = {}): Promise<Verdict> {
    if (this.#verify !== undefined) return this.#verify(options);
    throw absent('NO_VERIFIER', 'to verify the ledger', 'Open the record, or run: reeve verify');
  }

  async deleteExpired(days: number): Promise<number> {
    return this.#ending('deleteExpired')(days);
  }

  async deleteByUser(person: Person): Promise<number> {
    return this.#ending('deleteByUser')(person);
  }

  #export(format: ExportFormat, filter: AuditFilter, options: ExportOptions) {
    const rows = this.stream(filter, { columns: EXPORT_FIELDS });
    return exportText(format, rows, { limit: INTERACTIVE_LIMIT, ...options });
  }

  #ending<Name extends keyof Lifecycle>(name: Name): Lifecycle[Name] {
    const found = this.#lifecycle[name];
    if (found !== undefined) return found;
    throw absent(
      'NO_LIFECYCLE',
      'for retention and erasure',
      'Give the repository a lifecycle to delete entries.',
    );
  }
}

function absent(code: string, whatFor: string, hint: string): UserError {
  return new UserError({
    code,
    message: `This program was composed without what is needed ${whatFor}.`,
    hint,
  });
}

/** A filter by one value of one column. */
function demanding(field: string, column: TextColumn, value: string): AuditFilter {
  return { terms: [{ field, not: false, values: [value], anyOf: [[{ column, is: value }]] }], text: [] };
}

/** A number is found however it is spaced. */
function byPhone(phone: string): AuditFilter {
  return demanding('phone', 'actorPhone', phone.startsWith('+') ? joinedPhone(phone) : phone);
}

function aboutEntity({ type, id }: EntityRef): AuditFilter {
  const alternative: Alternative = [
    ...(id === undefined ? [] : [{ column: 'entityId' as const, is: id }]),
    ...(type === undefined ? [] : [{ column: 'entityType' as const, is: type }]),
  ];
  const values = [[type, id].filter((part) => part !== undefined).join(':')];
  const term: Term = { field: 'entity', not: false, values, anyOf: [alternative] };
  return { terms: [term], text: [] };
}
