import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AuditRecord, RecordSettings } from '../../src/audit/record.js';
import { type VerifyRequest, verifyLedger } from '../../src/audit/verify/verifyLedger.js';
import type { Database } from '../../src/config/database.js';
import { chainOf } from '../../src/lifecycle/archive/chain.js';
import { DirectoryArchive } from '../../src/lifecycle/archive/directoryArchive.js';
import { segmentEntries } from '../../src/lifecycle/archive/segmentFile.js';
import { verifyWhole } from '../../src/lifecycle/archive/wholeHistory.js';
import { readTrustedKeys } from '../../src/signing/trustedKeys.js';
import { tracesIn, tracesInRows, wordTraces } from '../lifecycle/erasure/traces.js';
import { type Child, startChild } from '../support/children.js';
import { type FreshDatabase, freshSqlite, usePostgres } from '../support/databases.js';
import { dataDirFor, reading, recordSettings } from '../support/record.js';
import { tempFolder } from '../support/tempFolder.js';
import { Chance } from './chance.js';
import { byForm, PATIENCE_MS } from './form.js';

/**
 * Everything that takes something away, in any order, with the process killed between any two steps: after each life
 * there is one verdict, and it is right; archive and ledger together hold every entry from the first on; nothing that
 * is held has gone; and whoever was erased is found nowhere.
 */
const DAY = 86_400_000;
const BEGIN = 1_700_000_000_000;

/** So many people there are; each is erased once at most, and nobody writes about them after that. */
const PEOPLE = byForm(6, 30);
const LIVES = byForm(7, 101);

type Doing =
  | { does: 'write'; about: number; count: number }
  | { does: 'hold'; kind: 'range' | 'person'; what: string }
  | { does: 'erase'; about: number }
  | { does: 'sign' | 'release' | 'retain' };

type Answer = { ok: true; value: unknown } | { ok: false; code: string };

/** What may be refused, as it should be: everything else that fails is a fault. */
const REFUSALS = ['HELD', 'NOTHING_KEPT', 'ALREADY_SO', 'BAD_RANGE', 'RETENTION_HELD_MEANWHILE'];

interface Held {
  id: string;
  kind: string;
  what: string;
}

/** Which parts of an entry are there, and all that stands in them. */
interface Parts {
  actor: boolean;
  rest: boolean;
  text: string;
}

/** What the tables and the archive say after a life. */
interface Seen {
  anchor: number;
  size: number;
  live: Map<number, Parts>;
  archived: Map<number, Parts>;
  holds: Held[];
  pending: number;
}

class Interleaving {
  readonly #database: Database;
  readonly #settings: RecordSettings;
  readonly #elsewhere = tempFolder();
  readonly #archiveDir = join(this.#elsewhere, 'archive');
  readonly #chance: Chance;
  /** Nobody writes about these any more: their erasure is done, or somewhere on its way. */
  readonly #leaving = new Set<number>();
  readonly #erased = new Set<number>();
  /** Whose erasure was killed: it is finished where it had begun to be noted down. */
  #begun: number | null = null;
  #wasPending = false;
  #now = BEGIN;
  #before: Seen | null = null;
  #receipt = 0;
  readonly counts = { killed: 0, erased: 0, removed: 0, held: 0, heldInArchive: 0 };

  constructor(database: Database, seed: number) {
    this.#database = database;
    this.#settings = recordSettings(database);
    this.#chance = new Chance(seed);
  }

  async life(number: number): Promise<void> {
    this.#now += this.#chance.between(15, 50) * DAY;
    const doings = this.#doings(number);
    const isKilled = number > 1 && number < LIVES - 3 && this.#chance.fraction() < 0.8;
    const killAt = number === 2 ? 1 : isKilled ? this.#chance.between(1, 30) : 0;
    const settings = this.#settings;
    const told = { settings, now: this.#now, archiveDir: this.#archiveDir, killAt, doings };
    const child = startChild('interleave.js', told);
    const isUp = (await this.#said(child)) !== null;
    for (const doing of isUp ? doings : []) {
      const answer = await this.#said<Answer>(child);
      if (answer !== null) this.#take(doing, answer);
      else if (doing.does === 'erase') this.#begun = doing.about;
      if (answer === null) break;
    }
    await new Promise((resolve) => {
      if (child.process.exitCode !== null || child.process.signalCode !== null) resolve(null);
      else child.process.once('exit', resolve);
    });
    if (child.process.signalCode === 'SIGKILL') this.counts.killed += 1;
    else expect([number, child.process.exitCode]).toEqual([number, 0]);
    await this.#look(`life ${number}: ${JSON.stringify({ killAt, doings })}`);
  }

  /** What it says next; null where it has been killed. */
  async #said<T>(child: Child): Promise<T | null> {
    return child.next<T>().catch((error: unknown) => {
      // Whatever stands on its error output is in the message, and a kill leaves nothing there.
      if (!/ended without an answer: $/.test((error as Error).message)) throw error;
      return null;
    });
  }

  #doings(number: number): Doing[] {
    const chance = this.#chance;
    const doings: Doing[] = [this.#writing()];
    for (let left = chance.between(3, 6); left > 0; left -= 1) {
      const dice = chance.fraction();
      if (dice < 0.25) doings.push(this.#writing());
      else if (dice < 0.5) doings.push({ does: 'retain' });
      else if (dice < 0.7) doings.push({ does: 'erase', about: this.#somebody() });
      else if (dice < 0.8) doings.push({ does: 'hold', ...this.#holding() });
      else if (dice < 0.95) doings.push({ does: 'release' });
      else doings.push({ does: 'sign' });
    }
    for (const doing of doings) if (doing.does === 'erase') this.#leaving.add(doing.about);
    // Nobody is spoken of any more from the life on in which they are to be erased.
    const fitting = doings.map((doing): Doing => {
      if (doing.does === 'write' && this.#leaving.has(doing.about)) return { ...doing, about: 99 };
      const isOnSomebodyLeaving =
        doing.does === 'hold' && doing.kind === 'person' && this.#leaving.has(Number(doing.what.slice(-2)));
      return isOnSomebodyLeaving ? { does: 'hold', kind: 'range', what: '2-4' } : doing;
    });
    return this.#surely(number, fitting);
  }

  /** Whatever chance wants, each of them comes to be done at least once. */
  #surely(number: number, doings: Doing[]): Doing[] {
    const free = Array.from({ length: 4 }, (): Doing => ({ does: 'release' }));
    const about = 10 + PEOPLE;
    switch (number) {
      case 1:
        return [...doings, { does: 'hold', kind: 'range', what: '2-4' }];
      case 2:
        return doings.filter(({ does }) => does !== 'release');
      case LIVES - 3:
        return [...doings, { does: 'write', about, count: 3 }, ...free, { does: 'erase', about }];
      case LIVES - 2:
        return [...doings, ...free, { does: 'retain' }, { does: 'hold', kind: 'range', what: '1-6' }];
      case LIVES - 1:
        // What is held is archived by now, and nobody who is in it may be erased.
        return Array.from({ length: PEOPLE }, (_, index) => ({ does: 'erase', about: 10 + index }));
      default:
        return doings;
    }
  }

  #writing(): Doing {
    return { does: 'write', about: this.#somebody(), count: this.#chance.between(1, 9) };
  }

  #somebody(): number {
    return 10 + this.#chance.between(0, PEOPLE - 1);
  }

  #holding(): { kind: 'range' | 'person'; what: string } {
    const about = this.#somebody();
    if (this.#chance.fraction() < 0.5) return { kind: 'person', what: `+120255501${about}` };
    const from = (this.#before?.anchor ?? 0) + this.#chance.between(1, 30);
    return { kind: 'range', what: `${from}-${from + this.#chance.between(0, 5)}` };
  }

  #take(doing: Doing, answer: Answer): void {
    if (!answer.ok) {
      expect(REFUSALS).toContain(answer.code);
      return;
    }
    if (doing.does === 'write') this.#receipt = Math.max(this.#receipt, answer.value as number);
    if (doing.does === 'retain') this.counts.removed += answer.value as number;
    if (doing.does === 'erase') {
      this.#erased.add(doing.about);
      this.counts.erased += 1;
    }
  }

  async #look(what: string): Promise<void> {
    await reading(this.#database, async (reads) => {
      const dataDir = dataDirFor(this.#database);
      const { tenant } = this.#settings;
      const origin = `reeve/${this.#settings.instance}/${tenant}`;
      const request: VerifyRequest = {
        reads,
        database: this.#database,
        tenant,
        dataDir,
        keys: readTrustedKeys(dataDir, origin),
        now: this.#now,
      };
      const [whole, alone] = [
        await verifyWhole(new DirectoryArchive(this.#archiveDir, origin), request),
        await verifyLedger(request),
      ];
      const seen = await this.#read(reads, new DirectoryArchive(this.#archiveDir, origin));
      const { anchor, size, pending } = seen;
      // Every entry from the first on, in the archive or here, and each as it was signed.
      expect([what, whole]).toMatchObject([
        what,
        { verdict: 'intact', from: 1, to: size, totalRecords: size },
      ]);
      expect([what, alone]).toMatchObject([
        what,
        {
          verdict: anchor === 0 ? 'intact' : 'intact-from',
          from: anchor + 1,
          to: size,
          gaps: [],
          altered: [],
        },
      ]);
      expect(size).toBeGreaterThanOrEqual(this.#receipt);
      this.#holdsKept(what, seen);
      this.#before = seen;
      // One that was killed half-way is known to be pending, and the next life finishes it.
      if (this.#begun !== null && pending === 0 && this.#wasPending) this.#erased.add(this.#begun);
      if (pending === 0) this.#begun = null;
      this.#wasPending = pending > 0;
      if (pending === 0) {
        const words = [...this.#erased].flatMap((about) => [`120255501${about}`, `Quill${about}feather`]);
        const traces = wordTraces(words);
        const record = { store: { read: reads, dialect: reads.dialect } } as unknown as AuditRecord;
        expect([what, await tracesInRows(record, traces)]).toEqual([what, []]);
        for (const folder of [dataDir, this.#elsewhere])
          expect([what, tracesIn(folder, traces)]).toEqual([what, []]);
      }
    });
  }

  /** What was held before this life and is held after it was held all the time. */
  #holdsKept(what: string, now: Seen): void {
    if (this.#before === null) return;
    for (const { id, kind, what: held } of this.#before.holds) {
      if (!now.holds.some((hold) => hold.id === id)) continue;
      const [from, to] = kind === 'range' ? held.split('-').map(Number) : [0, 0];
      const isHeld = (seq: number, { text }: Parts): boolean =>
        kind === 'range' ? seq >= from! && seq <= (to ?? from!) : text.includes(held.slice(1));
      for (const where of ['live', 'archived'] as const)
        for (const [seq, parts] of this.#before[where]) {
          if (!isHeld(seq, parts)) continue;
          this.counts[where === 'live' ? 'held' : 'heldInArchive'] += 1;
          const is = now[where].get(seq);
          const { actor, rest } = parts;
          expect([what, seq, is !== undefined, is?.actor, is?.rest]).toEqual([what, seq, true, actor, rest]);
        }
    }
  }

  async #read(reads: Parameters<Parameters<typeof reading>[1]>[0], archive: DirectoryArchive): Promise<Seen> {
    const { tenant } = this.#settings;
    const head = (await reads.get<{ size: number; anchor: number }>(
      `SELECT "size", "anchorSize" AS "anchor" FROM "Ledger" WHERE "tenant" = ?`,
      [tenant],
    ))!;
    const rows = await reads.all<Record<string, string | number | null>>(
      `SELECT * FROM "AuditLog" WHERE "tenant" = ? AND "seq" > ? ORDER BY "seq"`,
      [tenant, head.anchor],
    );
    const live: Seen['live'] = new Map();
    for (const row of rows) {
      const text = Object.values(row)
        .filter((value) => typeof value === 'string')
        .join('\n');
      live.set(Number(row.seq), { actor: row.actorSalt !== null, rest: row.restSalt !== null, text });
    }
    const archived: Seen['archived'] = new Map();
    for (const { file } of chainOf(await archive.segments(), head.anchor).segments)
      for await (const { public: pub, actor, rest } of segmentEntries(archive.read(file)))
        archived.set(pub.seq, {
          actor: actor !== null,
          rest: rest !== null,
          text: JSON.stringify([actor, rest]),
        });
    const holds = await reads.all<Held>(`SELECT "id", "kind", "what" FROM "LegalHold" ORDER BY "at"`);
    const pending = (await reads.all(`SELECT "id" FROM "PendingErasure"`)).length;
    return { ...head, live, archived, holds, pending };
  }
}

function proofs(name: string, fresh: FreshDatabase, seed: number): void {
  describe(`writing, retaining, archiving, holding, releasing and erasing, killed anywhere (${name})`, () => {
    test(
      `${LIVES} lives leave nothing that is not right`,
      async () => {
        const interleaving = new Interleaving(await fresh(), seed);
        for (let number = 0; number < LIVES; number += 1) await interleaving.life(number);
        // A proof that never came to do what it is about would prove nothing.
        const { counts } = interleaving;
        expect([counts, Object.values(counts).every((count) => count > 0)]).toEqual([counts, true]);
      },
      PATIENCE_MS,
    );
  });
}

proofs('SQLite', freshSqlite, 20_261_121);
proofs('PostgreSQL', usePostgres({ migrated: true }), 20_261_122);
