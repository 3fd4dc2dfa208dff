import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AT, AUDIT_COLUMNS, AUDIT_TABLE, type AuditRow, rowToEntry } from '../../../src/audit/table.js';
import { inspectPiece, type Piece, piecesOf } from '../../../src/audit/verify/pieces.js';
import { scanSealed } from '../../../src/audit/verify/sealedRows.js';
import type { Entry } from '../../../src/ledger/entry.js';
import { quoted, type SqlValue } from '../../../src/store/sql.js';
import { openSqlite, SqliteConnection } from '../../../src/store/sqlite.js';
import { tempFolder } from '../../support/tempFolder.js';

/** A table that somebody has rebuilt without its keys, its types and its guards: it takes anything. */
describe('rows on their way to verification', () => {
  const TENANT = 'default';
  const WHOLE: Piece = { after: 0, to: Number.MAX_SAFE_INTEGER };
  let sql: SqliteConnection;

  beforeEach(async () => {
    sql = new SqliteConnection(openSqlite(join(tempFolder(), 'reeve.db')));
    await sql.run(`CREATE TABLE "AuditLog" (${quoted(AUDIT_COLUMNS)})`);
    await sql.run(`CREATE INDEX "numbers" ON "AuditLog" ("tenant", "seq")`);
  });
  afterEach(() => sql.close());

  const bytes = (fill: number, length = 32): Buffer => Buffer.alloc(length, fill);

  function row(seq: SqlValue, changes: Partial<Record<keyof typeof AT, SqlValue>> = {}): AuditRow {
    const values: Record<string, SqlValue> = {
      tenant: TENANT,
      seq,
      actorName: 'Ada',
      description: `entry ${seq}`,
      actorSalt: bytes(1),
      restSalt: bytes(2),
      leaf: bytes(3),
      ...changes,
    };
    return AUDIT_COLUMNS.map((name) => values[name] ?? null);
  }

  const put = (rows: AuditRow[]): Promise<void> => sql.transaction((tx) => tx.insertMany(AUDIT_TABLE, rows));

  const upTo = (last: number): AuditRow[] => Array.from({ length: last }, (_, i) => row(i + 1));

  async function pieces(whole = WHOLE): Promise<Piece[]> {
    const found: Piece[] = [];
    for await (const piece of piecesOf(sql, TENANT, whole)) found.push(piece);
    return found;
  }

  async function numbers(whole = WHOLE): Promise<unknown[]> {
    const seen: unknown[] = [];
    for (const piece of await pieces(whole)) {
      await scanSealed(sql, TENANT, piece, (entry) => seen.push(entry.public.seq));
    }
    return seen;
  }

  test('no row hides between two pieces, whatever its number is', async () => {
    await put(upTo(8200));
    await put([row(4096.5), row(8192.25), row(4096), row(8192)]);
    const seen = await numbers();
    expect(seen).toHaveLength(8204);
    expect(seen.filter((seq) => [4096, 4096.5, 8192, 8192.25].includes(seq as number))).toEqual([
      4096, 4096, 4096.5, 8192, 8192, 8192.25,
    ]);
  });

  test('a number far away is reached in one step', async () => {
    await put([...upTo(5), row(Number.MAX_SAFE_INTEGER)]);
    expect(await pieces()).toEqual([WHOLE]);
    expect(await numbers()).toEqual([1, 2, 3, 4, 5, Number.MAX_SAFE_INTEGER]);
  });

  test('a number that is there thousands of times is read as often', async () => {
    await put([...upTo(3), ...Array.from({ length: 9000 }, () => row(4)), row(5)]);
    const seen = await numbers();
    expect(seen).toHaveLength(9004);
    expect(seen.filter((seq) => seq === 4)).toHaveLength(9000);
  });

  test('a piece begins after its first number and ends with its last one', async () => {
    await put(upTo(300));
    expect(await numbers({ after: 100, to: 250 })).toEqual(Array.from({ length: 150 }, (_, i) => i + 101));
  });

  test('an empty ledger is one empty piece', async () => {
    const [piece, ...others] = await pieces({ after: 0, to: 0 });
    expect(others).toEqual([]);
    expect(await inspectPiece(sql, TENANT, piece!)).toMatchObject({ count: 0, runs: [] });
  });

  describe('salts and leaves', () => {
    /** The entry as it comes out, copied, and as the plain way to read it gives it. */
    async function bothWays(): Promise<{ sealed: Entry; plain: Entry }> {
      const found: Entry[] = [];
      await scanSealed(sql, TENANT, WHOLE, (entry) => found.push(structuredClone(entry)));
      const [plain] = await sql.rows(`SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog"`);
      return { sealed: found[0]!, plain: structuredClone(rowToEntry(plain!)) };
    }

    test.each([
      ['all of them', {}],
      ['an erased actor', { actorSalt: null, actorName: null, erasedAt: 5 }],
      ['an erased rest', { restSalt: null, description: null, erasedAt: 5 }],
      ['no leaf', { leaf: null }],
      ['no bytes', { actorSalt: bytes(0, 0), restSalt: bytes(0, 0), leaf: bytes(0, 0) }],
      ['a byte that moved from one to the next', { actorSalt: bytes(1, 33), restSalt: bytes(2, 31) }],
      [
        'lengths that make up the usual length of the text',
        { actorSalt: bytes(1, 30), restSalt: bytes(2, 33) },
      ],
      ['a leaf that is too long', { leaf: bytes(3, 64) }],
    ])('come out byte for byte: %s', async (_, changes) => {
      await put([row(1, changes)]);
      const { sealed, plain } = await bothWays();
      expect(sealed).toEqual(plain);
    });

    test.each(['actorSalt', 'restSalt', 'leaf'] as const)('%s of another type is no bytes', async (name) => {
      for (const value of ['x'.repeat(32), '0'.repeat(64), '', 7, 1.5]) {
        await sql.run(`DELETE FROM "AuditLog"`);
        await put([row(1, { [name]: value })]);
        const { sealed } = await bothWays();
        const found = sealed[name];
        expect(found).not.toBeNull();
        expect(found).not.toBeInstanceOf(Uint8Array);
        expect((await inspectPiece(sql, TENANT, WHOLE)).altered).toHaveLength(1);
      }
    });
  });
});
