import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EventContent } from '../../src/audit/catalogue/action.js';
import type { AuditRecord } from '../../src/audit/record.js';
import { AUDIT_COLUMNS, rowToEntry } from '../../src/audit/table.js';
import type { Database } from '../../src/config/database.js';
import type { Entry } from '../../src/ledger/entry.js';
import { cleanText } from '../../src/ledger/json.js';
import { entryProblem } from '../../src/ledger/seal.js';
import { quoted } from '../../src/store/sql.js';
import { Store } from '../../src/store/store.js';
import { startChild } from '../support/children.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { dataDirFor, ledgerProblems, openTestRecord } from '../support/record.js';

const SEED = 20_310_414;
const ROOM = 128 * 1024;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** Texts that databases, encodings and JSON are known to change. */
const NASTY = [
  '',
  ' ',
  '\u0000',
  'a\u0000b\u0000',
  String.raw`\u0000`,
  String.raw`\\u0000 \n \"`,
  '\ud800',
  '\udc00\ud800',
  'x\udfffy',
  '\u00e9',
  'e\u0301',
  '\ufb01 \u212b \u2126',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '\u{10ffff}\u{1f600}',
  'שלום \u202eabc\u202c مرحبا',
  '\ufeffmark',
  '\u2028\u2029\u0085',
  '\u007f\u0080\u009f',
  '\t\r\n\b\f\v\u001b',
  '\ufffe\uffff\ufffd',
  `'"\`;--/*$1?::?`,
  '{"a":1}',
  '%_\\',
  'NULL',
  '__proto__',
  '12345678901234567890',
  '-0',
  '1e21',
];

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
      .map((units) => String.fromCharCode(...units)),
  },
);
const long = fc
  .tuple(fc.constantFrom(...NASTY.filter((one) => one !== '')), fc.integer({ min: 1, max: 64 * 1024 }))
  .map(([one, length]) => one.repeat(Math.ceil(length / one.length)).slice(0, length));

const oddities: unknown[] = [
  undefined,
  null,
  -0,
  1e21,
  1e-7,
  5e-324,
  Number.MAX_VALUE,
  LARGEST,
  -LARGEST,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  0.1 + 0.2,
  2n ** 70n,
  -1n,
  Symbol('s'),
  () => 1,
  new Date(1_700_000_000_000),
  new Date(Number.NaN),
  /x/g,
  new Map([['a', 1]]),
  new Set([1]),
  new Uint8Array([1, 2, 3]),
  new Error('told'),
  Object.create(null),
  Array(2),
];
const leaf = fc.oneof(
  fc.constantFrom(...oddities),
  text,
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 5, noNullPrototype: false }),
  ),
}));

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const content: fc.Arbitrary<EventContent> = fc.record({
  actor: fc.oneof(
    text,
    fc.record({ id: maybe(text), phone: maybe(text), name: maybe(text), role: maybe(text) }),
  ),
  actorType: fc.constantFrom('user', 'system', 'agent'),
  channel: fc.constantFrom('whatsapp', 'console', 'cli'),
  at: fc.constantFrom(undefined, 0, 1, 1_700_000_000_123, LARGEST),
  ip: maybe(text),
  userAgent: maybe(text),
  scopes: maybe(fc.array(text, { maxLength: 3 })),
  entityId: maybe(text),
  description: maybe(fc.oneof(text, long)),
  reason: maybe(text),
  metadata: json,
  before: json,
  after: fc.oneof(json, long),
  error: json,
  chatId: maybe(text),
  messageKey: maybe(text),
  requestId: maybe(text),
  route: maybe(text),
  method: maybe(text),
  status: fc.constantFrom(undefined, 0, -0, 200, LARGEST, -LARGEST),
});

describeOnBothDatabases(
  'what verifies when it is written verifies when it is read back',
  (fresh) => {
    let database: Database;
    let record: AuditRecord;
    beforeAll(async () => {
      database = await fresh();
      record = await openTestRecord(database, {
        entryMaxBytes: ROOM,
        spoolMaxBytes: 8 * 1024 * 1024,
        shared: true,
      });
    });

    /** Read by a connection that was not there when it was written. */
    async function readBack(seq: number): Promise<Entry> {
      const reads = Store.openReadOnly(database);
      const select = `SELECT ${quoted(AUDIT_COLUMNS)} FROM "AuditLog" WHERE "seq" = ?`;
      const [row] = await reads.rows(select, [seq]);
      await reads.close();
      return rowToEntry(row!);
    }

    test('whatever an event holds', async () => {
      await fc.assert(
        fc.asyncProperty(content, async (given) => {
          const fate = await record.write('CONFIG_CHANGE', given);
          if (fate.status !== 'committed') throw new Error(`${fate.status}: ${record.status().why}`);
          const entry = await readBack(fate.seq);
          expect(entryProblem(entry, 'acme')).toBeNull();
          expect(entry.public.at).toBe(given.at ?? entry.public.at);
          if (given.chatId !== undefined) expect(entry.rest?.chatId).toBe(cleanText(given.chatId));
          for (const name of ['metadata', 'before', 'after'] as const) {
            const stored = entry.rest?.[name];
            if (stored !== undefined) JSON.parse(stored);
          }
        }),
        { seed: SEED, numRuns: 120 },
      );
    });

    test('and also where it was written together with a change', async () => {
      await fc.assert(
        fc.asyncProperty(json, json, text, async (oldValue, newValue, reason) => {
          const { seq } = await record.logger.transact((_, append) =>
            append('CONFIG_CHANGE', { key: 'greeting', oldValue, newValue }, { reason }),
          );
          expect(entryProblem(await readBack(seq), 'acme')).toBeNull();
        }),
        { seed: SEED, numRuns: 40 },
      );
    });

    test('whatever order the members of an object were put in', async () => {
      const [one, two] = [
        { b: 1, a: { d: [1, { z: 1, y: 2 }], c: 'é' }, '\ud83d\ude00': 1, '\uffff': 2 },
        { '\uffff': 2, a: { c: 'é', d: [1, { y: 2, z: 1 }] }, '\ud83d\ude00': 1, b: 1 },
      ];
      const stored = await Promise.all(
        [one, two].map(async (metadata) => {
          const fate = await record.write('CONFIG_CHANGE', { metadata });
          return fate.status === 'committed' ? (await readBack(fate.seq)).rest?.metadata : fate;
        }),
      );
      expect(stored[0]).toBe(stored[1]);
    });

    test('and a time between two milliseconds is refused', async () => {
      for (const at of [1_700_000_000_000.5, Number.NaN, -1, 2 ** 53, Number.POSITIVE_INFINITY]) {
        const error = await failureOf((async () => record.write('CONFIG_CHANGE', { at }))());
        expect(error.code).toBe('BAD_EVENT');
      }
    });

    test('an identifier that is longer than an index can hold is written, or told as lost, and stops nothing', async () => {
      // Random, so that it cannot be made smaller.
      const entityId = Array.from({ length: 900 }, (_, i) => Math.sin(i).toString(36)).join('');
      const fate = await record.write('CONFIG_CHANGE', { entityId });
      await record.flush();
      if (fate.status === 'spooled') await fate.committed.catch(() => {});
      expect((await record.write('CONFIG_CHANGE', { description: 'after it' })).status).toBe('committed');
      expect(record.status()).toMatchObject({ state: 'ok', spooled: 0 });
    });

    afterAll(async () => {
      await record.close();
      expect(await ledgerProblems(database)).toEqual([]);
      const child = startChild('verifyRows.js', { database, dataDir: dataDirFor(database) });
      expect(await child.next()).toEqual({ problems: [] });
      await child.end();
    });
  },
  { migrated: true },
);
