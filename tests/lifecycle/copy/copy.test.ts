import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { verifyLedger } from '../../../src/audit/verify/verifyLedger.js';
import type { Database } from '../../../src/config/database.js';
import { copyDatabase } from '../../../src/lifecycle/copy/copyDatabase.js';
import { COPIED_TABLES, LEFT_BEHIND } from '../../../src/lifecycle/copy/tables.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { freshSqlite, usePostgres } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor, openTestRecord, reading } from '../../support/record.js';
import { BOB, fillWithBob, openErasure } from '../erasure/place.js';
import { Aged, DAY } from '../retention/aged.js';

const schema = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url));
const freshPostgresql = usePostgres({ migrated: true });

test('every table there is has its place in a copy, or a reason to be left behind', () => {
  const models = [...readFileSync(schema, 'utf8').matchAll(/^model (\w+) \{/gm)].map(([, name]) => name);
  expect([...COPIED_TABLES.map(([name]) => name), ...LEFT_BEHIND].sort()).toEqual(models.sort());
});

/** All rows of all tables, as one kind of database shows them like the other. */
function rowsIn(database: Database): Promise<Record<string, unknown[]>> {
  return reading(database, async (reads) => {
    const all: Record<string, unknown[]> = {};
    for (const [table, key] of COPIED_TABLES) {
      const rows = await reads.all<Record<string, unknown>>(`SELECT * FROM "${table}"`);
      const plain = rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [
            name,
            typeof value === 'boolean' ? Number(value) : value,
          ]),
        ),
      );
      const order = (row: Record<string, unknown>) =>
        key.map((name) => String(row[name]).padStart(20)).join('\n');
      all[table] = plain.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    }
    return all;
  });
}

/** A ledger with everything in it: pruned, erased, with people and settings. */
async function lived(database: Database): Promise<string> {
  const aged = await Aged.open(database, 12, 0);
  const older = await aged.record.sign();
  await aged.write(30);
  aged.clock.jump(100 * DAY);
  await aged.write(8);
  await aged.retention.run();
  await aged.record.close();
  const place = await openErasure(database, { clock: aged.clock });
  await fillWithBob(place);
  await place.erasure.erase(BOB);
  await place.record.close();
  return older.note;
}

describe.each<[Database['kind'], Database['kind']]>([
  ['sqlite', 'postgresql'],
  ['postgresql', 'sqlite'],
])('a copy from %s to %s', (fromKind, toKind) => {
  const freshOf = (kind: Database['kind']) => (kind === 'sqlite' ? freshSqlite() : freshPostgresql());

  test('has the same rows, verifies by what was signed before, and is gone on from', async () => {
    const from = await freshOf(fromKind);
    const note = await lived(from);
    const dataDir = dataDirFor(from);
    const to = await freshOf(toKind);
    // Killed in the middle, it leaves nothing.
    const cut = copyDatabase({
      from,
      to,
      dataDir,
      now: Date.now,
      onTable: (table) => {
        if (table === 'AuditLog') throw new Error('killed');
      },
    });
    await expect(cut).rejects.toThrow('killed');
    const progress: number[] = [];
    const copied = await copyDatabase({
      from,
      to,
      dataDir,
      now: Date.now,
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(copied.verdicts).toMatchObject([
      { tenant: 'acme', verdict: { verdict: 'intact-from', isValid: true } },
    ]);
    expect(progress.at(-1)).toBe(1);
    const before = await rowsIn(from);
    expect(await rowsIn(to)).toEqual(before);
    expect(copied.entries).toBe(before.AuditLog!.length);
    for (const table of ['LedgerConsistency', 'LedgerStatement', 'User', 'JobRun', 'Setting'])
      expect(before[table]).not.toEqual([]);

    // The data directory goes with it, and a checkpoint from before the pruning still fits.
    const record = await openTestRecord(to, { dataDir });
    await record.write('CONFIG_CHANGE', { actor: 'SYSTEM' });
    await record.sign();
    const verdict = await verifyLedger({
      reads: record.store.read,
      database: to,
      tenant: 'acme',
      dataDir,
      keys: readTrustedKeys(dataDir, record.ledger.origin),
      checkpoints: [note],
      now: Date.now(),
    });
    expect(verdict).toMatchObject({ verdict: 'intact-from', isValid: true });
    await record.close();

    expect(await failureOf(copyDatabase({ from, to, dataDir, now: Date.now }))).toMatchObject({
      code: 'TARGET_NOT_EMPTY',
    });
    // The old one is what it was, but for what now is signed beyond it.
    expect(await rowsIn(from)).toEqual(before);
    expect(await failureOf(openTestRecord(from, { dataDir }))).toMatchObject({ code: 'LEDGER_SHRUNK' });
  });
});
