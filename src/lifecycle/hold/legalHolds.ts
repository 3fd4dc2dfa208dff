import type { Address } from '../../access/address.js';
import { type Change, change } from '../../access/change.js';
import type { ChangeOptions } from '../../access/person.js';
import { readPerson } from '../../access/personTable.js';
import { standingRefusal } from '../../access/rules.js';
import { readHead, scanRows } from '../../audit/ledgerRows.js';
import type { AuditRecord } from '../../audit/record.js';
import { AT, rowToEntry } from '../../audit/table.js';
import type { Clock } from '../../config/clock.js';
import { UserError } from '../../config/userError.js';
import type { Entry } from '../../ledger/entry.js';
import type { Reads } from '../../store/sql.js';
import type { Holder, Reached, Whom } from '../erasure/holder.js';
import { Identification } from '../erasure/identification.js';
import { readAddresses } from '../erasure/whoIs.js';
import type { Holds } from './holds.js';
import { demandHolds, laidHolds } from './laidHolds.js';
import {
  type HoldKind,
  type HoldReading,
  type HoldTest,
  type LegalHold,
  readHeldQuery,
  readRange,
  testOf,
} from './legalHold.js';

export interface LegalHoldsParts {
  readonly record: AuditRecord;
  readonly clock: Clock;
  /** In which numbers are written without a code, and in which days begin. Asked whenever they are needed. */
  readonly country?: () => string | undefined;
  readonly timeZone?: () => string;
}

export interface HoldRequest {
  readonly kind: HoldKind;
  /** An address, a query, or a range of numbers. */
  readonly what: string;
  readonly reason: string;
}

/** What stood in the way of taking something away. */
export interface Held {
  readonly hold: LegalHold;
  readonly seq: number;
}

/** What a scan for one hold found so far. */
interface Looked {
  readonly from: number;
  readonly to: number;
  readonly first: number | null;
}

const LONGEST = 1000;
const MOST_LOOKED = 100;

/**
 * Legal holds: entries that must stay, whatever retention and erasure say. Each is laid and released by an OWNER, with
 * a reason and an event.
 *
 * @example await holds.add({ kind: 'range', what: '100-200', reason: 'the case of May' }, { performedBy })
 */
export class LegalHolds implements Holds, Holder {
  readonly name = 'who laid a hold, and why';
  /** Whom a hold on somebody means. */
  readonly identification: Identification;
  readonly #parts: LegalHoldsParts;
  /** Entries do not change but by erasure, which leaves those under a hold alone: what was looked at stays true. */
  readonly #looked = new Map<string, Looked>();

  constructor(parts: LegalHoldsParts) {
    this.#parts = parts;
    this.identification = new Identification(parts.record);
  }

  async add(request: HoldRequest, options: ChangeOptions = {}): Promise<LegalHold> {
    const reason = request.reason.trim();
    if (reason === '') throw new UserError(NO_REASON);
    const what = await this.#understood(request);
    if (what.length > LONGEST || reason.length > LONGEST) throw new UserError(TOO_LONG);
    return this.#change({ ...options, reason }, async (under) => {
      const { kind } = request;
      const same = await under.tx.legalHold.findFirst({ where: { tenant: under.tenant, kind, what } });
      if (same !== null) throw new UserError(alreadyHeld(same.id));
      const event = { ...under.by, kind, what, change: 'laid' as const };
      const id = String(await under.log('HOLD_CHANGE', event));
      const by = options.performedBy?.person.address ?? 'SYSTEM';
      const at = under.now;
      await under.tx.legalHold.create({ data: { tenant: under.tenant, id, kind, what, reason, by, at } });
      return { id, kind, what, reason, by, at };
    });
  }

  /** The number of the event. */
  async release(
    id: string,
    options: ChangeOptions = {},
  ): Promise<{ readonly case: number; readonly hold: LegalHold }> {
    const wanted = id.replace(/^#/, '');
    return this.#change(options, async (under) => {
      const where = { tenant_id: { tenant: under.tenant, id: wanted } };
      const row = await under.tx.legalHold.findUnique({ where });
      const hold =
        row === null
          ? await this.#gone(wanted, under.reads)
          : { ...row, kind: row.kind as HoldKind, at: Number(row.at) };
      if (hold === null) throw new UserError(noSuchHold(await this.list(under.reads)));
      if (row !== null) await under.tx.legalHold.delete({ where });
      const event = {
        ...under.by,
        kind: hold.kind,
        what: hold.what,
        change: 'released' as const,
        hold: wanted,
      };
      return { case: await under.log('HOLD_CHANGE', event), hold };
    });
  }

  /** The oldest first. */
  async list(reads: Reads = this.#reads): Promise<LegalHold[]> {
    const rows = await reads.all<LegalHold>(
      `SELECT "id", "kind", "what", "reason", "by", "at" FROM "LegalHold" WHERE "tenant" = ?`,
      [this.#tenant],
    );
    return rows.sort((a, b) => Number(a.id) - Number(b.id));
  }

  /**
   * The entry that laid a hold stays as long as the hold: by it the hold is missed where somebody takes its row out of
   * the table.
   */
  async firstHeld(from: number, to: number, reads: Reads = this.#reads): Promise<number | null> {
    let first: number | null = null;
    for (const id of (await laidHolds(reads, this.#tenant)).keys()) {
      const seq = Number(id);
      if (seq >= from && seq <= (first === null ? to : first - 1)) first = seq;
    }
    for (const test of await this.tests(reads)) {
      const found = await this.#first(test, from, first === null ? to : first - 1, reads);
      if (found !== null) first = found;
    }
    return first;
  }

  /** The first entry from before a hold was laid that it covers, or null: then it may have been meant otherwise. */
  async firstUnder(hold: LegalHold): Promise<number | null> {
    const reads = this.#reads;
    const head = (await readHead(reads, this.#tenant))!;
    const test = await testOf(hold, this.#reading(reads));
    return this.#first(test, head.anchor.size + 1, Number(hold.id) - 1, reads);
  }

  /** Every hold as a question that can be asked about an entry. */
  async tests(reads: Reads = this.#reads): Promise<HoldTest[]> {
    await demandHolds(reads, this.#tenant);
    const tests: HoldTest[] = [];
    const reading = this.#reading(reads);
    for (const hold of await this.list(reads)) tests.push(await testOf(hold, reading));
    return tests;
  }

  /** The holds themselves stay; that somebody laid them, or is named in a reason, does not. */
  async find(whom: Whom): Promise<number> {
    return (await this.list()).filter((hold) => isIn(hold, whom)).length;
  }

  async erase(whom: Whom): Promise<Reached> {
    this.identification.forget(whom);
    const about = (await this.list()).filter((hold) => isIn(hold, whom));
    if (about.length > 0)
      await this.#parts.record.store.transaction(async (tx) => {
        for (const { id, by, reason } of about)
          await tx.run(`UPDATE "LegalHold" SET "by" = ?, "reason" = ? WHERE "tenant" = ? AND "id" = ?`, [
            whom.isIn(by) ? '' : by,
            whom.isIn(reason) ? 'Names somebody who was erased' : reason,
            this.#tenant,
            id,
          ]);
      });
    const left = (await this.list()).filter(({ what }) => whom.isIn(what));
    const why = 'it says what is held; release it to have it gone';
    return { count: about.length, left: left.map(({ id }) => ({ what: `hold #${id}`, why })) };
  }

  /** One that is in the table no more, though no event has released it. */
  async #gone(id: string, reads: Reads): Promise<LegalHold | null> {
    const laid = (await laidHolds(reads, this.#tenant)).get(id);
    return laid === undefined ? null : { ...laid, reason: '', by: '', at: 0 };
  }

  async #first({ version, range, covers }: HoldTest, from: number, to: number, reads: Reads) {
    if (from > to) return null;
    if (range !== null) {
      const seq = Math.max(from, range[0]);
      return seq <= Math.min(to, range[1]) ? seq : null;
    }
    const looked = this.#looked.get(version);
    const isKnown = looked !== undefined && from >= looked.from && from <= (looked.first ?? looked.to + 1);
    if (isKnown && looked.first !== null) return looked.first <= to ? looked.first : null;
    const begin = isKnown ? looked.to + 1 : from;
    if (begin > to) return null;
    const first = await this.#look({ covers }, begin, to, reads);
    if (this.#looked.size > MOST_LOOKED) this.#looked.clear();
    this.#looked.set(version, { from: isKnown ? looked.from : from, to: first ?? to, first });
    return first;
  }

  /** The rows themselves are asked: whoever can write to the index must not decide what is held. */
  async #look(
    { covers }: Pick<HoldTest, 'covers'>,
    from: number,
    to: number,
    reads: Reads,
  ): Promise<number | null> {
    for await (const { seq, entry } of this.#entries(from, to, reads)) if (covers(entry)) return seq;
    return null;
  }

  async *#entries(from: number, to: number, reads: Reads): AsyncGenerator<{ seq: number; entry: Entry }> {
    for await (const rows of scanRows(reads, this.#tenant, from, to)) {
      for (const row of rows) yield { seq: row[AT.seq] as number, entry: rowToEntry(row) };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What is asked for, in the form in which it is kept and compared; refuses what cannot be understood. */
  async #understood({ kind, what }: HoldRequest): Promise<string> {
    switch (kind) {
      case 'range':
        return readRange(what).join('-');
      case 'query':
        readHeldQuery(what, this.#parts.clock.now(), this.#parts.timeZone?.() ?? 'UTC');
        return what.trim();
      case 'person':
        return (await readPerson(this.#reads, this.#tenant, what as Address)).address;
    }
  }

  #change<T>(options: ChangeOptions, work: (under: Change) => Promise<T>): Promise<T> {
    return change(this.#parts, options, async (under) => {
      const refusal =
        under.actor === null ? null : standingRefusal(under.actor, 'lays and releases holds', 'OWNER');
      if (refusal !== null) throw refusal;
      return work(under);
    });
  }

  #reading(reads: Reads): HoldReading {
    const { country, timeZone } = this.#parts;
    const tx = reads === this.#reads ? null : reads;
    return {
      country: country?.(),
      timeZone: timeZone?.() ?? 'UTC',
      identify: async (address) => {
        const addresses = await readAddresses(reads, this.#tenant, address);
        return (await this.identification.of(addresses, tx)).subject;
      },
    };
  }

  get #reads(): Reads {
    return this.#parts.record.store.read;
  }

  get #tenant(): string {
    return this.#parts.record.ledger.tenant;
  }
}

const isIn = ({ by, reason }: LegalHold, whom: Whom): boolean => whom.isIn(by) || whom.isIn(reason);

/** The first of some entries that a hold covers. */
export function firstHeldAmong(tests: readonly HoldTest[], entries: Iterable<Entry>): Held | null {
  for (const entry of entries)
    for (const test of tests) if (test.covers(entry)) return { hold: test.hold, seq: entry.public.seq };
  return null;
}

/** What is held, in words: who may read it may know it. */
export function heldError({ hold, seq }: Held): UserError {
  return new UserError({
    code: 'HELD',
    message: `Entry #${seq} is under hold #${hold.id}: ${hold.reason}`,
    hint: 'Nothing was erased. An OWNER can release the hold when its reason is gone.',
    example: `hold release ${hold.id}`,
  });
}

const NO_REASON = {
  code: 'NO_REASON',
  message: 'A hold needs a reason: whoever meets it later has to know why it is there.',
  example: 'hold range 100-200 reason:"the case of May"',
};

const TOO_LONG = {
  code: 'HOLD_TOO_LONG',
  message: `What is held, and the reason, have at most ${LONGEST} characters each.`,
  example: 'hold range 100-200 reason:"the case of May"',
};

const alreadyHeld = (id: string) => ({
  code: 'ALREADY_SO',
  message: `That is under hold #${id} already, so nothing was changed.`,
  example: 'hold list',
});

const noSuchHold = (holds: readonly LegalHold[]) => ({
  code: 'NO_SUCH_HOLD',
  message: 'There is no such hold.',
  hint: holds.length === 0 ? 'Nothing is held.' : `There are: ${holds.map(({ id }) => `#${id}`).join(', ')}.`,
  example: holds[0] === undefined ? 'hold list' : `hold release ${holds[0].id}`,
});
