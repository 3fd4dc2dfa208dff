import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { AuditIndex } from '../../../src/audit/index/auditIndex.js';
import { readCombinations, readSums } from '../../../src/audit/index/indexQueries.js';
import { HOUR_MS } from '../../../src/audit/index/rollup.js';
import { phraseGroup } from '../../../src/audit/index/tokens.js';
import { describeOnBothDatabases, freshSqlite } from '../../support/databases.js';
import { type SampleEvent, SampleLedger, TENANT } from '../reading/sampleLedger.js';

/** One event an hour, each with a word of its own. */
function hourly(count: number, from = 1): SampleEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    at: (from + i) * HOUR_MS,
    actor: { actorPhone: '+12025550100' },
    rest: { description: `word${from + i}` },
  }));
}

async function total(index: AuditIndex): Promise<number | undefined> {
  const combinations = await index.look((tx) => readCombinations(tx, TENANT));
  return combinations?.reduce((sum, { count }) => sum + count, 0);
}

async function found(index: AuditIndex, word: string): Promise<number[] | null> {
  const generation = (await index.look(async (_, state) => state.generation))!;
  const sought = [phraseGroup(word)!];
  return index.search(generation, { sought, from: 1, to: 1_000_000, limit: 10, order: 'asc' });
}

describeOnBothDatabases(
  'an index',
  (fresh, kind) => {
    let ledger: SampleLedger;

    beforeEach(async () => {
      ledger = await SampleLedger.open(await fresh());
      await ledger.append(hourly(40));
    });
    afterEach(async () => {
      expect(ledger.troubles).toEqual([]);
      await ledger.close();
    });

    test('takes in what is new, and nothing twice', async () => {
      const index = ledger.index();
      expect(await index.catchUp({ until: 15 })).toBe(15);
      expect(await index.status()).toEqual({ seq: 15, size: 40 });
      expect(await index.catchUp()).toBe(40);
      await ledger.append(hourly(3, 41));
      const seen: number[] = [];
      await index.catchUp({ onProgress: ({ seq }) => seen.push(seq) });
      expect(seen).toEqual([43]);
      expect(await total(index)).toBe(43);
      expect(await found(index, 'word42')).toEqual([42]);
    });

    test('keeps its count when two processes let it grow at once', async () => {
      const indexes = [ledger.index(), ledger.index(), ledger.index()];
      for (let goal = 5; goal <= 40; goal += 5) {
        await Promise.all(indexes.map((index) => index.catchUp({ until: goal })));
      }
      expect(await total(indexes[0]!)).toBe(40);
      expect(await total(indexes[2]!)).toBe(40);
    });

    test('begins anew for a ledger that is not the one it knows', async () => {
      const index = ledger.index();
      await index.catchUp();
      const before = await index.look(async (_, state) => state.generation);
      // A restored database that went another way since: as long, and with other leaves.
      await overwriteLeaf(ledger, 40);
      expect(await total(index)).toBe(40);
      expect(await index.look(async (_, state) => state.generation)).not.toBe(before);
    });

    test('begins anew after an erasure that was stated', async () => {
      const index = ledger.index();
      await index.catchUp();
      await ledger.erase('actor', [7]);
      await ledger.store.transaction((tx) =>
        tx.run(
          `INSERT INTO "LedgerStatement" ("tenant", "kind", "number", "at", "note") VALUES (?, 'erased', 41, 0, '')`,
          [TENANT],
        ),
      );
      const hours = { from: undefined, to: undefined };
      const actors = await index.look((tx) => readSums(tx, TENANT, 'actors', ['actor'], hours));
      expect(actors!.map(({ actor, count }) => [actor, count]).sort()).toEqual([
        ['', 1],
        ['p+12025550100', 39],
      ]);
    });

    test('lets go of what retention has deleted, words and all', async () => {
      const index = ledger.index();
      await index.catchUp();
      await ledger.prune(25);
      expect(await total(index)).toBe(15);
      await index.catchUp();
      expect(await found(index, 'word25')).toEqual([]);
      expect(await found(index, 'word26')).toEqual([26]);
      for (const span of [1, 24, 0]) expect([span, await sumOf(index, 'acts', span)]).toEqual([span, 15]);
      for (const span of [1, 24, 0]) expect([span, await sumOf(index, 'actors', span)]).toEqual([span, 15]);
    });

    test('begins after the anchor when retention has gone past it', async () => {
      const index = ledger.index();
      await index.catchUp({ until: 10 });
      await ledger.prune(25);
      expect(await index.catchUp()).toBe(40);
      expect(await total(index)).toBe(15);
    });

    test('is made anew when it is deleted or of another format', async () => {
      const index = ledger.index();
      await index.catchUp();
      await destroy(ledger);
      expect(await total(index)).toBe(40);
      await makeOld(ledger);
      const another = ledger.index();
      expect(await total(another)).toBe(40);
      expect(await found(another, 'word7')).toEqual([7]);
    });

    test('knows nothing of a ledger that is not there', async () => {
      const index = ledger.index({ tenant: 'nobody' });
      expect(await index.catchUp()).toBe(0);
      expect(await index.status()).toBeNull();
      expect(await index.look(async () => 1)).toBeNull();
    });

    test('is let grow by a thread of its own when there is much', async () => {
      await ledger.append(hourly(600, 41));
      const index = ledger.index();
      const seen: number[] = [];
      expect(await index.catchUp({ isBackground: true, onProgress: ({ seq }) => seen.push(seq) })).toBe(640);
      expect(seen.at(-1)).toBe(640);
      expect(await total(index)).toBe(640);
    });

    test('that grows can be stopped between two steps', async () => {
      const index = ledger.index();
      const stop = new AbortController();
      stop.abort();
      await index.catchUp({ signal: stop.signal });
      expect((await index.status())?.seq).toBe(0);
    });

    test('grows together with another tenant', async () => {
      await ledger.addTenant('other');
      await ledger.append(hourly(5), 'other');
      const index = ledger.index();
      const other = ledger.index({ tenant: 'other' });
      await Promise.all([index.catchUp(), other.catchUp()]);
      await other.rebuild();
      expect(await total(index)).toBe(40);
      expect(await other.status()).toEqual({ seq: 5, size: 5 });
    });

    async function sumOf(index: AuditIndex, table: string, span: number): Promise<number> {
      const name = kind === 'sqlite' ? `"${table}"` : `"reeve_index"."${table}"`;
      const row = await index.look((tx) =>
        tx.get<{ sum: number }>(
          `SELECT CAST(SUM("count") AS BIGINT) AS "sum" FROM ${name} WHERE "span" = ?`,
          [span],
        ),
      );
      return row!.sum;
    }
  },
  { migrated: true },
);

async function overwriteLeaf(ledger: SampleLedger, seq: number): Promise<void> {
  await ledger.store.transaction(async (tx) => {
    const table = `"AuditLog"`;
    if (tx.dialect === 'sqlite') {
      const guard = (await tx.get<{ sql: string }>(
        `SELECT sql FROM sqlite_master WHERE name = 'AuditLog_update_guard'`,
      ))!;
      await tx.run(`DROP TRIGGER "AuditLog_update_guard"`);
      await tx.run(`UPDATE ${table} SET "leaf" = x'00' WHERE "seq" = ?`, [seq]);
      await tx.run(guard.sql);
    } else {
      await tx.run(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await tx.run(`UPDATE ${table} SET "leaf" = '\\x00' WHERE "seq" = ?`, [seq]);
      await tx.run(`ALTER TABLE ${table} ENABLE TRIGGER USER`);
    }
  });
}

const fileOf = (ledger: SampleLedger): string => join(ledger.dataDir, `index-${TENANT}.db`);

async function destroy(ledger: SampleLedger): Promise<void> {
  if (ledger.database.kind === 'sqlite') {
    for (const suffix of ['', '-wal', '-shm']) rmSync(fileOf(ledger) + suffix, { force: true });
  } else await command(ledger.database.url, 'DROP SCHEMA reeve_index CASCADE');
}

async function makeOld(ledger: SampleLedger): Promise<void> {
  if (ledger.database.kind === 'sqlite') {
    const { openSqlite } = await import('../../../src/store/sqlite.js');
    const db = openSqlite(fileOf(ledger));
    db.pragma('user_version = 0');
    db.close();
  } else await command(ledger.database.url, 'UPDATE reeve_index.format SET "format" = 0');
}

async function command(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

describe('an index in a file', () => {
  test('that is damaged is made anew', async () => {
    const ledger = await SampleLedger.open(await freshSqlite());
    await ledger.append(hourly(12));
    const index = ledger.index();
    await index.catchUp();
    await index.close();
    const bytes = readFileSync(fileOf(ledger));
    writeFileSync(fileOf(ledger), bytes.fill(7, 100, bytes.length));
    expect(await total(ledger.index())).toBe(12);
    expect(ledger.troubles).toEqual([]);
    await ledger.close();
  });

  test('is no reason to fail where there can be none', async () => {
    const ledger = await SampleLedger.open(await freshSqlite());
    await ledger.append(hourly(12));
    const index = ledger.index({ dataDir: join(ledger.dataDir, 'reeve.db') });
    expect(await index.look(async () => 1)).toBeNull();
    expect(ledger.troubles).toHaveLength(1);
    await ledger.close();
  });
});
