import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AUDIT_COLUMNS, AUDIT_TABLE, type AuditColumn } from '../../src/audit/table.js';
import { ACTOR_FIELDS, REST_FIELDS } from '../../src/ledger/entry.js';
import { erasedText, prunedText } from '../../src/ledger/statement.js';
import { quoted, type SqlValue } from '../../src/store/sql.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { Attacker, type Columns, ORIGIN, strangeKey, TENANT } from './attacker.js';
import { Copies } from './copies.js';
import { PATIENCE_MS } from './form.js';
import { newPlace, type Place } from './place.js';
import { Recording } from './recording.js';
import { reeve } from './reeve.js';
import { verdictOn } from './verdicts.js';

/**
 * Somebody who may do anything to the database, guards included, changes one thing; verification must name the
 * right verdict and the first bad number. The ledger has 60 entries and checkpoints of sizes 0, 20, 40 and 60.
 */
const SIZE = 60;
/** An entry with a value in every column, and one with as few as can be. */
const FULL = 30;
const SPARSE = 31;

describeOnBothDatabases('one change', (fresh, kind) => {
  let copies: Copies;
  let copy: Place;
  let attacker: Attacker;

  beforeAll(async () => {
    const original = await newPlace(fresh);
    for (const first of [1, 21, 41]) await recordTwenty(original, first);
    await recordOthers(original);
    expect(await verdictOn(original)).toMatchObject({
      verdict: 'intact',
      status: 0,
      to: SIZE,
      covered: SIZE,
    });
    copies = new Copies(original);
  }, PATIENCE_MS);
  afterAll(() => copies?.dispose());

  /** Opens a copy to whoever is about to ruin it. */
  const ruined = async (next = copies.next()): Promise<Attacker> => {
    copy = await next;
    attacker = new Attacker(copy);
    await attacker.dropGuards();
    return attacker;
  };
  const verdict = (...args: string[]) => verdictOn(copy, ...args);
  afterEach(() => attacker?.sql.close());

  const altered = (seq: number, ...others: number[]) => ({
    verdict: 'altered',
    status: 1,
    altered: [seq, ...others].map((one) => expect.objectContaining({ seq: one })),
    notes: expect.arrayContaining([expect.stringContaining(`The first altered entry is ${seq};`)]),
  });
  const forked = (from: number, to: number) => ({
    verdict: 'forked',
    status: 1,
    altered: [],
    gaps: [],
    notes: expect.arrayContaining([expect.stringContaining(`between entries ${from} and ${to}.`)]),
  });
  const missing = (from: number, to: number) => ({
    verdict: 'missing',
    status: 1,
    altered: [],
    gaps: [{ from, to, count: to - from + 1 }],
    notes: expect.arrayContaining([expect.stringContaining(`The first missing number is ${from};`)]),
  });
  const truncated = (signed: number, to: number) => ({
    verdict: 'truncated',
    status: 1,
    to,
    notes: expect.arrayContaining([
      `A checkpoint of size ${signed} is validly signed, but entry ${to + 1} and those after it are not here.`,
    ]),
  });

  describe('to a column', () => {
    const concerned = AUDIT_COLUMNS.filter((column) => !['tenant', 'seq', 'erasedAt'].includes(column));
    const isPrivate = (column: string) => ([...ACTOR_FIELDS, ...REST_FIELDS] as string[]).includes(column);
    const isText = (column: AuditColumn) => AUDIT_TABLE.types[column] === undefined;
    const canBeNull = (column: AuditColumn) =>
      isPrivate(column) || ['entityType', 'actorSalt', 'restSalt'].includes(column);

    test.each(concerned)('%s: another value', async (column) => {
      const { set, value } = await withValue(FULL, column);
      await set(another(column, value));
      expect(await verdict()).toMatchObject(altered(FULL));
    });

    test.each(concerned.filter(canBeNull))('%s: null for a value', async (column) => {
      const { set, value } = await withValue(FULL, column);
      expect(value).not.toBeNull();
      await set(null);
      expect(await verdict()).toMatchObject(altered(FULL));
    });

    test.each(concerned.filter(isPrivate))('%s: a value for null', async (column) => {
      // Only the actor of the sparse one is named, as SYSTEM.
      const { set, value } = await withValue(SPARSE, column);
      await set(value === null ? (isText(column) ? 'x' : 1) : null);
      expect(await verdict()).toMatchObject(altered(SPARSE));
    });

    test.each(concerned.filter((column) => isPrivate(column) && isText(column)))(
      '%s: an empty text for null, which looks the same',
      async (column) => {
        const { set, value } = await withValue(SPARSE, column);
        await set(value === null ? '' : null);
        expect(await verdict()).toMatchObject(altered(SPARSE));
      },
    );

    test('tenant: the entry goes to a ledger that does not exist', async () => {
      await (await ruined()).set(FULL, { tenant: 'nobody' });
      expect(await verdict()).toMatchObject(missing(FULL, FULL));
    });

    test.each([
      ['beyond the last', SIZE + 1],
      ['far beyond the last', SIZE + 1000],
    ])('seq: a number %s', async (_, seq) => {
      await (await ruined()).set(FULL, { seq });
      expect(await verdict()).toMatchObject({
        verdict: 'altered',
        altered: [{ seq }],
        gaps: expect.arrayContaining([{ from: FULL, to: FULL, count: 1 }]),
      });
    });

    test.each([0, -1])('seq: %i, which no entry can have', async (seq) => {
      await (await ruined()).set(FULL, { seq });
      expect(await verdict()).toMatchObject({
        isValid: false,
        status: 1,
        gaps: [{ from: FULL, to: FULL, count: 1 }],
      });
    });

    test('erasedAt is advisory: nothing follows from it', async () => {
      await (await ruined()).set(FULL, { erasedAt: 1 });
      expect(await verdict()).toMatchObject({ verdict: 'intact', status: 0, erased: 0 });
    });

    test('the same text in another Unicode form, and the same JSON with its members in another order', async () => {
      const { set } = await withValue(FULL, 'description');
      await set('Cafe\u0301');
      expect(await attacker.column(FULL, 'metadata')).toBe('{"a":1,"b":2}');
      await attacker.set(SPARSE - 2, { metadata: '{"b":2,"a":1}' });
      expect(await verdict()).toMatchObject(altered(SPARSE - 2, FULL));
    });

    if (kind === 'sqlite') {
      test.each(['description', 'actorPhone', 'action', 'id'] as const)(
        '%s: the same bytes, but as a blob',
        async (column) => {
          await ruined();
          await attacker.sql.run(
            `UPDATE "AuditLog" SET "${column}" = CAST("${column}" AS BLOB) WHERE "tenant" = ? AND "seq" = ?`,
            [TENANT, FULL],
          );
          expect(await verdict()).toMatchObject(altered(FULL));
        },
      );
    }

    async function withValue(seq: number, column: AuditColumn) {
      await ruined();
      const value = await attacker.column(seq, column);
      return { value, set: (next: SqlValue) => attacker.set(seq, { [column]: next } as Columns) };
    }
  });

  describe('to a row, with everything in it made to fit again', () => {
    test.each(['at', 'action', 'entityType', 'outcome', 'id'] as const)(
      'the public %s and the leaf',
      async (column) => {
        await ruined();
        const row = await attacker.row(FULL);
        const value = another(column, await attacker.column(FULL, column));
        await attacker.replace(FULL, attacker.sealed(attacker.changed(row, { [column]: value })));
        expect(await verdict()).toMatchObject(forked(21, 40));
      },
    );

    test('a private text, its salt, its commitment and the leaf', async () => {
      await ruined();
      const row = attacker.changed(await attacker.row(FULL), { after: '{"role":"USER"}' });
      await attacker.replace(FULL, attacker.sealed(row));
      expect(await verdict()).toMatchObject(forked(21, 40));
    });

    test('and the checkpoints of the database signed anew with another key', async () => {
      await ruined();
      await attacker.replace(FULL, attacker.sealed(await attacker.row(FULL)));
      const { privateKey } = strangeKey();
      for (const size of [40, 60]) await attacker.addCheckpoint(size, privateKey);
      // checkpoints.txt still tells.
      expect(await verdict()).toMatchObject(forked(21, 40));
    });

    test('the whole row swapped for an honest one of a later place', async () => {
      await ruined();
      const [one, other] = [await attacker.row(FULL), await attacker.row(FULL + 2)];
      await attacker.delete(FULL);
      await attacker.delete(FULL + 2);
      await attacker.insert(attacker.sealed(attacker.changed(one, { seq: FULL + 2 })));
      await attacker.insert(attacker.sealed(attacker.changed(other, { seq: FULL })));
      expect(await verdict()).toMatchObject(forked(21, 40));
    });
  });

  describe('to which rows there are', () => {
    test('the first is deleted', async () => {
      await (await ruined()).delete(1);
      expect(await verdict()).toMatchObject(missing(1, 1));
    });

    test('one in the middle is deleted', async () => {
      await (await ruined()).delete(FULL);
      expect(await verdict()).toMatchObject(missing(FULL, FULL));
    });

    test('the last is deleted', async () => {
      await (await ruined()).delete(SIZE);
      expect(await verdict()).toMatchObject(truncated(SIZE, SIZE - 1));
    });

    test('all are deleted', async () => {
      await (await ruined()).delete(1, SIZE);
      expect(await verdict()).toMatchObject(truncated(SIZE, 0));
    });

    test('the tail is cut, and the head of the ledger and its checkpoints with it', async () => {
      await (await ruined()).delete(51, SIZE);
      await attacker.sql.run(`UPDATE "Ledger" SET "size" = 50 WHERE "tenant" = ?`, [TENANT]);
      await attacker.deleteCheckpointsAbove(50);
      expect(await verdict()).toMatchObject(truncated(SIZE, 50));
    });

    test('two swap their contents', async () => {
      await ruined();
      const [one, other] = [await attacker.row(12), await attacker.row(FULL)];
      await attacker.delete(12);
      await attacker.delete(FULL);
      await attacker.insert(attacker.changed(one, { seq: FULL }));
      await attacker.insert(attacker.changed(other, { seq: 12 }));
      expect(await verdict()).toMatchObject(altered(12, FULL));
    });

    test('two swap their numbers', async () => {
      await (await ruined()).set(12, { seq: 999 });
      await attacker.set(FULL, { seq: 12 });
      await attacker.set(999, { seq: FULL });
      expect(await verdict()).toMatchObject(altered(12, FULL));
    });

    test('one is repeated under the next number', async () => {
      await ruined();
      const row = attacker.changed(await attacker.row(FULL), { seq: SIZE + 1, id: randomUUID() });
      await attacker.insert(row);
      expect(await verdict()).toMatchObject(altered(SIZE + 1));
    });

    test('one is repeated under its own number', async () => {
      await ruined(copies.nextOfItsOwn());
      await dropUniqueness(attacker);
      await attacker.insert(await attacker.row(FULL));
      expect(await verdict()).toMatchObject(altered(FULL));
    });

    test('one is moved to another tenant: it lacks here, and is found there', async () => {
      await (await ruined()).set(FULL, { tenant: 'other' });
      expect(await verdict()).toMatchObject(missing(FULL, FULL));
      expect(await verdict('--tenant', 'other')).toMatchObject({
        verdict: 'altered',
        altered: [{ seq: FULL }],
        gaps: [{ from: 4, to: FULL - 1 }],
      });
    });

    test('one takes the next number of another tenant', async () => {
      await (await ruined()).set(FULL, { tenant: 'other', seq: 4 });
      expect(await verdict('--tenant', 'other')).toMatchObject(altered(4));
    });

    test('one that fits in itself is put in the place of a deleted one', async () => {
      await ruined();
      const row = await attacker.row(FULL);
      await attacker.replace(FULL, attacker.sealed(attacker.changed(row, { id: randomUUID() })));
      expect(await verdict()).toMatchObject(forked(21, 40));
    });

    test('one that fits in itself is put beyond the head: nobody has signed it, and that is said', async () => {
      await ruined();
      const row = attacker.changed(await attacker.row(FULL), { seq: SIZE + 1, id: randomUUID() });
      await attacker.insert(attacker.sealed(row));
      expect(await verdict()).toMatchObject({
        verdict: 'intact',
        covered: SIZE,
        to: SIZE + 1,
        notes: expect.arrayContaining([
          `Entries ${SIZE + 1} to ${SIZE + 1} are the tail: no checkpoint covers them yet.`,
        ]),
      });
    });

    test('one with a number that no entry can have is added: it is no part of the ledger, and nobody sees it', async () => {
      await ruined();
      const id = randomUUID();
      await attacker.insert(attacker.sealed(attacker.changed(await attacker.row(FULL), { seq: 0, id })));
      expect(await verdict()).toMatchObject({ verdict: 'intact', from: 1, to: SIZE, totalRecords: SIZE });
      for (const args of [
        ['query', '--limit', '100', '--json'],
        ['export', '--format', 'ndjson'],
      ]) {
        const { status, stdout } = await reeve(copy, args);
        expect([status, stdout.includes('"seq":1,'), stdout.includes(id)]).toEqual([0, true, false]);
      }
    });
  });

  describe('to what was signed', () => {
    test('the newer checkpoints go from the database only: the file tells of them', async () => {
      await (await ruined()).deleteCheckpointsAbove(20);
      await attacker.delete(41, SIZE);
      expect(await verdict()).toMatchObject(truncated(SIZE, 40));
    });

    test('they go from the database and the file: the rest is a tail, and is not called covered', async () => {
      await (await ruined()).deleteCheckpointsAbove(20);
      writeFileSync(attacker.file('checkpoints.txt'), attacker.notesUpTo(20).join(''));
      expect(await verdict()).toMatchObject({
        verdict: 'intact',
        covered: 20,
        to: SIZE,
        notes: expect.arrayContaining([`Entries 21 to ${SIZE} are the tail: no checkpoint covers them yet.`]),
      });
    });

    test('and the entries with them: only a witness can tell, and the signer goes on for nobody', async () => {
      await ruined();
      const witness = attacker.file('from-the-witness.txt');
      writeFileSync(witness, attacker.notesUpTo(SIZE).at(-1)!);
      await attacker.deleteCheckpointsAbove(20);
      await attacker.delete(21, SIZE);
      await attacker.sql.run(`UPDATE "Ledger" SET "size" = 20 WHERE "tenant" = ?`, [TENANT]);
      writeFileSync(attacker.file('checkpoints.txt'), attacker.notesUpTo(20).join(''));
      expect(await verdict()).toMatchObject({ verdict: 'intact', covered: 20, to: 20 });
      expect(await verdict('--checkpoint', witness)).toMatchObject(truncated(SIZE, 20));
      const next = await reeve(copy, ['record'], '{"action":"CONFIG_CHANGE"}\n');
      expect(next).toMatchObject({ status: 2, stdout: '' });
      expect(next.stderr).toContain(`holds 20 entries, but ${SIZE} were signed`);
    });

    test('all of it goes: nothing vouches for anything', async () => {
      await (await ruined()).deleteCheckpointsAbove(-1);
      rmSync(attacker.file('checkpoints.txt'));
      expect(await verdict()).toMatchObject({ verdict: 'unverifiable', status: 1, covered: 0 });
    });

    test('one text of a checkpoint is changed: it counts as absent, and is listed', async () => {
      await ruined();
      const text = readFileSync(attacker.file('checkpoints.txt'), 'utf8');
      writeFileSync(attacker.file('checkpoints.txt'), text.replaceAll(`${ORIGIN}\n40\n`, `${ORIGIN}\n41\n`));
      expect(await verdict()).toMatchObject({
        verdict: 'intact',
        checkpoints: { verified: 4, absent: 1 },
        notes: expect.arrayContaining([expect.stringContaining('a checkpoint of size 41')]),
      });
    });

    test('an old checkpoint is given the number of a newer one', async () => {
      await (await ruined()).sql.run(
        `UPDATE "LedgerCheckpoint" SET "note" = (SELECT "note" FROM "LedgerCheckpoint" WHERE "tenant" = ? AND "size" = 20)
          WHERE "tenant" = ? AND "size" = 60`,
        [TENANT, TENANT],
      );
      expect(await verdict()).toMatchObject({ verdict: 'intact', covered: SIZE });
    });

    test('the keys of the data directory are replaced: nothing that was signed counts any more', async () => {
      await ruined();
      writeFileSync(attacker.file('keys.txt'), `${strangeKey().vkey}\n`);
      expect(await verdict()).toMatchObject({
        verdict: 'unverifiable',
        status: 1,
        checkpoints: { verified: 0, absent: 4 },
      });
    });

    test('the key of the database is replaced: who verifies does not ask it, who writes is refused', async () => {
      await (await ruined()).sql.run(`UPDATE "Ledger" SET "vkeys" = ? WHERE "tenant" = ?`, [
        strangeKey().vkey,
        TENANT,
      ]);
      expect(await verdict()).toMatchObject({ verdict: 'intact', status: 0 });
      const next = await reeve(copy, ['record', '--json'], '{"action":"CONFIG_CHANGE"}\n');
      expect(next).toMatchObject({ status: 2, stdout: '' });
      expect(JSON.parse(next.stderr)).toMatchObject({ error: { code: 'KEY_NOT_THE_LEDGERS' } });
    });

    test('keys, checkpoints and a row are all forged to fit: only a key from outside can tell', async () => {
      await ruined();
      const trueKey = readFileSync(attacker.file('keys.txt'), 'utf8')
        .split('\n')
        .find((line) => line.startsWith(`${ORIGIN}+`))!;
      await attacker.replace(FULL, attacker.sealed(await attacker.row(FULL)));
      const { privateKey, vkey } = strangeKey();
      const notes = [];
      for (const size of [0, 20, 40, 60]) notes.push(await attacker.addCheckpoint(size, privateKey));
      writeFileSync(attacker.file('checkpoints.txt'), notes.join(''));
      writeFileSync(attacker.file('keys.txt'), `${vkey}\n`);
      await attacker.sql.run(`UPDATE "Ledger" SET "vkeys" = ? WHERE "tenant" = ?`, [vkey, TENANT]);
      expect(await verdict()).toMatchObject({ verdict: 'intact' });
      expect(await verdict('--vkey', trueKey)).toMatchObject({
        verdict: 'unverifiable',
        status: 1,
        checkpoints: { verified: 0, absent: 4 },
      });
    });
  });

  describe('to what retention and erasure may take away', () => {
    const EMPTY_ACTOR: Columns = Object.fromEntries(
      [...ACTOR_FIELDS, 'actorSalt'].map((field) => [field, null]),
    );
    const EMPTY_REST: Columns = Object.fromEntries(
      [...REST_FIELDS, 'restSalt'].map((field) => [field, null]),
    );
    const erased = (seq: number) => erasedText({ origin: ORIGIN, seq, actor: [[FULL, FULL]], rest: [] });

    test.each([
      ['actor', EMPTY_ACTOR],
      ['rest', EMPTY_REST],
    ])('a part is emptied without a statement: %s', async (_, columns) => {
      await (await ruined()).set(FULL, { ...columns, erasedAt: 1 });
      expect(await verdict()).toMatchObject(altered(FULL));
    });

    test('emptied, with a statement by another key', async () => {
      await (await ruined()).set(FULL, { ...EMPTY_ACTOR, erasedAt: 1 });
      await attacker.addStatement('erased', 50, erased(50), strangeKey().privateKey);
      expect(await verdict()).toMatchObject(altered(FULL));
    });

    test.each([
      ['an entry that erased nothing', 50],
      ['an entry that is still to come', SIZE + 1],
    ])('emptied, with a statement by the right key that speaks of %s', async (_, seq) => {
      await (await ruined()).set(FULL, { ...EMPTY_ACTOR, erasedAt: 1 });
      await attacker.addStatement('erased', seq, erased(seq), attacker.ownKey());
      expect(await verdict()).toMatchObject(altered(FULL));
    });

    test('the anchor is moved without a statement: what it stands for is missing', async () => {
      await prune(10);
      expect(await verdict()).toMatchObject(missing(1, 10));
    });

    test('the anchor with a statement by another key', async () => {
      const root = await prune(10);
      const text = prunedText({ origin: ORIGIN, to: 10, root });
      await attacker.addStatement('pruned', 10, text, strangeKey().privateKey);
      expect(await verdict()).toMatchObject(missing(1, 10));
    });

    test('the anchor with a statement for another number', async () => {
      const root = await prune(10);
      const text = prunedText({ origin: ORIGIN, to: 9, root });
      await attacker.addStatement('pruned', 10, text, attacker.ownKey());
      expect(await verdict()).toMatchObject(missing(1, 10));
    });

    test('the anchor with the right statement: the rest is intact from there on', async () => {
      const root = await prune(10);
      const text = prunedText({ origin: ORIGIN, to: 10, root });
      await attacker.addStatement('pruned', 10, text, attacker.ownKey());
      expect(await verdict()).toMatchObject({ verdict: 'intact-from', status: 0, from: 11, to: SIZE });
    });

    test('and one more row is deleted than the statement says', async () => {
      const root = await prune(10);
      const text = prunedText({ origin: ORIGIN, to: 10, root });
      await attacker.addStatement('pruned', 10, text, attacker.ownKey());
      await attacker.delete(11);
      expect(await verdict()).toMatchObject(missing(11, 11));
    });

    /** What retention does, without what makes it honest. Returns the root of what went. */
    async function prune(to: number): Promise<Buffer> {
      await ruined();
      const edge = await attacker.edge(to);
      const hashes = edge.hashes().map((hash) => hash.toString('hex'));
      await attacker.sql.run(`UPDATE "Ledger" SET "anchorSize" = ?, "anchorHashes" = ? WHERE "tenant" = ?`, [
        to,
        hashes.join(','),
        TENANT,
      ]);
      await attacker.delete(1, to);
      return edge.root();
    }
  });

  test('a torn end of checkpoints.txt costs no more than the note that was torn', async () => {
    await ruined();
    appendFileSync(attacker.file('checkpoints.txt'), `${ORIGIN}\n61\nhalf a ro`);
    expect(await verdict()).toMatchObject({ verdict: 'intact', covered: SIZE });
  });
});

describeOnBothDatabases('one change to a ledger that is read in several pieces', (fresh) => {
  test('a number is there twice, wherever a piece may end', async () => {
    const place = await newPlace(fresh);
    const recording = new Recording(place);
    recording.send(Array.from({ length: 1010 }, (_, index) => JSON.stringify(event(index + 1))));
    expect(await recording.end()).toBe(0);
    const attacker = new Attacker(place);
    await attacker.dropGuards();
    await dropUniqueness(attacker);
    for (const seq of [999, 1000, 1001]) {
      const row = await attacker.row(seq);
      const forged = attacker.changed(row, { description: 'A role was never changed' });
      await attacker.insert(forged);
      const { verdict, altered, status } = await verdictOn(place);
      expect([verdict, altered.map((one) => one.seq), status]).toEqual(['altered', [seq], 1]);
      await attacker.delete(seq);
      await attacker.insert(row);
    }
    await attacker.sql.close();
    expect(await verdictOn(place)).toMatchObject({ verdict: 'intact', totalRecords: 1010 });
  });
});

/** Lets a number and an id be there twice. */
async function dropUniqueness({ sql }: Attacker): Promise<void> {
  if (sql.dialect === 'postgresql') {
    await sql.run(`ALTER TABLE "AuditLog" DROP CONSTRAINT "AuditLog_pkey"`);
    await sql.run(`DROP INDEX "AuditLog_id_key"`);
    return;
  }
  await sql.run(`CREATE TABLE "Copy" AS SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog"`);
  await sql.run(`DROP TABLE "AuditLog"`);
  await sql.run(`ALTER TABLE "Copy" RENAME TO "AuditLog"`);
}

/** A value of the same form that is another one. */
function another(column: AuditColumn, value: SqlValue): SqlValue {
  if (column === 'id') return randomUUID();
  if (value instanceof Uint8Array) return Buffer.from(value).fill(value[0]! ^ 1, 0, 1);
  if (typeof value === 'number') return value + 1;
  if (column.endsWith('Commitment'))
    return String(value).replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  return `${value}X`;
}

async function recordTwenty(place: Place, first: number): Promise<void> {
  const recording = new Recording(place);
  recording.send(Array.from({ length: 20 }, (_, index) => JSON.stringify(event(first + index))));
  expect(await recording.end()).toBe(0);
  expect(recording.receipts.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 20 }, (_, index) => first + index),
  );
}

async function recordOthers(place: Place): Promise<void> {
  const line = `${JSON.stringify(event(2))}\n`;
  expect(await reeve(place, ['record', '--tenant', 'other'], line.repeat(3))).toMatchObject({ status: 0 });
}

function event(seq: number): Record<string, unknown> {
  if (seq === SPARSE) return { action: 'CONFIG_CHANGE' };
  return {
    action: 'ROLE_CHANGE',
    actorId: 'u0',
    actorPhone: '+12025550100',
    actorName: 'Ada Example',
    actorRole: 'OWNER',
    ip: '192.0.2.1',
    userAgent: 'example/1.0',
    scopes: ['role:write'],
    entityId: `u${seq}`,
    description: seq === FULL ? 'Caf\u00e9' : 'A role was changed',
    reason: 'asked for',
    metadata: { a: 1, b: 2 },
    before: { role: 'USER' },
    after: { role: 'OPERATOR' },
    error: 'none',
    chatId: 'c1',
    messageKey: 'm1',
    requestId: 'r1',
    route: '/role',
    method: 'POST',
    status: 200,
  };
}
