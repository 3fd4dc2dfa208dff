import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import type { Clock } from '../../config/clock.js';
import type { Log } from '../../config/log.js';
import { UserError } from '../../config/userError.js';
import { entryJson } from '../../ledger/seal.js';
import type { Reads } from '../../store/sql.js';
import type { Store } from '../../store/store.js';
import { readHead, scanRows } from '../ledgerRows.js';
import { AT, rowToEntry } from '../table.js';
import { CURRENT, MirrorFiles, type MirrorPosition } from './files.js';

/** How often entries of other processes are looked for. */
const LOOK_EVERY_MS = 1000;
/** Lines written at a time: a few milliseconds of work. */
const AT_ONCE = 250;

export interface MirrorStatus {
  folder: string;
  /** The last entry that is in the mirror. */
  seq: number;
  /** Why it does not go on, or null. */
  failing: string | null;
}

export interface MirrorSettings {
  store: Store;
  tenant: string;
  /** AUDIT_NDJSON_DIR. */
  folder: string;
  clock: Clock;
  log: Log;
  /** How large a file may become. */
  rotateBytes?: number;
}

/** Tenants that share a directory must not share a file. */
export const mirrorFolder = (folder: string, tenant: string): string =>
  tenant === 'default' ? folder : join(folder, tenant);

/**
 * The mirror: every committed entry once more, as a line of events.ndjson, for tools that read files. It follows the
 * ledger and never holds it up: when it cannot write, it says so and tries again.
 */
export class Mirror {
  readonly #store: Store;
  readonly #tenant: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #files: MirrorFiles;
  /** Null where it has to be read from the files. */
  #position: MirrorPosition | null = null;
  #seq = 0;
  #failing: string | null = null;
  #working: Promise<void> | null = null;
  #again = false;
  #isHeld = false;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor({ store, tenant, folder, clock, log, rotateBytes }: MirrorSettings) {
    this.#store = store;
    this.#tenant = tenant;
    this.#clock = clock;
    this.#log = log;
    this.#files = new MirrorFiles(mirrorFolder(folder, tenant), rotateBytes);
  }

  /** Begins to follow, other processes' entries included. */
  start(): void {
    this.nudge();
    const look = (): void => {
      if (this.#closed) return;
      this.#cancel = this.#clock.setTimeout(
        () => {
          this.nudge();
          look();
        },
        LOOK_EVERY_MS,
        { background: true },
      );
    };
    look();
  }

  /** Says that something was committed. Never throws, never waits. */
  nudge(): void {
    if (this.#closed || this.#isHeld) return;
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Writes what is still missing, and stops. */
  async close(): Promise<void> {
    this.nudge();
    this.#closed = true;
    this.#cancel?.();
    await this.#working;
  }

  status(): MirrorStatus {
    return { folder: this.#files.folder, seq: this.#position?.seq ?? this.#seq, failing: this.#failing };
  }

  /** Writes the whole mirror anew from the ledger. */
  async rebuild(onProgress: (done: number, total: number) => void): Promise<number> {
    await this.#working;
    await this.#alone(async () => {
      this.#files.clear();
      this.#position = this.#files.position();
    });
    const written = await this.#catchUp(onProgress);
    this.#failing = null;
    return written;
  }

  /**
   * Changes lines where they stand, also those of entries that the ledger no longer holds: `change` gives a line as it
   * is to be, or null where it stays. Returns how many were changed.
   */
  async rewrite(change: (line: string) => string | null): Promise<number> {
    // What is being written was read before; it must not come back behind this.
    this.#isHeld = true;
    try {
      await this.#working;
      let count = 0;
      for (const name of this.#files.rotated) {
        count += this.#files.rewrite(name, change);
        await immediate();
      }
      count += await this.#alone(async () => this.#files.rewrite(CURRENT, change));
      this.#position = null;
      return count;
    } finally {
      this.#isHeld = false;
      this.nudge();
    }
  }

  async #work(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        await this.#catchUp(() => {});
        this.#failing = null;
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  /** Said once, and again only when it is something else: it is tried every second. */
  #fail(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const why =
      error instanceof UserError ? error.message : `the ledger cannot be read for the mirror (${code})`;
    // Whoever mends it may have changed the files.
    this.#seq = this.#position?.seq ?? this.#seq;
    this.#position = null;
    if (this.#failing !== why) this.#log.warn({ code }, why);
    this.#failing = why;
  }

  async #catchUp(onProgress: (done: number, total: number) => void): Promise<number> {
    const head = await readHead(this.#store.read, this.#tenant);
    if (head === null) return 0;
    this.#position ??= await this.#alone(async () => this.#files.position());
    const { folder } = this.#files;
    const { seq, leaf } = this.#position;
    await demandSameLedger(this.#store.read, { tenant: this.#tenant, folder, seq, leaf, size: head.size });
    let written = 0;
    while (this.#position.seq < head.size) {
      const from = Math.max(this.#position.seq, head.anchor.size) + 1;
      const count = await this.#appendFrom(from, Math.min(head.size, from + AT_ONCE - 1));
      if (count === 0 && this.#position.seq < from) break;
      written += count;
      onProgress(written, written + head.size - this.#position.seq);
      await immediate();
    }
    return written;
  }

  async #appendFrom(from: number, to: number): Promise<number> {
    const lines: string[] = [];
    let last = { seq: 0, leaf: '' };
    for await (const rows of scanRows(this.#store.read, this.#tenant, from, to)) {
      for (const row of rows) {
        lines.push(`${entryJson(rowToEntry(row))}\n`);
        last = { seq: row[AT.seq] as number, leaf: Buffer.from(row[AT.leaf] as Uint8Array).toString('hex') };
      }
    }
    if (lines.length === 0) return 0;
    return this.#alone(async () => {
      // Another process wrote in between: go on from what it wrote.
      if (this.#files.bytes !== this.#position?.bytes) {
        this.#position = this.#files.position();
        return 0;
      }
      this.#files.append(lines, last.seq);
      this.#position = { ...last, bytes: this.#files.bytes };
      return lines.length;
    });
  }

  /** One process at a time, by a lock that dies with its holder. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#store.transaction(async (tx) => {
      const name = `mirror/${this.#tenant}`;
      await tx.run(
        `INSERT INTO "Lease" ("name", "holder", "until") VALUES (?, ?, 0)
           ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder"`,
        [name, String(process.pid)],
      );
      return work();
    });
  }
}

/** A mirror of a ledger that was replaced or restored must not be gone on with as if nothing had happened. */
export async function demandSameLedger(
  reads: Reads,
  mirror: { tenant: string; folder: string; seq: number; leaf: string; size: number },
): Promise<void> {
  const { tenant, folder, seq, leaf, size } = mirror;
  if (seq === 0) return;
  const row = await reads.get<{ leaf: Buffer }>(
    `SELECT "leaf" FROM "AuditLog" WHERE "tenant" = ? AND "seq" = ?`,
    [tenant, seq],
  );
  const isPruned = row === undefined && seq <= size;
  if (isPruned || row?.leaf.toString('hex') === leaf) return;
  throw new UserError({
    code: 'MIRROR_OF_ANOTHER',
    message: `the mirror in ${folder} ends with an entry that this ledger does not hold`,
    hint: 'Write it anew with: reeve mirror rebuild',
  });
}
