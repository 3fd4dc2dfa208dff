import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { AuditRecord } from '../../../src/audit/record.js';
import { AUDIT_COLUMNS } from '../../../src/audit/table.js';
import { verifyLedger } from '../../../src/audit/verify/verifyLedger.js';
import type { Database } from '../../../src/config/database.js';
import {
  type RecoveryParts,
  type RecoveryStep,
  recoverLedger,
} from '../../../src/lifecycle/watch/recovery.js';
import { readCheckpoints, readLostCheckpoints } from '../../../src/signing/notesFile.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { quoted } from '../../../src/store/sql.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { dataDirFor, openTestRecord, reading, recordSettings } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { Attacker } from '../../system/attacker.js';
import { Copies } from '../../system/copies.js';

const REASON = 'the disk of Sunday';

/** A ledger whose database was set back to an older state, while its data directory was not. */
class Restored {
  readonly dataDir: string;
  readonly database: Database;
  readonly #copies: Copies;

  private constructor(dataDir: string, database: Database, copies: Copies) {
    this.dataDir = dataDir;
    this.database = database;
    this.#copies = copies;
  }

  /** `kept` entries are in the backup, `lost` more were written and signed after it. */
  static async make(
    database: Database,
    {
      kept,
      lost,
      between,
      isAttacked = false,
    }: {
      kept: number;
      lost: number;
      between?: (record: AuditRecord) => Promise<unknown>;
      /** It is no backup but the database itself, for somebody to change. */
      isAttacked?: boolean;
    },
  ): Promise<Restored> {
    const dataDir = dataDirFor(database);
    const first = await openTestRecord(database);
    await write(first, kept);
    await first.close();
    const copies = new Copies({ database, dataDir });
    const backup = (await copies.nextOfItsOwn()).database;
    if (between !== undefined) await between(await openTestRecord(database));
    const second = await openTestRecord(database);
    await write(second, lost);
    await second.close();
    return new Restored(dataDir, isAttacked ? database : backup, copies);
  }

  open(dataDir = this.dataDir): Promise<AuditRecord> {
    return openTestRecord(this.database, { dataDir });
  }

  recover(parts: Partial<RecoveryParts> = {}) {
    const settings = recordSettings(this.database, { dataDir: this.dataDir });
    return recoverLedger({ ...settings, now: Date.now, ...parts }, REASON);
  }

  verify(checkpoints: string[] = [], dataDir = this.dataDir) {
    return reading(this.database, (reads) =>
      verifyLedger({
        reads,
        database: this.database,
        tenant: 'acme',
        dataDir,
        keys: readTrustedKeys(dataDir, 'reeve/test/acme'),
        checkpoints,
        now: Date.now(),
      }),
    );
  }

  dispose(): Promise<void> {
    return this.#copies.dispose();
  }
}

async function write(record: AuditRecord, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1)
    await record.write('CONFIG_CHANGE', { actor: 'SYSTEM', entityId: `n${i}` });
  await record.sign();
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: { code: string; message: string; hint?: string }) => error,
  );

describeOnBothDatabases(
  'a ledger whose database was restored from an older backup',
  (fresh) => {
    test('nothing is written until it is recovered; then every verdict names what was lost', async () => {
      const place = await Restored.make(await fresh(), { kept: 6, lost: 4 });
      const refused = await refusal(place.open());
      expect(refused).toMatchObject({ code: 'LEDGER_SHRUNK' });
      expect(refused?.message).toContain('entries 7 to 10 are gone');
      expect(refused?.hint).toContain('reeve recover');
      expect((await place.verify()).verdict).toBe('truncated');

      const lost = readCheckpoints(place.dataDir).at(-1)!;
      expect(await place.recover()).toEqual({
        case: 7,
        restoredSize: 6,
        signedSize: 10,
        vouchedTo: 6,
        setAside: 1,
        erasuresLost: 0,
      });
      const record = await place.open();
      await write(record, 8);
      const verdict = await place.verify();
      expect(verdict).toMatchObject({ verdict: 'intact', isValid: true, to: 15, covered: 15 });
      expect(verdict.notes.join('\n')).toContain('entries 7 to 10 that had been signed were lost');
      const entry = await record.repository.getBySeq(7);
      expect(entry).toMatchObject({ action: 'LEDGER_RECOVERED', reason: REASON, channel: 'cli' });
      expect(JSON.parse(entry!.metadata!)).toMatchObject({ signedSize: 10, restoredSize: 6 });
      // Whoever was given a checkpoint of what was lost is told the truth: this is not what they saw.
      expect(await place.verify([lost])).toMatchObject({ verdict: 'forked', isValid: false });
      expect(readLostCheckpoints(place.dataDir)).toEqual([lost]);
      expect(await refusal(place.recover())).toMatchObject({ code: 'NOTHING_TO_RECOVER' });
      await record.close();
      await place.dispose();
    });

    test.each<[number, RecoveryStep[]]>([
      [1, ['verified', 'appended', 'set aside', 'signed']],
      [5, ['appended', 'set aside']],
    ])('%i lost: a kill between any two steps is finished by recovering again', async (lost, steps) => {
      for (const last of steps) {
        const place = await Restored.make(await fresh(), { kept: 4, lost });
        const killed = place.recover({
          onStep: (step) => {
            if (step === last) throw new Error('killed');
          },
        });
        await expect(killed).rejects.toThrow('killed');
        const isDone = last === 'signed';
        if (!isDone) expect((await refusal(place.open()))?.hint).toContain('reeve recover');
        const again = await refusal(place.recover());
        expect(again?.code ?? null).toBe(isDone ? 'NOTHING_TO_RECOVER' : null);
        const record = await place.open();
        expect(await record.repository.findByAction('LEDGER_RECOVERED')).toMatchObject({
          items: [{ seq: 5 }],
        });
        await write(record, 1);
        expect(await place.verify()).toMatchObject({ verdict: 'intact', to: 6, covered: 6 });
        await record.close();
        await place.dispose();
      }
    });

    test('what is no beginning of what was signed is not gone on from', async () => {
      const place = await Restored.make(await fresh(), { kept: 6, lost: 2 });
      const attacker = new Attacker({ database: place.database, dataDir: place.dataDir });
      await attacker.dropGuards();
      await attacker.sql.run(`UPDATE "AuditLog" SET "outcome" = 'denied' WHERE "seq" = 3`);
      await attacker.sql.close();
      expect(await refusal(place.recover())).toMatchObject({ code: 'RECOVERY_REFUSED' });
      expect((await place.verify()).verdict).toBe('altered');
      await place.dispose();
    });

    test('entries rewritten between two checkpoints are not gone on from as if one were lost', async () => {
      const place = await Restored.make(await fresh(), { kept: 2, lost: 5, isAttacked: true });
      const attacker = new Attacker({ database: place.database, dataDir: place.dataDir });
      await attacker.dropGuards();
      const { sql } = attacker;
      const [row] = await sql.rows(`SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" WHERE "seq" = 4`);
      await sql.run(`DELETE FROM "AuditLog" WHERE "seq" IN (4, 7)`);
      await attacker.insert(attacker.sealed(attacker.changed(row!, { outcome: 'denied' })));
      await sql.run(`DELETE FROM "LedgerCheckpoint" WHERE "size" > 2`);
      await sql.run(`UPDATE "Ledger" SET "size" = 6`);
      await sql.close();
      const refused = await refusal(place.recover());
      expect(refused).toMatchObject({ code: 'RECOVERY_REFUSED' });
      expect(refused?.message).toContain('what the signer remembers');
      await place.dispose();
    });

    test.each([
      ['by the last checkpoint, where no tree that is remembered lies within it', 8, 7, 2],
      ['by the last tree that is remembered', 12, 10, 8],
      ['to its end, where that is the end of such a tree', 13, 12, 12],
    ])('what no checkpoint covers in a backup is vouched for %s', async (_, signed, restored, vouchedTo) => {
      const place = await Restored.make(await fresh(), { kept: 2, lost: signed - 2, isAttacked: true });
      const attacker = new Attacker({ database: place.database, dataDir: place.dataDir });
      await attacker.dropGuards();
      await attacker.sql.run(`DELETE FROM "AuditLog" WHERE "seq" > ?`, [restored]);
      await attacker.sql.run(`DELETE FROM "LedgerCheckpoint" WHERE "size" > 2`);
      await attacker.sql.run(`UPDATE "Ledger" SET "size" = ?`, [restored]);
      await attacker.sql.close();
      expect(await place.recover()).toMatchObject({
        restoredSize: restored,
        signedSize: signed,
        vouchedTo,
      });
      await place.dispose();
    });

    test('a second host that had signed what is lost recovers for itself', async () => {
      const database = await fresh();
      const elsewhere = join(tempFolder(), 'elsewhere');
      const place = await Restored.make(database, {
        kept: 5,
        lost: 3,
        between: async (record) => {
          await write(record, 2);
          await record.close();
          cpSync(dataDirFor(database), elsewhere, { recursive: true });
        },
      });
      await place.recover();
      const record = await place.open();
      await write(record, 9);
      await record.close();
      expect(await refusal(place.open(elsewhere))).toMatchObject({ code: 'LEDGER_FORKED' });
      expect(await place.recover({ dataDir: elsewhere })).toMatchObject({ restoredSize: 5, signedSize: 7 });
      const second = await place.open(elsewhere);
      await write(second, 1);
      await second.close();
      for (const dataDir of [place.dataDir, elsewhere])
        expect((await place.verify([], dataDir)).verdict).toBe('intact');
      await place.dispose();
    });

    test('a backup from before the key was replaced is signed by the new key', async () => {
      const place = await Restored.make(await fresh(), {
        kept: 5,
        lost: 2,
        between: (record) => record.rotateKey('yearly'),
      });
      expect(await refusal(place.open())).toMatchObject({ code: 'KEY_NOT_THE_LEDGERS' });
      expect(await place.recover()).toMatchObject({ restoredSize: 5, signedSize: 8 });
      const record = await place.open();
      await write(record, 4);
      expect(await place.verify()).toMatchObject({ verdict: 'intact', to: 10 });
      await record.close();
      await place.dispose();
    });
  },
  { migrated: true },
);
