import fc from 'fast-check';
import type { AuditFilter, Term, Test, TextColumn } from '../../../src/audit/query/filter.js';
import type { SampleEvent } from './sampleLedger.js';

const HOUR = 3_600_000;
/** A Thursday morning; events lie within some days of it, in no order. */
export const START = Date.UTC(2031, 2, 6, 9, 30);

const WORDS = [
  'promoted',
  'PROMOTED',
  'because',
  'Straße',
  'STRASSE',
  'ΣΊΣΥΦΟΣ',
  'σίσυφος',
  'İstanbul',
  'naïve',
  'nai\u0308ve',
  '日本語',
  "don't",
  'a-b',
  'x_y',
  '42',
  '½',
  '\u212Aelvin',
  '👩‍👩‍👧',
  '\ue000',
  '§adone',
  'שלום',
];
const PHONES = ['+12025550100', '+12025550101', '+493023125000', 'lid:100200300', 'SYSTEM'];
const IDS = ['u1', 'u2', '+12025550100', ''];
const NAMES = ['Ana Maria', 'ana maria', 'Ben', 'Ben Adam', "O'Neil", 'Ж'];
const ENTITIES = ['e1', 'e2', 'e10', 'user:e1', 'Ünder_score', '%'];
const CATEGORIES = ['AUTH', 'ADMIN', 'CONFIG', 'SYSTEM'];
const ACTIONS = ['ROLE_CHANGE', 'ROLE_LIST', 'SIGN_IN', 'CONFIG_CHANGE', 'HEARTBEAT'];
const OUTCOMES = ['success', 'failure', 'denied'];
const TYPES = ['user', 'setting'];
const CHANNELS = ['whatsapp', 'console'];

const some = (values: readonly string[]) => fc.constantFrom(...values);
const words = fc.array(some(WORDS), { minLength: 1, maxLength: 4 }).map((list) => list.join(' '));
const maybe = <T>(arbitrary: fc.Arbitrary<T>, absent = 1) =>
  fc.oneof({ weight: absent, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
}

export const randomEvent: fc.Arbitrary<SampleEvent> = fc.record({
  at: fc.integer({ min: START - 60 * HOUR, max: START + 60 * HOUR }),
  category: some(CATEGORIES),
  action: some(ACTIONS),
  outcome: some(OUTCOMES),
  entityType: fc.option(some(TYPES), { nil: null }),
  channel: some(CHANNELS),
  actor: fc
    .record({
      actorPhone: maybe(some(PHONES)),
      actorId: maybe(some(IDS)),
      actorName: maybe(some(NAMES)),
      ip: maybe(some(['192.0.2.1', '192.0.2.10'])),
    })
    .map(present),
  rest: fc
    .record({
      entityId: maybe(some(ENTITIES)),
      description: maybe(words),
      reason: maybe(words),
      error: maybe(fc.constantFrom('', '---')),
      metadata: maybe(words.map((text) => JSON.stringify({ note: text, nested: { list: [text, 7] } }))),
      after: maybe(some(WORDS).map((text) => JSON.stringify({ role: text }))),
      chatId: maybe(some(['120363000000000000@g.us', 'c2'])),
      status: maybe(fc.constantFrom(200, 403, 404)),
    })
    .map(present),
});

const VALUES: Partial<Record<TextColumn, readonly string[]>> = {
  category: CATEGORIES,
  action: ACTIONS,
  outcome: OUTCOMES,
  entityType: TYPES,
  channel: CHANNELS,
  actorPhone: PHONES,
  actorId: IDS,
  actorName: NAMES,
  entityId: ENTITIES,
  ip: ['192.0.2.1', '192.0.2.10'],
  chatId: ['120363000000000000@g.us'],
  verb: ['UPDATE'],
};

const textTest: fc.Arbitrary<Test> = fc
  .constantFrom(...(Object.keys(VALUES) as TextColumn[]))
  .chain((column) =>
    fc.tuple(some([...VALUES[column]!, 'absent', 'nul\0']), fc.nat({ max: 9 })).map(([value, kind]): Test => {
      if (kind === 0) return { column, startsWith: '' };
      if (kind <= 2) return { column, startsWith: [...value].slice(0, 4).join('') };
      return { column, is: value };
    }),
  );
const statusTest: fc.Arbitrary<Test> = fc
  .constantFrom([200, 200], [400, 499], [403.5, 1000])
  .map(([from, to]) => ({
    column: 'status',
    from: from!,
    to: to!,
  }));
const seqTest: fc.Arbitrary<Test> = fc
  .nat({ max: 300 })
  .map((from) => ({ column: 'seq', from, to: from + 40 }));
const test = fc.oneof({ weight: 8, arbitrary: textTest }, statusTest, seqTest);

/** Mostly one alternative of one test, as people ask; and everything else the type allows. */
const term: fc.Arbitrary<Term> = fc.record({
  field: fc.constant('field'),
  not: fc.nat({ max: 3 }).map((kind) => kind === 0),
  values: fc.constant([]),
  anyOf: fc.oneof(
    { weight: 3, arbitrary: test.map((one) => [[one]]) },
    {
      weight: 2,
      arbitrary: fc.array(test, { minLength: 1, maxLength: 3 }).map((tests) => tests.map((one) => [one])),
    },
    fc.array(fc.array(test, { maxLength: 2 }), { maxLength: 2 }),
  ),
});

const phrase = fc.oneof(
  { weight: 4, arbitrary: some([...WORDS, 'absent', 'role', 'note']) },
  { weight: 2, arbitrary: fc.tuple(some(WORDS), some(WORDS)).map((pair) => pair.join(' ')) },
  fc.constant('---'),
);

export const randomFilter: fc.Arbitrary<AuditFilter> = fc
  .record({
    terms: fc.oneof(fc.array(term, { maxLength: 1 }), fc.array(term, { maxLength: 3 })),
    text: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      fc.array(phrase, { minLength: 1, maxLength: 2 }),
    ),
    since: maybe(
      fc.integer({ min: -61, max: 61 }).map((hours) => START + hours * HOUR),
      3,
    ),
    until: maybe(
      fc.integer({ min: -610, max: 610 }).map((tenths) => START + tenths * (HOUR / 10)),
      3,
    ),
    seqFrom: maybe(fc.nat({ max: 300 }), 12),
    seqTo: maybe(fc.nat({ max: 300 }), 12),
  })
  .map(({ terms, text, ...bounds }): AuditFilter => ({ terms, text, ...present(bounds) }));
