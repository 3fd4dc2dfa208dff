import type { Address } from '../access/address.js';
import { change } from '../access/change.js';
import type { ChangeOptions } from '../access/person.js';
import type { AuditRecord } from '../audit/record.js';
import type { Clock } from '../config/clock.js';
import { nearest } from '../config/nearest.js';
import { UserError } from '../config/userError.js';

/** A query somebody gave a name. */
export interface SavedSearch {
  readonly name: string;
  /** As it was written, so that `since:7d` goes on meaning the last seven days. */
  readonly query: string;
  readonly createdAt: number;
}

/** What a change to a saved search came to. Null: there was, or is, none. */
export interface SearchChange {
  readonly case: number;
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A list of them should still fit into one answer. */
const MOST = 50;
const LONGEST_QUERY = 1000;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,31}$/u;

export interface SearchChangeOptions extends ChangeOptions {
  /** Only if this is still the query; null: if there still is none. */
  readonly from?: string | null | undefined;
}

/**
 * The searches people keep, each their own. Names are one word and the same in upper and lower case.
 *
 * @example await searches.save(ana.address, 'denials', '-outcome:success since:1d', { performedBy })
 */
export class Searches {
  readonly #record: AuditRecord;
  readonly #clock: Clock;

  constructor({ record, clock }: { readonly record: AuditRecord; readonly clock: Clock }) {
    this.#record = record;
    this.#clock = clock;
  }

  /** Keeps a query, in the place of one of that name where there is one. That it can be read is the caller's care. */
  async save(
    owner: Address,
    name: string,
    query: string,
    options: SearchChangeOptions = {},
  ): Promise<SearchChange> {
    const key = nameOf(name);
    const text = query.trim();
    if (text.length > LONGEST_QUERY) throw tooLong(text.length);
    return this.#change(owner, key, text, options);
  }

  async drop(owner: Address, name: string, options: SearchChangeOptions = {}): Promise<SearchChange> {
    const { name: key } = await this.get(owner, name);
    return this.#change(owner, key, null, options);
  }

  /** In the order of their names. */
  async list(owner: Address): Promise<SavedSearch[]> {
    const rows = await this.#record.store.read.all<SavedSearch>(
      `SELECT "name", "query", "createdAt" FROM "SavedSearch" WHERE "tenant" = ? AND "owner" = ?`,
      [this.#tenant, owner],
    );
    // Sorted here: databases do not agree about letters.
    return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One of them; where there is none of that name, the error says which is nearest. */
  async get(owner: Address, name: string): Promise<SavedSearch> {
    const key = nameOf(name);
    const all = await this.list(owner);
    const found = all.find((search) => search.name === key);
    if (found !== undefined) return found;
    const names = all.map((search) => search.name);
    const meant = nearest(key, names);
    throw new UserError({
      code: 'NO_SUCH_SEARCH',
      message: `You have saved no search named ${key}.`,
      hint:
        meant !== null
          ? `Did you mean ${meant}?`
          : names.length === 0
            ? 'You have saved none so far.'
            : `There are: ${names.join(', ')}.`,
      example: meant === null ? 'audit save denials -outcome:success since:1d' : `audit run ${meant}`,
    });
  }

  get #tenant(): string {
    return this.#record.ledger.tenant;
  }

  #change(
    owner: Address,
    name: string,
    query: string | null,
    { from, ...options }: SearchChangeOptions,
  ): Promise<SearchChange> {
    const parts = { record: this.#record, clock: this.#clock };
    return change(parts, options, async ({ tx, tenant, now, by, log }) => {
      const where = { tenant, owner, name };
      const before =
        (await tx.savedSearch.findUnique({ where: { tenant_owner_name: where } }))?.query ?? null;
      if (from !== undefined && before !== from) throw movedOn(name);
      if (before === query) throw alreadySo(name, query);
      if (before === null && (await tx.savedSearch.count({ where: { tenant, owner } })) >= MOST)
        throw tooMany();
      if (query === null) await tx.savedSearch.delete({ where: { tenant_owner_name: where } });
      else
        await tx.savedSearch.upsert({
          where: { tenant_owner_name: where },
          create: { ...where, query, createdAt: now },
          update: { query },
        });
      const payload = { ...by, name, oldQuery: before, newQuery: query };
      return { case: await log('SAVED_SEARCH_CHANGE', payload), name, before, after: query };
    });
  }
}

function nameOf(text: string): string {
  const name = text.normalize('NFC').toLowerCase();
  if (NAME.test(name)) return name;
  throw new UserError({
    code: 'BAD_SEARCH_NAME',
    message: 'The name of a search is one word of at most 32 letters, digits, hyphens and underscores.',
    example: 'audit save denials -outcome:success since:1d',
  });
}

const alreadySo = (name: string, query: string | null) =>
  new UserError({
    code: 'ALREADY_SO',
    message:
      query === null ? `There is no search named ${name} any more.` : `${name} is saved like that already.`,
    example: 'audit saved',
  });

const movedOn = (name: string) =>
  new UserError({
    code: 'MOVED_ON',
    message: `${name} is another search by now, so nothing was changed.`,
    hint: 'Look once more, and decide again.',
    example: 'audit saved',
  });

const tooMany = () =>
  new UserError({
    code: 'TOO_MANY_SEARCHES',
    message: `You have saved ${MOST} searches, and no more can be kept.`,
    hint: 'Drop one that you do not need.',
    example: 'audit saved',
  });

const tooLong = (length: number) =>
  new UserError({
    code: 'QUERY_TOO_LONG',
    message: `A saved query has at most ${LONGEST_QUERY} characters, and this has ${length}.`,
    example: 'audit save denials -outcome:success since:1d',
  });
