import type { Address } from '../access/address.js';
import { change } from '../access/change.js';
import type { People } from '../access/people.js';
import { actorOf, type ChangeOptions, type Person } from '../access/person.js';
import { isAtLeast } from '../access/role.js';
import { type AuditFilter, emptyFilter } from '../audit/query/filter.js';
import { matches } from '../audit/query/matches.js';
import { EXPORT_FIELDS, toItem } from '../audit/reading/item.js';
import type { AuditRecord } from '../audit/record.js';
import type { AuditItem } from '../audit/repository.js';
import type { Clock } from '../config/clock.js';
import type { Log } from '../config/log.js';
import { UserError } from '../config/userError.js';
import { chatPrefix, timeZone, watchLongest, whitelistEnabled } from '../settings/builtIn.js';
import { durationText } from '../settings/duration.js';
import type { Settings } from '../settings/settings.js';
import { Burst } from './burst.js';
import { Deliver } from './deliver.js';
import type { Gateway } from './gateway.js';
import { namesIn } from './names.js';
import { whitelistStep } from './permission.js';
import { readQuery } from './query.js';
import { shownTo } from './show.js';
import { code, lines, say, type Text } from './text.js';

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
  /** The direct chat, as the gateway calls it. */
  readonly chatId: string;
  /** As it was written; empty for everything. */
  readonly query: string;
  /** When it ends by itself. */
  readonly untilMs: number;
}

export interface WatchState {
  readonly owner: Address;
  readonly chatId: string;
  readonly query: string;
  readonly startedAt: number;
  readonly until: number;
}

/** New entries are looked for so often, while somebody watches. */
const LOOK_MS = 2000;
/** After a failure of the database. */
const LATER_MS = 15_000;
/** One message to a chat in so long: what happens meanwhile goes into the next. */
const GAP_MS = 10_000;
const LONGEST_GAP_MS = 300_000;
/** So often in a row a message may not be handed over until the watch ends. */
const MOST_FAILURES = 6;
/** In one look so many entries are read at most; the next one goes on from there. */
const MOST_READ = 5000;
const LONGEST_QUERY = 1000;

/** What `DELIVERY_FAILED` says of a message of ours. */
const LIVE_EVENTS = 'live events';

/** A watch under way. */
class Live {
  readonly state: WatchState;
  readonly filter: AuditFilter;
  /** Entries up to here were there before it began. */
  readonly from: number;
  burst = new Burst();
  sendAt = 0;
  failures = 0;
  /** It has been told that it is over; what is left is to record it. */
  isOver = false;

  constructor(state: WatchState, filter: AuditFilter, from: number) {
    this.state = state;
    this.filter = filter;
    this.from = from;
  }
}

/**
 * Live events: new entries of the record, sent to the direct chats of those who watch it. It follows the record by
 * number, so it sees what other processes write as well. Bursts are collapsed into one message; a watch ends by
 * itself with a word, or when whoever watches may not read the record any more; it goes on after a restart.
 *
 * @example await watches.start({ person, chatId, query: 'category:SECURITY', untilMs: now + 1_800_000 }, { performedBy })
 */
export class Watches {
  readonly #parts: WatchesParts;
  readonly #deliver: Deliver;
  readonly #live = new Map<string, Live>();
  #seen = 0;
  #cancel: (() => void) | null = null;
  #looking: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: WatchesParts) {
    this.#parts = parts;
    this.#deliver = new Deliver(parts);
  }

  /** Takes up the watches of this gateway that an earlier process left. What was recorded meanwhile is not sent. */
  async open(): Promise<void> {
    const { gateway } = this.#parts;
    const rows = await this.#rows();
    const own = rows.filter(({ owner, chatId }) => gateway.directChat(owner) === chatId);
    if (own.length === 0) return;
    const last = await this.#last();
    for (const state of own) this.#live.set(state.chatId, new Live(state, this.#filterOf(state), last));
    this.#seen = last;
    this.#lookIn(LOOK_MS);
  }

  /** Begins one, in the place of the one that this chat has. */
  async start(
    { person, chatId, query, untilMs }: WatchRequest,
    options: ChangeOptions = {},
  ): Promise<{ readonly case: number }> {
    const { clock, settings } = this.#parts;
    const startedAt = clock.now();
    const longest = settings.get(watchLongest);
    if (untilMs - startedAt > longest) throw tooLong(longest);
    if (query.length > LONGEST_QUERY) throw queryTooLong();
    const state: WatchState = { owner: person.address, chatId, query, startedAt, until: untilMs };
    const filter = this.#filterOf(state);
    const number = await change(this.#parts, options, async ({ tx, tenant, by, log }) => {
      const times = { startedAt: BigInt(startedAt), until: BigInt(untilMs) };
      await tx.watch.upsert({
        where: { tenant_chatId: { tenant, chatId } },
        create: { tenant, owner: person.address, chatId, query, ...times },
        update: { owner: person.address, query, ...times },
      });
      return log('WATCH_CHANGE', {
        performedBy: by.performedBy,
        reason: by.reason,
        change: 'started',
        query,
        until: untilMs,
      });
    });
    if (this.#live.size === 0) this.#seen = number;
    this.#live.set(chatId, new Live(state, filter, number));
    this.#lookIn(LOOK_MS);
    return { case: number };
  }

  /** Ends the one of this chat. */
  async stop(chatId: string, options: ChangeOptions = {}): Promise<{ readonly case: number }> {
    const number = await this.#remove(chatId, options);
    if (number === null) throw new UserError(NOT_WATCHING);
    this.#live.delete(chatId);
    if (this.#live.size === 0) this.#rest();
    return { case: number };
  }

  /** Those under way in this process. */
  list(): readonly WatchState[] {
    return [...this.#live.values()].map(({ state }) => state);
  }

  /** Ends those of somebody, and those that look for them, without a word; what is not sent yet is not sent. */
  forget(isAbout: (text: string) => boolean): void {
    for (const [chatId, { state }] of this.#live)
      if (isAbout(chatId) || isAbout(state.owner) || isAbout(state.query)) this.#live.delete(chatId);
    for (const live of this.#live.values())
      if (live.burst.shown.some((item) => isAbout(JSON.stringify(item)))) live.burst = new Burst();
    if (this.#live.size === 0) this.#rest();
  }

  /** Looks now and not at the next occasion, and resolves when all that is due was sent. */
  async look(): Promise<void> {
    while (this.#looking !== null) await this.#looking;
    if (!this.#isClosed && this.#live.size > 0) await this.#lookOnce();
  }

  /** Lets the timers go. The watches stay, and go on with the next process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rest();
    await this.#looking;
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #lookIn(ms: number): void {
    if (this.#isClosed || this.#cancel !== null || this.#looking !== null) return;
    this.#cancel = this.#parts.clock.setTimeout(
      () => {
        this.#cancel = null;
        void this.#lookOnce();
      },
      ms,
      { background: true },
    );
  }

  #lookOnce(): Promise<void> {
    this.#rest();
    let next = LOOK_MS;
    this.#looking = this.#follow()
      .catch((error: unknown) => {
        next = LATER_MS;
        this.#parts.log.warn({ err: error }, 'the record could not be followed for those who watch it');
      })
      .finally(() => {
        this.#looking = null;
        if (this.#live.size > 0) this.#lookIn(next);
      });
    return this.#looking;
  }

  async #follow(): Promise<void> {
    await this.#forgetRemoved();
    if (this.#live.size === 0) return;
    // Somebody may have switched the whitelist on elsewhere.
    await this.#parts.settings.refresh();
    await this.#read();
    const now = this.#parts.clock.now();
    for (const live of [...this.#live.values()]) {
      if (this.#isClosed) return;
      if (now >= live.state.until) await this.#end(live, 'time is up', now);
      else if (!live.burst.isEmpty && now >= live.sendAt) await this.#send(live, now);
    }
  }

  /** What is in the table counts: a watch may have been ended by another process, or its owner erased. */
  async #forgetRemoved(): Promise<void> {
    const rows = new Map((await this.#rows()).map((row) => [row.chatId, row]));
    for (const [chatId, { state }] of this.#live)
      if (rows.get(chatId)?.startedAt !== state.startedAt) this.#live.delete(chatId);
  }

  async #read(): Promise<void> {
    const filter = { ...emptyFilter(), seqFrom: this.#seen + 1, seqTo: this.#seen + MOST_READ };
    for await (const rows of this.#parts.record.repository.stream(filter, { columns: EXPORT_FIELDS })) {
      for (const row of rows) {
        const item = toItem(row);
        this.#seen = item.seq;
        for (const live of this.#live.values()) if (wants(live, item)) live.burst.add(item);
      }
    }
  }

  async #send(live: Live, now: number): Promise<void> {
    const person = await this.#parts.people.find(live.state.owner);
    if (!this.#mayWatch(person)) {
      await this.#end(live, 'they may not read the record any more', now);
      return;
    }
    const { burst } = live;
    const text = await this.#tell(burst, person, now);
    live.burst = new Burst();
    const missed = live.failures > 0 && say`Some live events could not be delivered to you. Since then:`;
    if (await this.#deliver.tell(live.state.owner, lines(missed, text), LIVE_EVENTS)) {
      live.failures = 0;
      live.sendAt = now + GAP_MS;
      return;
    }
    live.burst = burst.with(live.burst);
    live.failures += 1;
    live.sendAt = now + Math.min(LONGEST_GAP_MS, GAP_MS * 2 ** live.failures);
    if (live.failures >= MOST_FAILURES) await this.#end(live, 'it could not be delivered', now);
  }

  /** It ends by itself: whoever watched is told, where that can be, and the record as well. */
  async #end(live: Live, reason: string, now: number): Promise<void> {
    const { owner, chatId, query } = live.state;
    const person = await this.#parts.people.find(owner);
    if (!live.isOver) {
      live.isOver = true;
      if (this.#mayWatch(person) && live.failures < MOST_FAILURES) {
        if (!live.burst.isEmpty)
          await this.#deliver.tell(owner, await this.#tell(live.burst, person, now), LIVE_EVENTS);
        await this.#deliver.tell(owner, this.#farewell(query), LIVE_EVENTS);
      } else if (person.isActive && !isAtLeast(person.role, 'ADMIN')) {
        await this.#deliver.tell(owner, say`Live events have ended: they take the role ADMIN.`, LIVE_EVENTS);
      }
    }
    await this.#remove(chatId, { reason }, person);
    this.#live.delete(chatId);
  }

  /** By the rules that a command to read the record would be asked. */
  #mayWatch(person: Person): boolean {
    const { settings } = this.#parts;
    return (
      person.isActive &&
      whitelistStep(person, settings.get(whitelistEnabled)).passed &&
      isAtLeast(person.role, 'ADMIN')
    );
  }

  async #tell(burst: Burst, person: Person, now: number): Promise<Text> {
    const { record, people, settings } = this.#parts;
    return burst.tell({
      show: shownTo({ person, isGroup: false }),
      catalogue: record.catalogue,
      now,
      timeZone: settings.get(timeZone),
      nameOf: await namesIn(burst.shown, people),
    });
  }

  #farewell(query: string): Text {
    const again = `${this.#parts.settings.get(chatPrefix)}audit watch ${query}`.trim();
    return say`Live events have ended, as you asked for. To go on: ${code(again)}`;
  }

  /** Takes it out of the table, with its event; null where it was not there. */
  async #remove(chatId: string, options: ChangeOptions, watcher?: Person): Promise<number | null> {
    return change(this.#parts, options, async ({ tx, tenant, by, log }) => {
      const where = { tenant_chatId: { tenant, chatId } };
      const row = await tx.watch.findUnique({ where });
      if (row === null) return null;
      await tx.watch.delete({ where });
      return log('WATCH_CHANGE', {
        performedBy: by.performedBy,
        watcher: watcher === undefined ? undefined : actorOf(watcher),
        reason: by.reason,
        change: 'ended',
        query: row.query,
        until: null,
      });
    });
  }

  #filterOf({ query, owner }: WatchState): AuditFilter {
    const { clock, settings, record } = this.#parts;
    const { filter } = readQuery(query, {
      now: clock.now(),
      timeZone: settings.get(timeZone),
      catalogue: record.catalogue,
      me: owner,
      command: 'audit watch',
    });
    // What is new is never older, nor later, than what was asked for.
    const { terms, text } = filter;
    return { terms, text };
  }

  async #rows(): Promise<WatchState[]> {
    return this.#parts.record.store.read.all<{
      owner: string;
      chatId: string;
      query: string;
      startedAt: number;
      until: number;
    }>(`SELECT "owner", "chatId", "query", "startedAt", "until" FROM "Watch" WHERE "tenant" = ?`, [
      this.#parts.record.ledger.tenant,
    ]);
  }

  async #last(): Promise<number> {
    const { store, ledger } = this.#parts.record;
    const row = await store.read.get<{ size: number }>(`SELECT "size" FROM "Ledger" WHERE "tenant" = ?`, [
      ledger.tenant,
    ]);
    return row?.size ?? 0;
  }
}

/** That a message of a watch did not arrive is told by the next one that does; it must not cause another. */
function wants({ from, filter, state }: Live, item: AuditItem): boolean {
  if (item.seq <= from) return false;
  const isOwnFailure =
    item.action === 'DELIVERY_FAILED' &&
    item.entityId === state.owner &&
    item.description?.includes(LIVE_EVENTS) === true;
  return !isOwnFailure && matches(filter, { ...item });
}

const tooLong = (longest: number) =>
  new UserError({
    code: 'WATCH_TOO_LONG',
    message: `Live events are sent for at most ${durationText(longest)} at a time.`,
    hint: 'The setting watch.longest says so.',
    example: 'audit watch for:30m',
  });

const queryTooLong = () =>
  new UserError({
    code: 'QUERY_TOO_LONG',
    message: `A query to be watched has at most ${LONGEST_QUERY} characters.`,
    example: 'audit watch category:SECURITY',
  });

const NOT_WATCHING = {
  code: 'NOT_WATCHING',
  message: 'No live events are sent to you.',
  example: 'audit watch for:30m',
};
