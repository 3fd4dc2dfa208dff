import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeFilter, writeQuery } from '../../../src/audit/query/describe.js';
import { FIELD_NAMES, QUERY_FIELDS } from '../../../src/audit/query/fields.js';
import { type AuditFilter, emptyFilter } from '../../../src/audit/query/filter.js';
import { explainMistake, type QueryMistake } from '../../../src/audit/query/mistake.js';
import { LONGEST_QUERY, parseQuery } from '../../../src/audit/query/parse.js';
import { inTime } from '../../support/inTime.js';

/** Saturday, 15:30:15 in Berlin. */
const NOW = Date.parse('2026-11-14T14:30:15.250Z');
const CONTEXT = { now: NOW, timeZone: 'Europe/Berlin' };

function parsed(query: string): { filter: AuditFilter; range: string } {
  const result = parseQuery(query, CONTEXT);
  if (!result.ok) throw new Error(explainMistake(query, result.error));
  return result;
}

function mistake(query: string, known?: Record<string, string[]>): QueryMistake {
  const result = parseQuery(query, known === undefined ? CONTEXT : { ...CONTEXT, known });
  if (result.ok) throw new Error(`understood: ${query}`);
  return result.error;
}

/** The one term of a query with one term. */
function term(query: string) {
  const { filter } = parsed(query);
  expect(filter.terms).toHaveLength(1);
  expect(filter.text).toEqual([]);
  return filter.terms[0]!;
}

const anyOf = (query: string) => term(query).anyOf;

describe('nothing asked', () => {
  test.each(['', '   ', '\n\t', '\u202a\u202c', '\u0000', 'AND'])('%j is everything', (query) => {
    expect(parsed(query)).toEqual({ ok: true, filter: emptyFilter(), range: 'everything' });
  });
});

describe('actors', () => {
  test.each([
    ['actor:+12025550100', '+12025550100'],
    ['actor:"+1 (202) 555-0100"', '+12025550100'],
    ['actor:+1-202-555-0100', '+12025550100'],
    ['actor:+1 202 555 0100', '+12025550100'],
    ['actor:+1 (202) 555-0100', '+12025550100'],
    ['actor:\u202a+49\u00a030\u00a023125\u00a0000\u202c', '+493023125000'],
    ['phone:\u2068+12025550100\u2069', '+12025550100'],
    ['actorPhone:+12025550100', '+12025550100'],
    ['actor:lid:100200300', 'lid:100200300'],
    ['phone:LID:100200300', 'lid:100200300'],
    ['actor:system', 'SYSTEM'],
    ['actor:SYSTEM', 'SYSTEM'],
    ['actor:console:local', 'console:local'],
  ])('%s', (query, phone) => expect(anyOf(query)).toEqual([[{ column: 'actorPhone', is: phone }]]));

  test('groups of digits join only a bare country code', () => {
    const { filter } = parsed('actor:+12025550100 429');
    expect(filter.terms[0]?.anyOf).toEqual([[{ column: 'actorPhone', is: '+12025550100' }]]);
    expect(filter.text).toEqual(['429']);
  });

  test('the beginning of a number', () => {
    expect(anyOf('actor:+49*')).toEqual([[{ column: 'actorPhone', startsWith: '+49' }]]);
    expect(anyOf('phone:lid:*')).toEqual([[{ column: 'actorPhone', startsWith: 'lid:' }]]);
  });

  test('anything else is an id or a name', () => {
    expect(anyOf('actor:"Ana Maria"')).toEqual([
      [{ column: 'actorId', is: 'Ana Maria' }],
      [{ column: 'actorName', is: 'Ana Maria' }],
    ]);
    expect(anyOf('actor:An*')).toEqual([
      [{ column: 'actorId', startsWith: 'An' }],
      [{ column: 'actorName', startsWith: 'An' }],
    ]);
    expect(anyOf('user:u1')).toEqual([[{ column: 'actorId', is: 'u1' }]]);
    expect(anyOf('actorName:Ana')).toEqual([[{ column: 'actorName', is: 'Ana' }]]);
  });

  test('several kinds in one list', () => {
    const both = term('actor:+12025550100,u1');
    expect(both.anyOf).toHaveLength(3);
    expect(both.values).toEqual(['+12025550100', 'u1']);
  });
});

describe('actions and words', () => {
  test.each([
    ['action:role.change', { column: 'action', is: 'ROLE_CHANGE' }],
    ['action:ROLE_CHANGE', { column: 'action', is: 'ROLE_CHANGE' }],
    ['action:role-change', { column: 'action', is: 'ROLE_CHANGE' }],
    ['action:role.*', { column: 'action', startsWith: 'ROLE_' }],
    ['action:ROLE_*', { column: 'action', startsWith: 'ROLE_' }],
    ['Action:role*', { column: 'action', startsWith: 'ROLE' }],
    ['action:*', { column: 'action', startsWith: '' }],
    ['category:security', { column: 'category', is: 'SECURITY' }],
    ['verb:update', { column: 'verb', is: 'UPDATE' }],
    ['role:admin', { column: 'actorRole', is: 'ADMIN' }],
    ['outcome:DENIED', { column: 'outcome', is: 'denied' }],
    ['outcome:fail*', { column: 'outcome', startsWith: 'fail' }],
    ['actortype:System', { column: 'actorType', is: 'system' }],
    ['channel:WhatsApp', { column: 'channel', is: 'whatsapp' }],
    ['method:post', { column: 'method', is: 'POST' }],
  ])('%s', (query, expected) => expect(anyOf(query)).toEqual([[expected]]));

  test('any of several, none of several', () => {
    expect(term('category:AUTH,admin')).toEqual({
      field: 'category',
      not: false,
      values: ['AUTH', 'ADMIN'],
      anyOf: [[{ column: 'category', is: 'AUTH' }], [{ column: 'category', is: 'ADMIN' }]],
    });
    expect(term('-outcome:success,ignored').not).toBe(true);
    expect(term('–outcome:success').not).toBe(true);
  });
});

describe('entities and other columns', () => {
  test('type and id, a type, an id', () => {
    expect(anyOf('entity:user:u1')).toEqual([
      [
        { column: 'entityType', is: 'user' },
        { column: 'entityId', is: 'u1' },
      ],
      [{ column: 'entityId', is: 'user:u1' }],
    ]);
    expect(anyOf('entity:user')).toEqual([
      [{ column: 'entityType', is: 'user' }],
      [{ column: 'entityId', is: 'user' }],
    ]);
    expect(anyOf('entity:"+1 202 555 0100"')).toEqual([[{ column: 'entityId', is: '+12025550100' }]]);
    expect(anyOf('entity:user:*')).toEqual([[{ column: 'entityType', is: 'user' }]]);
    expect(anyOf('entity:user:u*')[0]).toEqual([
      { column: 'entityType', is: 'user' },
      { column: 'entityId', startsWith: 'u' },
    ]);
  });

  test.each([
    ['chat:120363@g.us', { column: 'chatId', is: '120363@g.us' }],
    ['chatId:"120363@g.us"', { column: 'chatId', is: '120363@g.us' }],
    ['message:true_1@c.us_3EB0', { column: 'messageKey', is: 'true_1@c.us_3EB0' }],
    ['request:req-1', { column: 'requestId', is: 'req-1' }],
    ['ip:2001:db8::1', { column: 'ip', is: '2001:db8::1' }],
    ['ip:192.0.2.*', { column: 'ip', startsWith: '192.0.2.' }],
    ['route:/audit*', { column: 'route', startsWith: '/audit' }],
    ['route:"/a*b"', { column: 'route', is: '/a*b' }],
    ['route:"/a b"*', { column: 'route', startsWith: '/a b' }],
    ['id:0b7c2f8e*', { column: 'id', startsWith: '0b7c2f8e' }],
    ['entityType:apiKey', { column: 'entityType', is: 'apiKey' }],
    ['entityId:u1', { column: 'entityId', is: 'u1' }],
    ['status:404', { column: 'status', from: 404, to: 404 }],
    ['status:4XX', { column: 'status', from: 400, to: 499 }],
    ['status:400..404', { column: 'status', from: 400, to: 404 }],
  ])('%s', (query, expected) => expect(anyOf(query)).toEqual([[expected]]));
});

describe('case numbers', () => {
  test.each([
    ['seq:100..200', { seqFrom: 100, seqTo: 200 }, '#100 to #200'],
    ['seq:100..', { seqFrom: 100 }, 'from #100 on'],
    ['seq:..200', { seqTo: 200 }, 'up to #200'],
    ['seq:100', { seqFrom: 100, seqTo: 100 }, '#100'],
    ['case:#100', { seqFrom: 100, seqTo: 100 }, '#100'],
  ])('%s', (query, bounds, range) => {
    expect(parsed(query)).toMatchObject({ filter: { ...emptyFilter(), ...bounds }, range });
  });

  test('lists and exclusions are terms', () => {
    expect(anyOf('seq:5,9..12')).toEqual([
      [{ column: 'seq', from: 5, to: 5 }],
      [{ column: 'seq', from: 9, to: 12 }],
    ]);
    expect(term('-seq:5').not).toBe(true);
  });
});

describe('time ranges', () => {
  test.each([
    ['since:yesterday', 'since 2026-11-13 00:00 (Europe/Berlin) until now'],
    ['since:7d', 'since 2026-11-07 15:30:15 (Europe/Berlin) until now'],
    ['since:last monday', 'since 2026-11-09 00:00 (Europe/Berlin) until now'],
    ['since:"last monday"', 'since 2026-11-09 00:00 (Europe/Berlin) until now'],
    ['since:“last monday”', 'since 2026-11-09 00:00 (Europe/Berlin) until now'],
    ['until:yesterday', 'until the end of 2026-11-13 (Europe/Berlin)'],
    ['until:2026-11-01', 'until the end of 2026-11-01 (Europe/Berlin)'],
    ['until:2026-11-01T10:30', 'until 2026-11-01 10:30 (Europe/Berlin)'],
    ['until:2026-11-01 10:30', 'until 2026-11-01 10:30 (Europe/Berlin)'],
    ['until:now', 'until now'],
    [
      'since:2026-11-01 until:2026-11-03',
      'since 2026-11-01 00:00 (Europe/Berlin) until the end of 2026-11-03',
    ],
    ['seq:5.. since:today', 'from #5 on since 2026-11-14 00:00 (Europe/Berlin) until now'],
  ])('%s', (query, range) => expect(parsed(query).range).toBe(range));

  test('each side alone, in the time zone of the configuration', () => {
    expect(parsed('since:2026-11-01').filter).toEqual({
      ...emptyFilter(),
      since: Date.parse('2026-10-31T23:00:00Z'),
    });
    expect(parsed('until:2026-11-01').filter).toEqual({
      ...emptyFilter(),
      until: Date.parse('2026-11-01T23:00:00Z'),
    });
    const there = parseQuery('until:2026-11-01', { now: NOW, timeZone: 'America/New_York' });
    expect(there).toMatchObject({ ok: true, filter: { until: Date.parse('2026-11-02T05:00:00Z') } });
  });

  test('a day that begins and ends inside a change of clocks', () => {
    const { filter } = parsed('since:2026-10-25 until:2026-10-25');
    expect(filter.until! - filter.since!).toBe(25 * 3_600_000);
  });

  test('words that are no part of the time stay free text', () => {
    expect(parsed('since:monday promoted').filter.text).toEqual(['promoted']);
    expect(parsed('since:7 days ago promoted').filter.text).toEqual(['promoted']);
    expect(parsed('since:2d "ago"').filter.text).toEqual(['ago']);
    const both = parsed('since:last monday until:yesterday');
    expect(both.filter.until).toBe(Date.parse('2026-11-13T23:00:00Z'));
  });
});

describe('free text', () => {
  test.each([
    ['promoted', ['promoted']],
    ['two words', ['two', 'words']],
    ['"two words" more', ['two words', 'more']],
    ['“curly quotes”', ['curly quotes']],
    ['„so auch“ «et ceci»', ['so auch', 'et ceci']],
    ['"say \\"hi\\" \\\\ there"', ['say "hi" \\ there']],
    ['12:30', ['12:30']],
    ["O'Brien", ["O'Brien"]],
    ['"-5"', ['-5']],
    ['"OR"', ['OR']],
    ['"a:b"', ['a:b']],
    ['hello, world', ['hello,', 'world']],
    ['Ελληνικά العربية', ['Ελληνικά', 'العربية']],
  ])('%s', (query, text) => expect(parsed(query).filter).toEqual({ terms: [], text }));

  test('NUL and lone surrogates read as the ledger stores them', () => {
    expect(parsed('"a\u0000b"').filter.text).toEqual(['a\ufffdb']);
    expect(parsed('a\ud800b').filter.text).toEqual(['a\ufffdb']);
  });
});

describe('mistakes', () => {
  test.each<[string, string, string, string | null]>([
    ['outcom:denied', 'unknown-field', 'outcom', 'outcome'],
    ['since:7d acton:x', 'unknown-field', 'acton', 'action'],
    ['https://example.org', 'unknown-field', 'https', null],
    ['tenant:default', 'not-a-field', 'tenant', null],
    ['created:2026-11-01', 'not-a-field', 'created', 'since'],
    ['before:2026-11-01', 'not-a-field', 'before', 'until'],
    ['lid:100200300', 'not-a-field', 'lid', 'actor'],
    ['metadata:x', 'not-a-field', 'metadata', null],
    ['actor=u1', 'not-a-term', 'actor=u1', 'actor:'],
    ['category:AUTH OR category:ADMIN', 'not-a-term', 'OR', null],
    ['actor:', 'empty-value', ':', null],
    ['actor: u1', 'empty-value', ':', null],
    ['outcom:', 'unknown-field', 'outcom', 'outcome'],
    ['actor:"" x', 'empty-value', '""', null],
    ['category:AUTH,', 'empty-value', ',', null],
    ['category:AUTH, ADMIN', 'empty-value', ',', null],
    ['"abc', 'unterminated-quote', '"abc', null],
    ['actor:"abc', 'unterminated-quote', '"abc', null],
    ['"abc"def', 'text-after-quote', 'd', null],
    ['action:ro*le', 'misplaced-star', 'ro*le', null],
    ['promo*', 'misplaced-star', 'promo*', null],
    ['outcome:denid', 'unknown-value', 'denid', 'denied'],
    ['outcome:failed', 'unknown-value', 'failed', 'failure'],
    ['outcome:success,denid', 'unknown-value', 'denid', 'denied'],
    ['verb:x*', 'unknown-value', 'x*', null],
    ['channel:telegram', 'unknown-value', 'telegram', null],
    ['actor:+12', 'malformed-value', '+12', null],
    ['actor:+1abc5550100', 'malformed-value', '+1abc5550100', null],
    ['phone:12025550100', 'malformed-value', '12025550100', '+12025550100'],
    ['phone:lid:abc', 'malformed-value', 'lid:abc', null],
    ['action:a!b', 'malformed-value', 'a!b', null],
    ['status:teapot', 'malformed-value', 'teapot', null],
    ['seq:a..b', 'malformed-value', 'a..b', null],
    ['seq:..', 'malformed-value', '..', null],
    ['seq:9007199254740993', 'malformed-value', '9007199254740993', null],
    ['seq:200..100', 'empty-range', '200..100', null],
    ['since:soon', 'malformed-time', 'soon', null],
    ['since:yesterdy', 'malformed-time', 'yesterdy', 'yesterday'],
    ['since:2026-11-31', 'malformed-time', '2026-11-31', null],
    ['since:2026*', 'malformed-time', '2026*', null],
    ['since:999999y', 'time-out-of-reach', '999999y', null],
    ['since:7d,8d', 'takes-one-value', 'since:7d,8d', null],
    ['-since:7d', 'cannot-be-excluded', '-since:7d', 'until'],
    ['-word', 'cannot-be-excluded', '-word', null],
    ['-"a b"', 'cannot-be-excluded', '-"a b"', null],
    ['since:7d since:8d', 'given-twice', 'since:8d', null],
    ['seq:1 seq:2', 'given-twice', 'seq:2', null],
    ['since:today until:yesterday', 'empty-range', 'until:yesterday', null],
    ['until:yesterday since:today', 'empty-range', 'since:today', null],
    ['!!!', 'empty-text', '!!!', null],
    ['-', 'empty-text', '-', null],
    ['""', 'empty-text', '""', null],
  ])('%s: %s', (query, code, place, meant) => {
    const found = mistake(query);
    expect([found.code, query.slice(found.at, found.at + found.length), found.nearest]).toEqual([
      code,
      place,
      meant,
    ]);
    expect(found.problem).not.toBe('');
    expect(found.expected).not.toBe('');
  });

  test('with the catalogue at hand an unknown action is a mistake, a retired one is found by its beginning', () => {
    const known = { action: ['ROLE_CHANGE', 'WHITELIST_ADD'], category: ['ADMIN'], entityType: ['user'] };
    expect(mistake('action:role.chnge', known)).toMatchObject({
      code: 'unknown-value',
      nearest: 'ROLE_CHANGE',
      example: 'action:ROLE_CHANGE',
    });
    expect(mistake('category:admn', known)).toMatchObject({ code: 'unknown-value', nearest: 'ADMIN' });
    expect(mistake('entityType:usr', known)).toMatchObject({ code: 'unknown-value', nearest: 'user' });
    expect(parseQuery('action:role.change entity:x', { ...CONTEXT, known }).ok).toBe(true);
  });

  test('the explanation marks the place and teaches', () => {
    const query = 'since:7d outcom:denied';
    expect(explainMistake(query, mistake(query))).toBe(
      [
        'since:7d outcom:denied',
        '         ^^^^^^',
        'There is no field "outcom". Did you mean "outcome"?',
        `Expected: one of ${QUERY_FIELDS.map((field) => field.name).join(', ')}; or quotation marks around text that has a colon`,
        'Example: outcome:denied',
      ].join('\n'),
    );
  });

  test('the marked line is short, on one line, and steers nothing', () => {
    const query = `${'word '.repeat(40)}\u202eevil\n\u0000 outcom:x ${'tail '.repeat(40)}`;
    const [line, carets] = explainMistake(query, mistake(query)).split('\n');
    expect(line!.length).toBeLessThan(80);
    expect(line!.slice(carets!.indexOf('^'), carets!.length)).toBe('outcom');
    expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  test('carets count characters, not code units', () => {
    const query = '"a😀😀" outcom:x';
    const [line, carets] = explainMistake(query, mistake(query)).split('\n');
    expect([...line!].slice(carets!.indexOf('^')).join('')).toBe('outcom:x');
  });

  test('every example in the table and in a mistake is a query that works', () => {
    const examples = QUERY_FIELDS.map((field) => field.example);
    for (const name of FIELD_NAMES) {
      for (const query of [`${name}:`, `${name}:"`, `-${name}:+x`, `${name}:+1a,~`, `${name}:7d,*x*`]) {
        const result = parseQuery(query, CONTEXT);
        if (!result.ok) examples.push(result.error.example);
      }
    }
    for (const query of ['tenant:x', 'lid:1', 'before:x', 'x=1', 'actor=1', 'OR', '-x', 'x*', '!', 'foo:x']) {
      const result = parseQuery(query, CONTEXT);
      if (!result.ok) examples.push(result.error.example);
    }
    for (const example of new Set(examples)) {
      expect([example, parseQuery(example, CONTEXT)]).toEqual([
        example,
        expect.objectContaining({ ok: true }),
      ]);
    }
  });
});

describe('writing and describing', () => {
  const queries = [
    'actor:"Ana, \\"the\\" Maria",+12025550100 -entity:user:u1,"a*b"',
    'action:role.* -outcome:success since:7d until:yesterday "free text" word',
    'seq:100..200 status:4xx,500 chat:*',
    'seq:0.. -seq:5..9 phone:lid:* id:"x\u202ey"',
    'since:2026-10-25T02:30 "ago" until:2026-10-25T02:30',
  ];

  test.each(queries)('%s reads back as the same filter', (query) => {
    const { filter } = parsed(query);
    expect(parsed(writeQuery(filter)).filter).toEqual(filter);
  });

  test('in words', () => {
    const { filter } = parsed(
      'category:AUTH,ADMIN -outcome:success action:role.* "word of mouth" since:today',
    );
    expect(describeFilter(filter, CONTEXT)).toBe(
      'category is one of AUTH, ADMIN; outcome is not success; action is ROLE_*; ' +
        'text has "word of mouth"; since 2026-11-14 00:00 (Europe/Berlin) until now',
    );
    expect(describeFilter(emptyFilter(), CONTEXT)).toBe('everything');
  });

  test('a filter is plain data', () => {
    const { filter } = parsed(queries[1]!);
    expect(JSON.parse(JSON.stringify(filter))).toEqual(filter);
  });
});

describe('any text at all', () => {
  const pieces = fc.oneof(
    fc.constantFrom(...FIELD_NAMES.map((name) => `${name}:`)),
    fc.constantFrom('"', '“', '”', '\\', ',', '*', '-', '..', ' ', '\n', '\u0000', '\u202e', '+', 'OR', ':'),
    fc.constantFrom(
      '7d',
      'last',
      'monday',
      'yesterday',
      '2026-11-01',
      '+12025550100',
      'success',
      'lid:1',
      '4xx',
    ),
    fc.string({ maxLength: 8, unit: 'binary' }),
    fc.string({ maxLength: 8, unit: 'grapheme' }),
  );
  const query = fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join(''));

  test('is answered, never thrown at, and what is understood reads back the same', () => {
    fc.assert(
      fc.property(query, (text) => {
        const result = parseQuery(text, CONTEXT);
        if (!result.ok) {
          const { at, length } = result.error;
          expect(at).toBeGreaterThanOrEqual(0);
          expect(length).toBeGreaterThan(0);
          expect(at).toBeLessThan(Math.max(1, text.length));
          expect(explainMistake(text, result.error).split('\n')).toHaveLength(5);
          return;
        }
        expect(typeof describeFilter(result.filter, CONTEXT)).toBe('string');
        expect(parsed(writeQuery(result.filter)).filter).toEqual(result.filter);
      }),
      { seed: 20, numRuns: 2000 },
    );
  });

  const full = (unit: string) => unit.repeat(Math.ceil(LONGEST_QUERY / unit.length)).slice(0, LONGEST_QUERY);
  test.each([
    'a',
    ' ',
    '"',
    '\\',
    '"\\',
    'a ',
    '-',
    ',',
    'a:',
    'actor:',
    'actor:a,',
    'actor:"a",',
    'since:',
    '\u0000',
    '\u202e',
    '\u202ea',
    '(',
    '*',
    '+1 ',
    '2 ',
    'ａ',
    '😀',
    '\ud800',
    'outcom',
    'actor:+1 ',
    '“”',
    'a=',
    '.',
    '\u0301',
    'a\u0301',
  ])('64 KiB of %j take no time', (unit) => {
    for (const text of [
      full(unit),
      full(`x:${unit}`),
      `since:${full(unit).slice(6)}`,
      `actor:+1 ${full(unit).slice(9)}`,
    ]) {
      inTime(() => {
        const result = parseQuery(text, CONTEXT);
        if (!result.ok) explainMistake(text, result.error);
      });
    }
  });

  test('more than the longest query, and more values than a statement takes, are refused', () => {
    expect(mistake(`${full('a')}a`).code).toBe('query-too-long');
    expect(mistake(`actor:${'a,'.repeat(1000)}a`).code).toBe('query-too-complex');
    expect(mistake('actor:a '.repeat(101)).code).toBe('query-too-complex');
    expect(mistake('word '.repeat(51)).code).toBe('query-too-complex');
  });
});
