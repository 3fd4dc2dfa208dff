import { join } from 'node:path';
import { pino } from 'pino';
import type { AuditRecord } from '../../../src/audit/record.js';
import { verifyLedger } from '../../../src/audit/verify/verifyLedger.js';
import type { Database } from '../../../src/config/database.js';
import type { Verdict } from '../../../src/ledger/verify.js';
import { DirectoryArchive } from '../../../src/lifecycle/archive/directoryArchive.js';
import type { Holds } from '../../../src/lifecycle/hold/holds.js';
import { Retention, type RetentionParts } from '../../../src/lifecycle/retention/retention.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { FakeClock } from '../../support/fakeClock.js';
import { dataDirFor, openTestRecord, type RecordOverrides } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';

export const DAY = 86_400_000;
/** A while ago, so that everything that tests write lies in the past. */
export const BEGIN = 1_700_000_000_000;

/** Days go by in it without what is done every second being done for each of them. */
export class JumpingClock extends FakeClock {
  #jumped = 0;

  override now(): number {
    return super.now() + this.#jumped;
  }

  jump(ms: number): void {
    this.#jumped += ms;
  }
}

/** A ledger in which some entries are old and the others are not, and retention over it. */
export class Aged {
  readonly told: string[] = [];
  readonly database: Database;
  readonly record: AuditRecord;
  readonly clock: JumpingClock;
  readonly archiveDir: string;
  heldSeq: number | null = null;
  retention: Retention;

  private constructor(
    database: Database,
    record: AuditRecord,
    clock: JumpingClock,
    parts: Partial<RetentionParts>,
    archiveDir?: string,
  ) {
    this.database = database;
    this.record = record;
    this.clock = clock;
    this.archiveDir = archiveDir ?? join(tempFolder(), 'archive');
    this.retention = this.over(parts);
  }

  /** `old` entries, a hundred days, and `fresh` ones. */
  static async open(
    database: Database,
    old: number,
    fresh: number,
    {
      archived = false,
      parts = {},
      overrides = {},
      archiveDir,
    }: {
      archived?: boolean;
      parts?: Partial<RetentionParts>;
      overrides?: RecordOverrides;
      archiveDir?: string;
    } = {},
  ): Promise<Aged> {
    const clock = new JumpingClock(BEGIN);
    const record = await openTestRecord(database, { clock, ...overrides });
    const aged = new Aged(database, record, clock, parts, archiveDir);
    if (archived) aged.retention = aged.over({ ...parts, archive: aged.archive });
    await aged.write(old);
    clock.jump(100 * DAY);
    await aged.write(fresh);
    return aged;
  }

  get archive(): DirectoryArchive {
    return new DirectoryArchive(this.archiveDir, this.record.ledger.origin);
  }

  get holds(): Holds {
    return {
      firstHeld: async (from, to) =>
        this.heldSeq !== null && this.heldSeq >= from && this.heldSeq <= to ? this.heldSeq : null,
    };
  }

  over(parts: Partial<RetentionParts> = {}): Retention {
    return new Retention({
      record: this.record,
      database: this.database,
      dataDir: dataDirFor(this.database),
      clock: this.clock,
      log: pino({ level: 'silent' }),
      settings: { days: 90, keepForever: false, archiveDays: 2555 },
      holds: this.holds,
      archive: null,
      notifyOwners: async (text) => {
        this.told.push(text);
      },
      ...parts,
    });
  }

  async write(count: number): Promise<void> {
    const all = Array.from({ length: count }, (_, i) =>
      this.record.logger.record('WHITELIST_CHANGE', {
        performedBy: '+12025550100',
        targetUser: `+1202555${String(100 + (i % 100)).padStart(4, '0')}`,
        change: 'added',
      }),
    );
    await Promise.all(all);
    await this.record.flush();
  }

  async numbers(): Promise<number[]> {
    const rows = await this.record.store.read.all<{ seq: number }>(
      `SELECT "seq" FROM "AuditLog" WHERE "tenant" = 'acme' ORDER BY "seq"`,
    );
    return rows.map(({ seq }) => seq);
  }

  verify(): Promise<Verdict> {
    const { origin } = this.record.ledger;
    const dataDir = dataDirFor(this.database);
    return verifyLedger({
      reads: this.record.store.read,
      database: this.database,
      tenant: 'acme',
      dataDir,
      keys: readTrustedKeys(dataDir, origin),
      now: this.clock.now(),
    });
  }
}
