import { readHead } from '../../audit/ledgerRows.js';
import type { Reads } from '../../store/sql.js';
import type { Archived } from './archived.js';
import type { Whom } from './holder.js';
import type { Appearance } from './identify.js';

/** So many numbers are looked at with one statement. */
const STRETCH = 2000;

/**
 * Everybody who acted, as the entries have them: each combination of address, id and name once, in the ledger and in
 * its archive. Every entry is read once for as long as this lives, since entries never change but by erasure, and
 * then it is told whom to forget. So a transaction has only that read to it which came since.
 */
export class Appearances {
  readonly #reads: () => Reads;
  readonly #tenant: string;
  #archived: Archived | null = null;
  readonly #seen = new Map<string, Appearance>();
  /** The first number that was read from the ledger itself: whatever is archived later is known from there on. */
  #from: number | null = null;
  #to = 0;
  readonly #segments = new Set<string>();
  #changes = 0;
  #transactions = 0;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(reads: () => Reads, tenant: string) {
    this.#reads = reads;
    this.#tenant = tenant;
  }

  /** Has the archive looked into as well. */
  alsoIn(archived: Archived): void {
    this.#archived = archived;
  }

  /** All of them, with a word that changes when they do. `tx` is a transaction's reads, where one asks. */
  async all(
    tx: Reads | null = null,
  ): Promise<{ readonly all: readonly Appearance[]; readonly version: string }> {
    if (tx === null || this.#from === null) await this.#alone(() => this.#readOn());
    const known = { all: [...this.#seen.values()], version: `${this.#changes} ${this.#seen.size}` };
    if (tx === null) return known;
    // What a transaction sees may never be committed, so none of it is kept, and nobody else sees the same.
    const seen = new Map(this.#seen);
    await this.#readLedger(tx, seen, this.#to + 1);
    if (seen.size === known.all.length) return known;
    this.#transactions += 1;
    return { all: [...seen.values()], version: `${known.version} ${this.#transactions}` };
  }

  /** Somebody was erased: what they were known by goes from here, too. */
  forget({ addresses, ids, names, isIn }: Whom): void {
    for (const [key, { address, id, name }] of this.#seen) {
      const isTheirs =
        (address !== null && addresses.includes(address)) ||
        (id !== null && ids.includes(id)) ||
        (name !== null && (names.includes(name) || isIn(name)));
      if (!isTheirs) continue;
      this.#seen.delete(key);
      this.#changes += 1;
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#reading.then(work);
    this.#reading = mine.catch(() => {});
    return mine;
  }

  async #readOn(): Promise<void> {
    const reads = this.#reads();
    const from = this.#from ?? (await this.#first(reads));
    this.#to = await this.#readLedger(reads, this.#seen, Math.max(from, this.#to + 1));
    this.#from = from;
    await this.#readArchive(from);
  }

  async #first(reads: Reads): Promise<number> {
    const row = await reads.get<{ seq: number | null }>(
      `SELECT MIN("seq") AS "seq" FROM "AuditLog" WHERE "tenant" = ?`,
      [this.#tenant],
    );
    return row?.seq ?? 1;
  }

  /** Up to where that was. */
  async #readLedger(reads: Reads, seen: Map<string, Appearance>, from: number): Promise<number> {
    const size = (await readHead(reads, this.#tenant))?.size ?? 0;
    for (let start = from; start <= size; start += STRETCH) {
      const rows = await reads.rows(
        `SELECT DISTINCT "actorPhone", "actorId", "actorName" FROM "AuditLog"
           WHERE "tenant" = ? AND "seq" BETWEEN ? AND ? AND "actorSalt" IS NOT NULL`,
        [this.#tenant, start, Math.min(size, start + STRETCH - 1)],
      );
      for (const [address, id, name] of rows as (string | null)[][])
        keep(seen, { address: address!, id: id!, name: name! });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return size;
  }

  /** Segments that were made before anybody asked here; one that was sealed anew counts as another. */
  async #readArchive(from: number): Promise<void> {
    for (const segment of (await this.#archived?.segments()) ?? []) {
      if (segment.from >= from || this.#segments.has(segment.sha256)) continue;
      for await (const { actor } of this.#archived!.entriesOf(segment)) {
        if (actor === null) continue;
        const { actorPhone = null, actorId = null, actorName = null } = actor;
        keep(this.#seen, { address: actorPhone, id: actorId, name: actorName });
      }
      this.#segments.add(segment.sha256);
    }
  }
}

function keep(seen: Map<string, Appearance>, one: Appearance): void {
  if (one.id === null && one.name === null) return;
  const key = JSON.stringify([one.address, one.id, one.name]);
  if (!seen.has(key)) seen.set(key, one);
}
