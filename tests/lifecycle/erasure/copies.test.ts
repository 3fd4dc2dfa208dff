import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../../src/config/database.js';
import { openConnection } from '../../../src/store/connection.js';
import { freshSqlite } from '../../support/databases.js';
import { failureOf } from '../../support/failureOf.js';
import { dataDirFor } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import {
  ANA,
  BOB,
  BOBS_LID,
  type ErasurePlace,
  fillWithBob,
  openErasure,
  tracesInFiles,
  tracesInTables,
} from './place.js';

let database: Database;
beforeEach(async () => {
  database = await freshSqlite();
});

const spool = () => join(dataDirFor(database), 'spool');

describe('the mirror', () => {
  const ofMirror = ({ facts }: Awaited<ReturnType<ErasurePlace['erasure']['erase']>>) =>
    facts.notReached.filter(({ why }) => why.includes('AUDIT_NDJSON_DIR'));

  test('that is not configured any more is named, and reached once it is again', async () => {
    const mirrorDir = join(tempFolder(), 'mirror');
    const before = await openErasure(database, { mirrorDir });
    await fillWithBob(before);
    await before.record.close();
    const traces = tracesInFiles(mirrorDir);
    expect(traces).not.toEqual([]);

    const without = await openErasure(database);
    expect(ofMirror(await without.erasure.erase(BOB))).toEqual([
      { what: 'the NDJSON mirror', why: expect.stringMatching(/one was written.*and erase once more$/) },
    ]);
    expect(await failureOf(without.erasure.erase(BOB))).toMatchObject({ code: 'NOTHING_KEPT' });
    await without.record.close();
    expect(tracesInFiles(mirrorDir)).toEqual(traces);

    const again = await openErasure(database, { mirrorDir });
    // His name stands there alone, and is nowhere else any more.
    expect(ofMirror(await again.erasure.erase(BOB))).toEqual([]);
    await again.erasure.erase(BOBS_LID);
    expect(tracesInFiles(mirrorDir)).toEqual([]);
    expect(await failureOf(again.erasure.erase(BOB))).toMatchObject({ code: 'NOTHING_KEPT' });
  });

  test('of which nothing tells whether there ever was one is named as well', async () => {
    const place = await openErasure(database);
    await fillWithBob(place);
    expect(ofMirror(await place.erasure.erase(BOB))).toEqual([
      { what: 'an NDJSON mirror, if there was one', why: expect.stringContaining('none is configured now') },
    ]);
  });
});

describe('events that wait for the database', () => {
  test('refuse an erasure while they are this process’s own, and nothing is lost of either', async () => {
    const place = await openErasure(database, { blockMaxMs: 300 });
    await fillWithBob(place);
    const sql = openConnection(database);
    await sql.run('ALTER TABLE "AuditLog" RENAME TO "Elsewhere"');
    const fate = await place.record.write('CONFIG_CHANGE', { actor: { phone: BOB }, entityId: 'waits' });
    expect(fate.status).toBe('spooled');
    expect(await failureOf(place.erasure.erase(BOB))).toMatchObject({ code: 'SPOOL_WAITS' });
    expect(await place.record.store.read.all(`SELECT * FROM "PendingErasure"`)).toEqual([]);
    await sql.run('ALTER TABLE "Elsewhere" RENAME TO "AuditLog"');
    await sql.close();
    const { facts } = await place.erasure.erase(BOB);
    expect(facts.entries.count).toBe(8);
    await place.record.close();
    expect(tracesInFiles(spool())).toEqual([]);
  });

  test('of another process are named, by how many of its files hold something', async () => {
    const place = await openErasure(database);
    await fillWithBob(place);
    mkdirSync(spool(), { recursive: true });
    const write = (name: string, text: string) =>
      writeFileSync(join(spool(), name), `${JSON.stringify({ id: name, row: [text] })}\n`);
    write(`acme~${process.ppid}-1~aa.ndjson`, BOB);
    write(`acme~${process.ppid}-1~bb.ndjson`, ANA);
    write(`other~${process.ppid}-1~cc.ndjson`, BOB);
    const { facts, text } = await place.erasure.erase(BOB);
    expect(facts.notReached.filter(({ what }) => what === 'events that wait for the database')).toEqual([
      {
        what: 'events that wait for the database',
        why: 'another process holds them; let it write them, and erase once more',
      },
    ]);
    expect(text).toContain('- events that wait for the database: another process holds them');
    expect(await tracesInTables(place.record)).toEqual([]);
  });
});
