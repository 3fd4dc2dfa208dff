import { type Address, addressKind } from '../../access/address.js';
import { change } from '../../access/change.js';
import { erasureRefusal, forgetPerson } from '../../access/forgetting.js';
import type { Performer } from '../../access/person.js';
import type { Channel } from '../../audit/catalogue/action.js';
import type { AuditRecord } from '../../audit/record.js';
import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import { PrismaWrites } from '../../store/prismaWrites.js';
import { leaveNothing } from '../../store/residue.js';
import type { Writes } from '../../store/sql.js';
import type { Archive } from '../archive/archive.js';
import type { LegalHolds } from '../hold/legalHolds.js';
import { Lease, LeaseLost } from '../lease.js';
import { Archived } from './archived.js';
import { certify, type Erased } from './certify.js';
import { appearancesInMirror, countInMirror, spoolHolder } from './copies.js';
import { copiesElsewhere } from './elsewhere.js';
import type { Holder, Whom } from './holder.js';
import type { Identified } from './identify.js';
import { Mentions } from './mentions.js';
import { namesLeft, residueLeft } from './notReached.js';
import { onlookersGone } from './onlookers.js';
import { type ErasureState, type Pending, PendingErasures } from './pending.js';
import {
  BUSY,
  CONFIGURED,
  heldHalfWay,
  NOTHING_KEPT,
  personHeld,
  TAKEN_OVER,
  THE_CONSOLE,
} from './refusals.js';
import { Rounds } from './rounds.js';
import { type Found, type MessageKey, type SearchPlace, search } from './search.js';
import { settle } from './settling.js';
import type { Subject } from './subject.js';
import { addLeft } from './tally.js';
import { readAddresses } from './whoIs.js';

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
    await search(this.#place, this.#mentions(subject), await holds.tests());
  }

  /** Erases somebody. Resolves when nothing is left, with the certificate. */
  erase(address: Address, order: ErasureOrder = {}): Promise<Erased> {
    return this.#alone(async (lease) => {
      const { finished, held } = await this.#finishAll(lease);
      // Somebody has asked for them before, and only now it was, or is not yet, finished.
      const isAsked = ({ subject }: { subject: Subject | null }) => subject?.addresses.includes(address);
      const stopped = held.find(isAsked);
      if (stopped !== undefined) throw stopped.error;
      const done = finished.find(isAsked);
      if (done !== undefined) return done.erased;
      const { record, holds } = this.#parts;
      const addresses = await readAddresses(record.store.read, this.#tenant, address);
      this.#demandErasable(addresses);
      await settle(record);
      const inMirror = record.mirror === null ? [] : await appearancesInMirror(record.mirror);
      const identified = await holds.identification.with(inMirror, addresses);
      const whom = this.#whom(identified.subject);
      const tests = await holds.tests();
      const found = await search(this.#place, this.#mentions(identified.subject), tests);
      const isSpokenOf = !found.findings.isEmpty || !found.leftovers.isEmpty;
      if (!isSpokenOf && (await this.#findElsewhere(whom)) === 0) throw new UserError(NOTHING_KEPT);
      return this.#finish(lease, await this.#begin(lease, identified, order), found);
    });
  }

  /** Finishes what a kill has left. Returns how many erasures that were. */
  async resume(): Promise<number> {
    const { record } = this.#parts;
    if ((await this.#pending.read(record.store.read)).length === 0) return 0;
    return this.#alone(async (lease) => {
      const { finished, held } = await this.#finishAll(lease);
      if (held[0] !== undefined) throw held[0].error;
      return finished.length;
    });
  }

  /** Ends after the erasure that is under way. */
  async close(): Promise<void> {
    await this.#running;
  }

  /** Whom a hold keeps from being finished waits for its release; nobody else waits for them. */
  async #finishAll(lease: Lease): Promise<{ finished: Finished[]; held: Stopped[] }> {
    const finished: Finished[] = [];
    const held: Stopped[] = [];
    for (const one of await this.#pending.read(this.#parts.record.store.read)) {
      const { subject } = one;
      try {
        finished.push({ subject, erased: await this.#finish(lease, one) });
      } catch (error) {
        if (!isHeld(error)) throw error;
        held.push({ subject, error });
      }
    }
    return { finished, held };
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
        // What became of the work is what counts; a lease that cannot be given back runs out.
        await lease.release().catch(() => {});
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
      await this.#rounds(lease, current, current.subject)
        .run(found)
        .catch((error: unknown) => {
          throw isHeld(error) ? heldHalfWay(error) : error;
        });
      await this.#step('erased everywhere');
      const { record, archive = null } = this.#parts;
      addLeft(current.state, await copiesElsewhere(record, archive));
      // From here on nothing is known of them any more, here either.
      const forgotten: Pending = { ...current, subject: null };
      await this.#transaction(lease, (tx) => this.#pending.keep(tx, forgotten));
      current = forgotten;
      await this.#step('forgotten');
    }
    const { store } = this.#parts.record;
    if (!(await onlookersGone(store))) addLeft(current.state, residueLeft(['tables']));
    addLeft(current.state, residueLeft(await leaveNothing(store)));
    await this.#step('overwritten');
    const erased = await certify(this.#parts, current);
    await this.#step('certified');
    await this.#transaction(lease, (tx) => this.#pending.end(tx, current.id));
    return erased;
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

  #rounds(lease: Lease, pending: Pending, subject: Subject): Rounds {
    const mentions = this.#mentions(subject);
    return new Rounds({
      ...this.#parts,
      lease,
      pending,
      mentions,
      whom: this.#whom(subject),
      place: this.#place,
      table: this.#pending,
      holders: this.#holders,
      forgetMessages: this.#forgetMessages,
      step: (name) => this.#step(name),
    });
  }

  #mentions(subject: Subject): Mentions {
    return new Mentions(subject, this.#parts.country?.());
  }

  #whom(subject: Subject): Whom {
    const mentions = this.#mentions(subject);
    return { ...subject, isIn: (text) => mentions.inText(text) };
  }

  get #place(): SearchPlace {
    const { record, clock } = this.#parts;
    return { reads: record.store.read, tenant: this.#tenant, archived: this.#archived, clock };
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

interface Finished {
  readonly subject: Subject | null;
  readonly erased: Erased;
}

interface Stopped {
  readonly subject: Subject | null;
  readonly error: UserError;
}

const isHeld = (error: unknown): error is UserError => error instanceof UserError && error.code === 'HELD';
