import { type Address, addressKind } from '../../access/address.js';
import { change } from '../../access/change.js';
import { erasureRefusal, forgetPerson } from '../../access/forgetting.js';
import type { Performer } from '../../access/person.js';
import type { Channel, EventContext } from '../../audit/catalogue/action.js';
import { readHead } from '../../audit/ledgerRows.js';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import type { Entry } from '../../ledger/entry.js';
import { parseNote } from '../../ledger/note.js';
import { type ErasedStatement, parseStatement } from '../../ledger/statement.js';
import { PrismaWrites } from '../../store/prismaWrites.js';
import { leaveNothing } from '../../store/residue.js';
import type { Writes } from '../../store/sql.js';
import type { Archive } from '../archive/archive.js';
import type { HoldTest } from '../hold/legalHold.js';
import type { LegalHolds } from '../hold/legalHolds.js';
import { Lease, LeaseLost } from '../lease.js';
import { vouchErased } from '../statements.js';
import { announcements, type Parts } from './announcements.js';
import { Archived } from './archived.js';
import { announcedBy, certify, type Erased } from './certify.js';
import { appearancesInMirror, countInMirror, eraseMirror, spoolHolder } from './copies.js';
import { copiesElsewhere } from './elsewhere.js';
import { emptyParts, entriesOf, pieces } from './emptying.js';
import type { Holder, Left, Whom } from './holder.js';
import type { Identified } from './identify.js';
import { Mentions } from './mentions.js';
import { namesLeft, residueLeft } from './notReached.js';
import { type ErasureState, type Pending, PendingErasures } from './pending.js';
import {
  BUSY,
  CONFIGURED,
  HOLDS_CHANGE,
  NOTHING_KEPT,
  personHeld,
  SPOOL_WAITS,
  TAKEN_OVER,
  THE_CONSOLE,
} from './refusals.js';
import { entriesFrom } from './scan.js';
import { demandFree, type Found, type MessageKey, search } from './search.js';
import { readAddresses } from './whoIs.js';

/** An entry's ceiling is for all of it; so much of it is not the ranges. */
const REST_OF_ENTRY = 512;

/** Whoever goes on writing while they are erased is somebody new in the end. */
const MOST_ROUNDS = 8;

/** How often a plan is made anew because a hold was laid meanwhile. */
const MOST_TRIES = 5;

/** Keys of messages older than this are gone from the inbox by themselves. */
const INBOX_KEEPS_MS = 4 * 24 * 3_600_000;

export interface ErasureParts {
  readonly record: AuditRecord;
  readonly holds: LegalHolds;
  readonly clock: Clock;
  readonly dataDir: string;
  /** AUDIT_ENTRY_MAX_BYTES. */
  readonly entryMaxBytes: number;
  /** Whom the configuration names as owners. */
  readonly owners: readonly Address[];
  readonly archive?: Archive | null;
  /** In which numbers are also written without their code. */
  readonly country?: () => string | undefined;
  /** Told between every two steps; a test can end it there. */
  readonly onStep?: (step: string) => void | Promise<void>;
}

export interface ErasureOrder {
  readonly performedBy?: Performer | undefined;
  /** By which way it comes, where nobody performs it. */
  readonly channel?: Channel | undefined;
}

/**
 * Takes somebody out of everything that Reeve keeps, and leaves the proof of the whole as it was.
 *
 * The order is such that a kill at any point leaves something that a verifier can explain and the next start can
 * finish: what is to be done is noted down (`PendingErasure`) together with the loss of role and place; then the entry
 * that announces it is appended, a checkpoint signed over it, the statement signed; and only then the first part is
 * emptied. Then follow the copies (archive, mirror, index) and the other rooms. All of it is repeated until nothing
 * is found, since events about them may have come meanwhile. In the end what the files of the database still hold of
 * what was deleted is overwritten.
 *
 * @example const { text } = await erasure.erase('+12025550101', { performedBy });
 */
export class Erasure {
  readonly #parts: ErasureParts;
  readonly #pending: PendingErasures;
  readonly #holders: Holder[];
  #forgetMessages: (keys: readonly MessageKey[]) => Promise<number> = async () => 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: ErasureParts) {
    this.#parts = parts;
    this.#pending = new PendingErasures(parts.record.ledger, parts.dataDir);
    this.#holders = [parts.holds, spoolHolder(parts.dataDir, parts.record.ledger.tenant)];
    if (this.#archived !== null) parts.holds.identification.alsoIn(this.#archived);
  }

  /** Has a room take part. */
  register(...holders: readonly Holder[]): void {
    this.#holders.push(...holders);
  }

  /** Who keeps hashes of the keys of messages, and can make them from the keys alone. */
  registerMessages(forget: (keys: readonly MessageKey[]) => Promise<number>): void {
    this.#forgetMessages = forget;
  }

  /** Throws what erasing somebody would, as far as it can be told before. */
  async demandPossible(address: Address, { performedBy }: ErasureOrder = {}): Promise<void> {
    const { record, holds } = this.#parts;
    const { read } = record.store;
    const addresses = await readAddresses(read, this.#tenant, address);
    this.#demandErasable(addresses);
    const refusal = await erasureRefusal(read, this.#tenant, {
      actor: performedBy?.person ?? null,
      addresses,
    });
    if (refusal !== null) throw refusal;
    if ((await holds.list()).length === 0) return;
    const { subject } = await holds.identification.of(addresses);
    await this.#searchFor(this.#mentions(subject), await holds.tests());
  }

  /** Erases somebody. Resolves when nothing is left, with the certificate. */
  erase(address: Address, order: ErasureOrder = {}): Promise<Erased> {
    return this.#alone(async (lease) => {
      await this.#finishAll(lease);
      const { record, holds } = this.#parts;
      const addresses = await readAddresses(record.store.read, this.#tenant, address);
      this.#demandErasable(addresses);
      await this.#settle();
      const inMirror = record.mirror === null ? [] : await appearancesInMirror(record.mirror);
      const identified = await holds.identification.with(inMirror, addresses);
      const whom = this.#whom(identified.subject);
      const tests = await holds.tests();
      const found = await this.#searchFor(this.#mentions(identified.subject), tests);
      const isSpokenOf = !found.findings.isEmpty || !found.leftovers.isEmpty;
      if (!isSpokenOf && (await this.#findElsewhere(whom)) === 0) throw new UserError(NOTHING_KEPT);
      return this.#finish(lease, await this.#begin(lease, identified, order), found);
    });
  }

  /** Finishes what a kill has left. Returns how many erasures that were. */
  async resume(): Promise<number> {
    const { record } = this.#parts;
    if ((await this.#pending.read(record.store.read)).length === 0) return 0;
    return this.#alone((lease) => this.#finishAll(lease));
  }

  async #finishAll(lease: Lease): Promise<number> {
    const pending = await this.#pending.read(this.#parts.record.store.read);
    for (const one of pending) await this.#finish(lease, one);
    return pending.length;
  }

  /** One at a time, here and in other processes, and never while retention runs. */
  async #alone<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
    const before = this.#running;
    const mine = before.then(async () => {
      const { record, clock } = this.#parts;
      const lease = await Lease.take(record.store, clock, `retention/${this.#tenant}`);
      if (lease === null) throw new UserError(BUSY);
      try {
        return await work(lease);
      } catch (error) {
        throw error instanceof LeaseLost ? new UserError(TAKEN_OVER) : error;
      } finally {
        await lease.release();
      }
    });
    this.#running = mine.catch(() => {});
    return mine;
  }

  #demandErasable(addresses: readonly Address[]): void {
    if (addresses.some((address) => addressKind(address) === 'console')) throw new UserError(THE_CONSOLE);
    if (addresses.some((address) => this.#parts.owners.includes(address))) throw new UserError(CONFIGURED);
  }

  async #findElsewhere(whom: Whom): Promise<number> {
    const { mirror } = this.#parts.record;
    let count = mirror === null ? 0 : await countInMirror(mirror, this.#mentions(whom));
    for (const holder of this.#holders) count += await holder.find(whom);
    return count;
  }

  /** Notes down what is to be done, and takes role and place away: from here on it will be finished. */
  async #begin(
    lease: Lease,
    { subject, shared, ordinary }: Identified,
    order: ErasureOrder,
  ): Promise<Pending> {
    const { record, clock, holds } = this.#parts;
    const { performedBy, channel = 'system' } = order;
    const pending = await change({ record, clock }, { performedBy }, async (under) => {
      const { addresses } = subject;
      const refusal = await erasureRefusal(under.reads, under.tenant, { actor: under.actor, addresses });
      if (refusal !== null) throw refusal;
      const onThem = (await holds.list(under.reads)).find(
        ({ kind, what }) => kind === 'person' && addresses.includes(what),
      );
      if (onThem !== undefined) throw personHeld(onThem);
      const tx = new PrismaWrites(under.tx, record.store.dialect);
      await lease.demand(tx);
      const isOneself = under.actor !== null && addresses.includes(under.actor.address);
      const state: ErasureState = {
        orderedBy: {
          channel: performedBy?.context.channel ?? channel,
          id: isOneself ? null : (under.actor?.id ?? null),
          role: under.actor?.role ?? null,
        },
        cases: [],
        emptied: [],
        reached: { 'role, whitelist and links': await forgetPerson(tx, under.tenant, addresses) },
        left: namesLeft(shared.length, ordinary.length),
      };
      return this.#pending.begin(tx, { subject, state, startedAt: under.now });
    });
    await this.#step('begun');
    return pending;
  }

  /** `found` is what was found just now, where somebody has looked already. */
  async #finish(lease: Lease, pending: Pending, found: Found | null = null): Promise<Erased> {
    let current = pending;
    if (current.subject !== null) {
      await this.#eraseEverywhere(lease, current, current.subject, found);
      await this.#step('erased everywhere');
      const { record, archive = null } = this.#parts;
      for (const one of await copiesElsewhere(record, archive)) keepLeft(current.state, one);
      // From here on nothing is known of them any more, here either.
      current = { ...current, subject: null };
      await this.#keep(lease, current);
      await this.#step('forgotten');
    }
    const residue = await leaveNothing(this.#parts.record.store);
    await this.#step('overwritten');
    const erased = await certify(this.#parts, current, residueLeft(residue));
    await this.#step('certified');
    await this.#transaction(lease, (tx) => this.#pending.end(tx, current.id));
    return erased;
  }

  async #eraseEverywhere(
    lease: Lease,
    pending: Pending,
    subject: Pending['subject'] & object,
    found: Found | null,
  ): Promise<void> {
    const { record, clock } = this.#parts;
    const { state } = pending;
    const mentions = this.#mentions(subject);
    const whom = this.#whom(subject);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await this.#settle();
      // What an earlier process has announced.
      await this.#emptyAnnounced(lease, pending);
      const leftovers = await this.#announce(lease, pending, mentions, round === 0 ? found : null);
      const isNews = leftovers !== null;
      await this.#emptyAnnounced(lease, pending);
      if (leftovers !== null) await this.#emptyParts(lease, leftovers);
      let count = 0;
      for (const holder of this.#holders) {
        const reached = await holder.erase(whom);
        count += reached.count;
        this.#reached(state, holder.name, reached.count, reached.left);
        await this.#step(`erased: ${holder.name}`);
      }
      if (record.mirror !== null && (round === 0 || isNews))
        this.#reached(state, 'the NDJSON mirror', await eraseMirror(record.mirror, mentions, clock.now()));
      await this.#step('mirror');
      if (this.#archived !== null && (round === 0 || isNews)) {
        const { count: archived, left } = await this.#archived.erase(mentions, clock.now(), async (entries) =>
          demandFree(await this.#parts.holds.tests(), entries),
        );
        this.#reached(state, 'archived entries', archived, left);
      }
      await this.#step('archive');
      await this.#keep(lease, pending);
      if (!isNews && count === 0 && round > 0) break;
    }
    await record.purgeIndex();
    this.#reached(state, 'the search index', 1);
    await this.#step('index');
  }

  #reached(state: ErasureState, name: string, count: number, left: readonly Left[] = []): void {
    state.reached[name] = (state.reached[name] ?? 0) + count;
    for (const one of left) keepLeft(state, one);
  }

  /** What was told to nobody yet gets into the ledger first: a flood's summary, and what waits for the database. */
  async #settle(): Promise<void> {
    const { record } = this.#parts;
    record.logger.settle();
    await record.flush();
    if (record.status().spooled > 0) throw new UserError(SPOOL_WAITS);
  }

  /**
   * Looks for what speaks of them, and appends the entries that say which parts are to be emptied. Null where nothing
   * was found. Returns what speaks of them below the anchor, where no entry stands for it any more.
   */
  async #announce(
    lease: Lease,
    pending: Pending,
    mentions: Mentions,
    before: Found | null,
  ): Promise<Parts | null> {
    const { record, holds, entryMaxBytes } = this.#parts;
    const { state } = pending;
    const announced = await announcedBy(record.store.read, this.#tenant, state.cases);
    for (let tries = 1; ; tries += 1) {
      const found =
        tries === 1 && before !== null ? before : await this.#searchFor(mentions, await holds.tests());
      const { findings: all, leftovers, size, keys, tests } = found;
      // The archive may still hold what was announced before a kill.
      const findings = all.without(announced);
      if (findings.isEmpty && leftovers.isEmpty) return null;
      this.#reached(state, 'keys of messages', await this.#forgetMessages(keys));
      if (findings.isEmpty) return leftovers;
      await this.#step('found');
      const cases = await record.logger.transact(async (client, log) => {
        const tx = new PrismaWrites(client, record.store.dialect);
        await lease.demand(tx);
        const now = await holds.tests(tx);
        if (versionsOf(now) !== versionsOf(tests)) return null;
        // What came meanwhile; now that the head is locked nothing more comes before the entry.
        const head = (await readHead(tx, this.#tenant))!;
        const more: Entry[] = [];
        for await (const entry of entriesFrom(tx, this.#tenant, size + 1, head.size))
          if (findings.add(entry, mentions)) more.push(entry);
        demandFree(tests, more);
        const seqs: number[] = [];
        for (const one of announcements(findings, entryMaxBytes - REST_OF_ENTRY))
          seqs.push((await log('SUBJECT_ERASED', one, contextOf(state))).seq);
        const cases = [...state.cases, ...seqs];
        await this.#pending.keep(tx, { ...pending, state: { ...state, cases } });
        return cases;
      });
      if (cases !== null) {
        state.cases = cases;
        await this.#step('announced');
        return leftovers;
      }
      if (tries >= MOST_TRIES) throw new UserError(HOLDS_CHANGE);
    }
  }

  /** A checkpoint over what was announced, the statement, and only then the parts themselves. */
  async #emptyAnnounced(lease: Lease, pending: Pending): Promise<void> {
    const { record, dataDir } = this.#parts;
    const { state } = pending;
    for (const seq of state.cases) {
      if (state.emptied.includes(seq)) continue;
      await record.sign();
      await this.#step('signed');
      const note = await vouchErased({ store: record.store, dataDir, ledger: record.ledger }, seq);
      await this.#step('vouched');
      await this.#emptyParts(lease, statementOf(note));
      state.emptied.push(seq);
      await this.#keep(lease, pending);
      await this.#step('emptied');
    }
  }

  async #emptyParts(lease: Lease, parts: Parts): Promise<void> {
    const { holds, clock } = this.#parts;
    // Whom a hold means is looked up here, so that a transaction has only to look at what came since.
    await holds.tests();
    for (const piece of pieces(parts)) {
      await this.#transaction(lease, async (tx) => {
        const tests = await holds.tests(tx);
        if (tests.length > 0) demandFree(tests, await entriesOf(tx, this.#tenant, piece));
        await emptyParts(tx, this.#tenant, piece, clock.now());
      });
      await this.#step('piece');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #keep(lease: Lease, pending: Pending): Promise<void> {
    return this.#transaction(lease, (tx) => this.#pending.keep(tx, pending));
  }

  #transaction<T>(lease: Lease, work: (tx: Writes) => Promise<T>): Promise<T> {
    return this.#parts.record.store.transaction(async (tx) => {
      await lease.demand(tx);
      return work(tx);
    });
  }

  async #step(name: string): Promise<void> {
    await this.#parts.onStep?.(name);
  }

  #searchFor(mentions: Mentions, tests: readonly HoldTest[]): Promise<Found> {
    const { record, clock } = this.#parts;
    const place = { reads: record.store.read, tenant: this.#tenant, archived: this.#archived };
    return search(place, mentions, { tests, recent: clock.now() - INBOX_KEEPS_MS });
  }

  #mentions(subject: Pending['subject'] & object): Mentions {
    return new Mentions(subject, this.#parts.country?.());
  }

  #whom(subject: Pending['subject'] & object): Whom {
    const mentions = this.#mentions(subject);
    return { ...subject, isIn: (text) => mentions.inText(text) };
  }

  get #archived(): Archived | null {
    const { archive, record, dataDir } = this.#parts;
    if (archive === null || archive === undefined) return null;
    return new Archived({ archive, reads: record.store.read, tenant: this.#tenant, dataDir });
  }

  get #tenant(): string {
    return this.#parts.record.ledger.tenant;
  }
}

/** The entry that tells of it names nobody: whoever had it done by the id of their row, which says nothing by itself. */
function contextOf({ orderedBy }: ErasureState): EventContext {
  const channel = orderedBy.channel as Channel;
  const { id, role } = orderedBy;
  if (role === null) return { actor: 'SYSTEM', actorType: 'system', channel };
  return { actor: { phone: 'SYSTEM', role, ...(id !== null && { id }) }, actorType: 'user', channel };
}

function keepLeft({ left }: ErasureState, one: Left): void {
  if (!left.some(({ what, why }) => what === one.what && why === one.why)) left.push(one);
}

const versionsOf = (tests: readonly HoldTest[]): string => tests.map(({ version }) => version).join('\n');

function statementOf(note: string): Parts {
  return parseStatement(parseNote(note)!.text) as ErasedStatement;
}
