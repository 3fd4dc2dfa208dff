import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AT, AUDIT_COLUMNS, type AuditColumn } from '../../src/audit/table.js';
import type { Database } from '../../src/config/database.js';
import { ACTOR_FIELDS, REST_FIELDS } from '../../src/ledger/entry.js';
import { openConnection } from '../../src/store/connection.js';
import { failureKind } from '../../src/store/failure.js';
import type { Connection, SqlValue, Writes } from '../../src/store/sql.js';
import { marks, quoted } from '../../src/store/sql.js';
import { Store } from '../../src/store/store.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { makeLedger, sampleRow } from '../support/rows.js';
import { EARLIER_GUARDS } from './earlierGuards.js';

const TENANT = 'acme';
const SIZE = 6;
const ACTOR = [...ACTOR_FIELDS, 'actorSalt'];
const REST = [...REST_FIELDS, 'restSalt'];

/** Another value of the right type for a column. */
function otherValue(column: AuditColumn): SqlValue {
  if (['seq', 'v', 'at', 'status', 'erasedAt'].includes(column)) return 77;
  return ['actorSalt', 'restSalt', 'leaf'].includes(column) ? Buffer.alloc(32, 7) : 'other';
}

const toNull = (columns: readonly string[]): string => columns.map((name) => `"${name}" = NULL`).join(', ');
const openGate = (tx: Writes, purpose: string, tenant = TENANT): Promise<number> =>
  tx.run(`INSERT INTO "AuditGate" ("tenant", "purpose", "closedBy") VALUES (?, ?, 1)`, [tenant, purpose]);
const closeGate = (tx: Writes): Promise<number> => tx.run(`DELETE FROM "AuditGate"`);

async function refused(work: Promise<unknown>): Promise<void> {
  const error = await failureOf(work);
  expect(error.message).toMatch(/append-only|only grows/);
  expect(['refused', 'duplicate']).toContain(failureKind(error));
}

describeOnBothDatabases('the append-only guards', (fresh, kind) => {
  let database: Database;
  let connection: Connection;

  beforeAll(async () => {
    database = await fresh();
    await (await Store.open(database)).store.close();
    connection = openConnection(database);
    await makeLedger(connection, TENANT, SIZE);
  });
  afterAll(async () => {
    expect(await connection.all(`SELECT * FROM "AuditGate"`)).toEqual([]);
    await connection.close();
  });

  const rowOf = async (seq: number): Promise<SqlValue[]> =>
    (await connection.rows(`SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" WHERE "seq" = ?`, [seq]))[0]!;
  const total = async (): Promise<number> =>
    (await connection.get<{ n: number }>(`SELECT count(*) AS "n" FROM "AuditLog"`))!.n;
  /** Runs in a transaction that is undone afterwards. */
  const undone = async (work: (tx: Writes) => Promise<void>): Promise<void> => {
    const stop = new Error('undone');
    const outcome = connection.transaction(async (tx) => {
      await work(tx);
      throw stop;
    });
    await expect(outcome).rejects.toBe(stop);
  };
  const update = (tx: Writes, set: string, seq = 2, params: SqlValue[] = []): Promise<number> =>
    tx.run(`UPDATE "AuditLog" SET ${set} WHERE "tenant" = ? AND "seq" = ?`, [...params, TENANT, seq]);

  describe('refuse, whoever asks', () => {
    let before: SqlValue[][];
    beforeEach(async () => {
      before = await connection.rows(`SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" ORDER BY "seq"`);
    });
    const nothingChanged = async () =>
      expect(await connection.rows(`SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" ORDER BY "seq"`)).toEqual(
        before,
      );

    test('an UPDATE of any column', async () => {
      for (const column of AUDIT_COLUMNS) {
        await refused(update(connection, `"${column}" = ?`, 2, [otherValue(column)]));
      }
      await nothingChanged();
    });

    test('an UPDATE that changes nothing at all', async () => {
      await refused(update(connection, `"seq" = "seq"`));
    });

    test('a DELETE of any row, or of all', async () => {
      for (const seq of [1, 3, SIZE]) {
        await refused(connection.run(`DELETE FROM "AuditLog" WHERE "seq" = ?`, [seq]));
      }
      await refused(connection.run(`DELETE FROM "AuditLog"`));
      await nothingChanged();
    });

    test('an INSERT with a number or an id that is taken, by any conflict clause', async () => {
      const values = `("${AUDIT_COLUMNS.join('","')}") VALUES (${marks(AUDIT_COLUMNS.length)})`;
      const sameSeq = sampleRow(TENANT, 2);
      const sameId = sampleRow(TENANT, SIZE + 1, (await rowOf(2))[AT.id] as string);
      const otherTenant = sampleRow('other', 1, (await rowOf(2))[AT.id] as string);
      for (const row of [sameSeq, sameId, otherTenant]) {
        const verbs =
          kind === 'sqlite' ? ['INSERT', 'INSERT OR REPLACE', 'REPLACE', 'INSERT OR FAIL'] : ['INSERT'];
        for (const verb of verbs) {
          const error = await failureOf(connection.run(`${verb} INTO "AuditLog" ${values}`, row));
          expect([verb, failureKind(error)]).toEqual([verb, 'duplicate']);
        }
        for (const conflict of ['("tenant", "seq")', '("id")']) {
          const clause = `ON CONFLICT ${conflict} DO UPDATE SET "description" = 'other'`;
          await failureOf(connection.run(`INSERT INTO "AuditLog" ${values} ${clause}`, row));
        }
      }
      await nothingChanged();
    });

    if (kind === 'sqlite') {
      test('UPDATE OR REPLACE and UPDATE OR IGNORE', async () => {
        await refused(
          connection.run(`UPDATE OR REPLACE "AuditLog" SET "id" = (SELECT "id" FROM "AuditLog" WHERE "seq" = 3)
            WHERE "seq" = 2`),
        );
        await refused(connection.run(`UPDATE OR IGNORE "AuditLog" SET "seq" = 3 WHERE "seq" = 2`));
        await nothingChanged();
      });

      test('a temporary table in the place of the gate or the head', async () => {
        await undone(async (tx) => {
          await tx.run(
            `CREATE TEMP TABLE "AuditGate" AS SELECT '${TENANT}' AS "tenant", 'erasure' AS "purpose"`,
          );
          await tx.run(`CREATE TEMP TABLE "Ledger" AS SELECT '${TENANT}' AS "tenant", 6 AS "anchorSize"`);
          await refused(
            tx.run(`UPDATE main."AuditLog" SET ${toNull(ACTOR)}, "erasedAt" = 1 WHERE "seq" = 2`),
          );
          await refused(tx.run(`DELETE FROM main."AuditLog" WHERE "seq" = 1`));
        });
      });
    } else {
      test('TRUNCATE, alone or with others', async () => {
        await refused(connection.run(`TRUNCATE "AuditLog"`));
        await refused(connection.run(`TRUNCATE "AuditLog" CASCADE`));
        await refused(connection.run(`TRUNCATE "Lease", "AuditLog"`));
        for (const table of ['Ledger', 'LedgerCheckpoint', 'LedgerStatement']) {
          await refused(connection.run(`TRUNCATE "${table}"`));
        }
        await nothingChanged();
      });

      test('MERGE', async () => {
        await refused(
          connection.run(`MERGE INTO "AuditLog" a USING (SELECT 2 AS n) s ON a."seq" = s.n
            WHEN MATCHED THEN UPDATE SET "description" = 'other'`),
        );
        await refused(
          connection.run(
            `MERGE INTO "AuditLog" a USING (SELECT 2 AS n) s ON a."seq" = s.n WHEN MATCHED THEN DELETE`,
          ),
        );
      });

      test('a temporary table in the place of the gate or the head', async () => {
        for (const [sql, table] of [
          [`UPDATE "AuditLog" SET ${toNull(ACTOR)}, "erasedAt" = 1 WHERE "seq" = 2`, 'erasure'],
          [`DELETE FROM "AuditLog" WHERE "seq" = 1`, 'retention'],
        ] as const) {
          await undone(async (tx) => {
            await tx.run(
              `CREATE TEMP TABLE "AuditGate" AS SELECT '${TENANT}'::text AS "tenant", '${table}'::text AS "purpose"`,
            );
            await tx.run(
              `CREATE TEMP TABLE "Ledger" AS SELECT '${TENANT}'::text AS "tenant", 6::bigint AS "anchorSize"`,
            );
            await tx.run('CREATE TEMP TABLE gone AS SELECT * FROM "AuditLog" WHERE false');
            await refused(tx.run(sql));
          });
        }
      });

      test("another schema's tables and operators in front of the real ones", async () => {
        await undone(async (tx) => {
          await tx.run('CREATE SCHEMA shadow');
          await tx.run(
            `CREATE FUNCTION shadow.always(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'`,
          );
          await tx.run(
            'CREATE OPERATOR shadow.= (LEFTARG = text, RIGHTARG = text, FUNCTION = shadow.always)',
          );
          await tx.run(
            `CREATE TABLE shadow."AuditGate" AS SELECT '${TENANT}'::text AS "tenant", 'erasure'::text AS "purpose"`,
          );
          await tx.run('SET LOCAL search_path = shadow, pg_catalog, public');
          await refused(tx.run(`UPDATE public."AuditLog" SET "description" = 'other' WHERE "seq" = 2`));
        });
      });
    }
  });

  describe('the gate', () => {
    test('fails the COMMIT of a transaction that left it open', async () => {
      await failureOf(connection.transaction((tx) => openGate(tx, 'erasure')));
      expect(await connection.all(`SELECT * FROM "AuditGate"`)).toEqual([]);
    });

    test('fails it also when the work in between was allowed, and undoes that work', async () => {
      const before = await rowOf(2);
      const work = connection.transaction(async (tx) => {
        await openGate(tx, 'erasure');
        await update(tx, `${toNull(ACTOR)}, "erasedAt" = 1`);
      });
      await failureOf(work);
      expect(await rowOf(2)).toEqual(before);
    });

    test('cannot be made to last by a row in the table that can hold none', async () => {
      await undone(async (tx) => {
        await failureOf(tx.run(`INSERT INTO "AuditGateNever" ("key") VALUES (1)`));
      });
    });

    test('lets nothing through outside a transaction', async () => {
      await failureOf(openGate(connection, 'erasure'));
      await refused(update(connection, `${toNull(ACTOR)}, "erasedAt" = 1`));
    });

    test('is not seen by anybody else', async () => {
      const other = openConnection(database, 100);
      try {
        await undone(async (tx) => {
          await openGate(tx, 'erasure');
          expect(await other.all(`SELECT * FROM "AuditGate"`)).toEqual([]);
          const attempt = update(other, `${toNull(ACTOR)}, "erasedAt" = 1`);
          // SQLite has one writer: there it does not even get as far as the guard.
          if (kind === 'sqlite') await expect(attempt).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
          else await refused(attempt);
        });
        await refused(update(other, `${toNull(ACTOR)}, "erasedAt" = 1`));
      } finally {
        await other.close();
      }
    });

    test('of one tenant or purpose opens nothing for another', async () => {
      for (const [purpose, tenant] of [
        ['retention', TENANT],
        ['erasure', 'other'],
        ['anything', TENANT],
      ] as const) {
        await undone(async (tx) => {
          await openGate(tx, purpose, tenant);
          await refused(update(tx, `${toNull(ACTOR)}, "erasedAt" = 1`));
        });
      }
      await undone(async (tx) => {
        await openGate(tx, 'erasure');
        await refused(tx.run(`DELETE FROM "AuditLog" WHERE "seq" = 1`));
      });
    });
  });

  describe('with the gate of erasure open', () => {
    const inErasure = (work: (tx: Writes) => Promise<void>) =>
      undone(async (tx) => {
        await openGate(tx, 'erasure');
        await work(tx);
      });

    test.each([
      ['the actor', ACTOR],
      ['the rest', REST],
      ['both', [...ACTOR, ...REST]],
    ])('%s may be emptied', async (_, columns) => {
      await inErasure(async (tx) => {
        expect(await update(tx, `${toNull(columns)}, "erasedAt" = 5`)).toBe(1);
      });
    });

    test('one part may go after the other', async () => {
      await inErasure(async (tx) => {
        await update(tx, `${toNull(ACTOR)}, "erasedAt" = 5`);
        await update(tx, `${toNull(REST)}, "erasedAt" = 6`);
      });
    });

    test('a part stays whole or goes whole', async () => {
      for (const part of [ACTOR, REST]) {
        for (const column of part) {
          await inErasure((tx) => refused(update(tx, `"${column}" = NULL, "erasedAt" = 5`)));
          const others = part.filter((name) => name !== column);
          await inErasure((tx) => refused(update(tx, `${toNull(others)}, "erasedAt" = 5`)));
        }
      }
    });

    test('an erasure says when', async () => {
      await inErasure((tx) => refused(update(tx, toNull(ACTOR))));
    });

    test('nothing is written anew, not even beside an erasure', async () => {
      for (const column of AUDIT_COLUMNS.filter((name) => name !== 'erasedAt')) {
        await inErasure((tx) =>
          refused(update(tx, `"${column}" = ?, "erasedAt" = 5`, 2, [otherValue(column)])),
        );
        const part = ACTOR.includes(column) ? REST : ACTOR;
        await inErasure((tx) =>
          refused(update(tx, `${toNull(part)}, "${column}" = ?, "erasedAt" = 5`, 2, [otherValue(column)])),
        );
      }
    });

    test('an emptied part cannot be filled again', async () => {
      await inErasure(async (tx) => {
        await update(tx, `${toNull(ACTOR)}, "erasedAt" = 5`);
        await refused(update(tx, `"actorName" = 'other', "erasedAt" = 6`));
      });
    });
  });

  describe('with the gate of retention open', () => {
    const inRetention = (anchor: number, work: (tx: Writes) => Promise<void>) =>
      undone(async (tx) => {
        await openGate(tx, 'retention');
        await tx.run(`UPDATE "Ledger" SET "anchorSize" = ? WHERE "tenant" = ?`, [anchor, TENANT]);
        await work(tx);
      });

    test('rows up to the anchor may go', async () => {
      await inRetention(3, async (tx) => {
        expect(await tx.run(`DELETE FROM "AuditLog" WHERE "seq" <= 3`)).toBe(3);
      });
    });

    test('rows above the anchor stay', async () => {
      await inRetention(3, (tx) => refused(tx.run(`DELETE FROM "AuditLog" WHERE "seq" = 4`)));
      await inRetention(3, (tx) => refused(tx.run(`DELETE FROM "AuditLog" WHERE "seq" <= 4`)));
      await inRetention(0, (tx) => refused(tx.run(`DELETE FROM "AuditLog" WHERE "seq" = 1`)));
    });

    test('the anchor moves, with its hashes, and only on', async () => {
      await inRetention(2, async (tx) => {
        await tx.run(`UPDATE "Ledger" SET "anchorHashes" = 'ab' WHERE "tenant" = ?`, [TENANT]);
      });
      await inRetention(2, (tx) =>
        refused(tx.run(`UPDATE "Ledger" SET "anchorSize" = 1 WHERE "tenant" = ?`, [TENANT])),
      );
    });

    test('the commit goes through once the gate is closed', async () => {
      await makeLedger(connection, 'short-lived', 0);
      await connection.transaction(async (tx) => {
        await openGate(tx, 'retention', 'short-lived');
        await closeGate(tx);
      });
      expect(await total()).toBe(SIZE);
    });
  });

  describe('on the head and the signatures', () => {
    test('the head never goes back, never moves and never goes', async () => {
      const head = () => connection.get(`SELECT * FROM "Ledger" WHERE "tenant" = ?`, [TENANT]);
      const before = await head();
      for (const set of [
        '"size" = "size" - 1',
        '"size" = 0',
        '"origin" = \'reeve/x/y\'',
        '"tenant" = \'other\'',
        '"anchorSize" = 2',
        '"anchorHashes" = \'ab\'',
        '"size" = "size" + 1, "anchorSize" = 1',
      ]) {
        await refused(connection.run(`UPDATE "Ledger" SET ${set} WHERE "tenant" = ?`, [TENANT]));
      }
      const move = `UPDATE "Ledger" SET "anchorSize" = 2 WHERE "tenant" = ?`;
      for (const [purpose, tenant] of [
        ['erasure', TENANT],
        ['retention', 'other'],
      ] as const) {
        await undone(async (tx) => {
          await openGate(tx, purpose, tenant);
          await refused(tx.run(move, [TENANT]));
        });
      }
      await refused(connection.run(`DELETE FROM "Ledger" WHERE "tenant" = ?`, [TENANT]));
      const replace = kind === 'sqlite' ? 'INSERT OR REPLACE' : 'INSERT';
      await failureOf(
        connection.run(
          `${replace} INTO "Ledger" ("tenant", "origin", "size", "vkeys", "createdAt") VALUES (?, '', 0, '', 0)`,
          [TENANT],
        ),
      );
      expect(await head()).toEqual(before);
    });

    test.each([
      ['LedgerCheckpoint', ['tenant', 'size', 'at', 'edge', 'note'], [TENANT, 1, 1, '', 'note']],
      ['LedgerStatement', ['tenant', 'kind', 'number', 'at', 'note'], [TENANT, 'erased', 1, 1, 'note']],
    ] as const)('%s is written once', async (table, columns, values) => {
      const into = `INTO "${table}" (${quoted(columns)}) VALUES (${marks(columns.length)})`;
      await connection.run(`INSERT ${into}`, values);
      const before = await connection.all(`SELECT * FROM "${table}"`);
      for (const column of columns) {
        const value = typeof values[columns.indexOf(column as never)] === 'number' ? 2 : 'other';
        await refused(connection.run(`UPDATE "${table}" SET "${column}" = ?`, [value]));
      }
      await refused(connection.run(`DELETE FROM "${table}"`));
      const verbs = kind === 'sqlite' ? ['INSERT', 'INSERT OR REPLACE', 'REPLACE'] : ['INSERT'];
      for (const verb of verbs) {
        const error = await failureOf(connection.run(`${verb} ${into}`, values));
        expect([verb, failureKind(error)]).toEqual([verb, 'duplicate']);
      }
      expect(await connection.all(`SELECT * FROM "${table}"`)).toEqual(before);
    });
  });
});

describeOnBothDatabases('guards that were taken away', (fresh, kind) => {
  async function reopenedAfter(harm: (connection: Connection) => Promise<unknown>): Promise<string[]> {
    const database = await fresh();
    const first = await Store.open(database);
    expect(first.restoredGuards).toEqual([]);
    await first.store.close();
    const connection = openConnection(database);
    await makeLedger(connection, TENANT, 2);
    await harm(connection);
    await connection.close();

    const second = await Store.open(database);
    await second.store.close();
    const third = await Store.open(database);
    expect(third.restoredGuards).toEqual([]);
    const update = `UPDATE "AuditLog" SET "description" = 'other'`;
    await refused(third.store.transaction((tx) => tx.run(update)));
    await refused(third.store.transaction((tx) => tx.run(`DELETE FROM "AuditLog"`)));
    await third.store.close();
    return second.restoredGuards;
  }
  const table = kind === 'sqlite' ? '' : ' ON "AuditLog"';

  test('are put back at the next start, and named', async () => {
    const restored = await reopenedAfter(async (connection) => {
      await connection.run(`DROP TRIGGER "AuditLog_update_guard"${table}`);
      await connection.run(`DROP TRIGGER "AuditLog_delete_guard"${table}`);
    });
    expect(restored.sort()).toEqual(['AuditLog_delete_guard', 'AuditLog_update_guard']);
  });

  test('of an earlier version of the program are replaced, and that is no news', async () => {
    const database = await fresh();
    const first = await Store.open(database);
    await first.store.close();
    const connection = openConnection(database);
    await makeLedger(connection, TENANT, 2);
    if (kind === 'sqlite') await connection.run(`DROP TRIGGER "Ledger_update_guard"`);
    for (const earlier of EARLIER_GUARDS[kind]) await connection.run(earlier);
    await connection.run(`UPDATE "Ledger" SET "size" = 3, "anchorSize" = 1 WHERE "tenant" = ?`, [TENANT]);
    const second = await Store.open(database);
    await second.store.close();
    expect(second.restoredGuards).toEqual([]);
    await refused(connection.run(`UPDATE "Ledger" SET "anchorSize" = 2 WHERE "tenant" = ?`, [TENANT]));
    await refused(connection.run(`DELETE FROM "AuditLog" WHERE "seq" <= 2`));
    await connection.close();
  });

  if (kind === 'sqlite') {
    test('or replaced by others of the same name', async () => {
      const restored = await reopenedAfter(async (connection) => {
        await connection.run(`DROP TRIGGER "AuditLog_update_guard"`);
        await connection.run(
          `CREATE TRIGGER "AuditLog_update_guard" BEFORE UPDATE ON "AuditLog" WHEN 0 BEGIN SELECT 1; END`,
        );
      });
      expect(restored).toEqual(['AuditLog_update_guard']);
    });

    test('or passed by a gate that was left open with references switched off', async () => {
      const restored = await reopenedAfter(async (connection) => {
        await connection.run('PRAGMA foreign_keys = OFF');
        await openGate(connection, 'erasure');
      });
      expect(restored).toEqual(['AuditGate']);
    });
  } else {
    test('or switched off', async () => {
      const restored = await reopenedAfter((connection) =>
        connection.run(`ALTER TABLE "AuditLog" DISABLE TRIGGER "AuditLog_update_guard"`),
      );
      expect(restored).toEqual(['AuditLog_update_guard']);
    });

    test('or given a condition that never holds', async () => {
      const restored = await reopenedAfter((connection) =>
        connection.run(`CREATE OR REPLACE TRIGGER "AuditLog_delete_guard" BEFORE DELETE ON "AuditLog"
          FOR EACH ROW WHEN (false) EXECUTE FUNCTION "reeve_delete_guard"()`),
      );
      expect(restored).toEqual(['AuditLog_delete_guard']);
    });

    test('or hollowed out, or set to look elsewhere', async () => {
      const restored = await reopenedAfter(async (connection) => {
        await connection.run(
          `CREATE OR REPLACE FUNCTION "reeve_update_guard"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
        );
        await connection.run(`ALTER FUNCTION "reeve_delete_guard"() SET search_path = 'elsewhere'`);
      });
      expect(restored.sort()).toEqual(['reeve_delete_guard', 'reeve_update_guard']);
    });

    test('or passed by a gate that was left open with references switched off', async () => {
      const restored = await reopenedAfter((connection) =>
        connection.transaction(async (tx) => {
          await tx.run('SET LOCAL session_replication_role = replica');
          await openGate(tx, 'erasure');
        }),
      );
      expect(restored).toEqual(['AuditGate']);
    });
  }
});
