import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRedactor } from '../../../src/audit/redaction/redactor.js';
import { canonicalJson } from '../../../src/ledger/json.js';
import { inTime } from '../../support/inTime.js';

const { redact, redactPair, redactText } = createRedactor();
const MASKED = '[redacted]';
const CHANGED = '[redacted: changed]';

describe('by name, at any depth', () => {
  test('texts, numbers and whole structures are masked', () => {
    expect(
      redact({
        user: 'u1',
        password: 'hunter2',
        nested: [{ headers: { Authorization: 'x', 'Set-Cookie': ['a=b'], Accept: '*/*' } }],
        credentials: { user: 'x', password: 'y' },
        otp: 123456,
        token: 12n,
      }),
    ).toEqual({
      user: 'u1',
      password: MASKED,
      nested: [{ headers: { Authorization: MASKED, 'Set-Cookie': MASKED, Accept: '*/*' } }],
      credentials: MASKED,
      otp: MASKED,
      token: MASKED,
    });
  });

  test('what reveals nothing stays: booleans, null, the empty text', () => {
    const value = { password: null, hasPassword: true, token: '', secret: false };
    expect(redact(value)).toEqual(value);
  });

  test('counts stay, texts under the same name do not', () => {
    expect(
      redact({
        tokens: 512,
        usage: { tokens: { prompt: 12, total: 30 } },
        promptTokens: 12,
        maxTokens: '4096',
      }),
    ).toEqual({
      tokens: 512,
      usage: { tokens: { prompt: 12, total: 30 } },
      promptTokens: 12,
      maxTokens: '4096',
    });
    expect(redact({ tokens: ['abc', 'def'], passwords: 3 })).toEqual({
      tokens: [MASKED, MASKED],
      passwords: 3,
    });
  });

  test('names of one’s own, and names that are allowed', () => {
    const own = createRedactor({ keys: ['licence'], allow: ['sessionId'] });
    expect(own.redact({ licencePlate: 'B-1', sessionId: 's1', note: 'sessionId=s1 licence=x' })).toEqual({
      licencePlate: MASKED,
      sessionId: 's1',
      note: `sessionId=s1 licence=${MASKED}`,
    });
  });

  test('a member that names what another holds', () => {
    expect(
      redact([
        { name: 'X-Api-Key', value: 'abc' },
        { key: 'assistant.apiKey', before: 'abc', after: 'def', by: 'u1' },
        { setting: 'assistant.maxTokens', oldValue: 512, newValue: 1024 },
        { name: 'Ana Maria', value: 'kept' },
      ]),
    ).toEqual([
      { name: 'X-Api-Key', value: MASKED },
      { key: 'assistant.apiKey', before: MASKED, after: MASKED, by: 'u1' },
      { setting: 'assistant.maxTokens', oldValue: 512, newValue: 1024 },
      { name: 'Ana Maria', value: 'kept' },
    ]);
  });

  test('names can be secrets themselves', () => {
    const key = `sk-${'abcdefghijklmnop'}`;
    expect(redact({ [`${key}1`]: 'a', [`${key}2`]: 'b' })).toEqual({ [MASKED]: 'a', [`${MASKED} 2`]: 'b' });
  });
});

describe('what the answer is made of', () => {
  test.each<[string, unknown, unknown]>([
    ['a date', new Date('2026-11-14T14:30:15.250Z'), '2026-11-14T14:30:15.250Z'],
    ['a date that is none', new Date(Number.NaN), null],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, new Map([['password', 'x']])],
      ]),
      { a: 1, 2: { password: MASKED } },
    ],
    ['a map of objects', new Map([[{ a: 1 }, 'b']]), [[{ a: 1 }, 'b']]],
    ['a set', new Set([1, 'b']), [1, 'b']],
    ['a bigint', 12345678901234567890n, '12345678901234567890'],
    ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
    ['undefined in an array', [undefined, 1], [null, 1]],
    ['holes in an array', Object.assign(new Array(2), { 1: 1 }), [null, 1]],
    ['functions and symbols', { a: () => 1, b: Symbol('x'), c: 1 }, { c: 1 }],
    ['functions in an array', [() => 1, Symbol('x')], [null, null]],
    ['undefined alone', undefined, null],
    ['a function alone', () => 1, null],
    [
      'an error',
      Object.assign(new TypeError('no token=abc'), { extra: 1 }),
      { name: 'TypeError', message: `no token=${MASKED}` },
    ],
    ['a buffer', Buffer.from('secret bytes'), '[12 bytes]'],
    ['a typed array', new Float64Array(2), '[16 bytes]'],
    ['an array buffer', new ArrayBuffer(3), '[3 bytes]'],
    ['negative zero', { a: -0 }, { a: 0 }],
    ['NaN and the infinities', [Number.NaN, Infinity, -Infinity], ['NaN', 'Infinity', '-Infinity']],
    ['toJSON', { toJSON: () => ({ password: 'x', a: 1 }) }, { password: MASKED, a: 1 }],
    ['toJSON with a text', { toJSON: () => 'Bearer abc123def' }, `Bearer ${MASKED}`],
    [
      'toJSON that throws',
      {
        a: {
          toJSON: () => {
            throw new Error('x');
          },
        },
      },
      { a: '[unreadable]' },
    ],
    ['a url', new URL('https://u:p@example.org/'), `https://u:${MASKED}@example.org/`],
    ['a pattern', /a+/g, '/a+/g'],
    ['boxed values', [Object('x'), Object(1), Object(true)], ['x', 1, true]],
    [
      'an instance of a class',
      new (class {
        a = 1;
        #b = 2;
        get c() {
          return this.#b;
        }
      })(),
      { a: 1 },
    ],
    ['no prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a card number as a number', { n: 4111111111111111 }, { n: MASKED }],
    ['a timestamp', { at: 1794645015250 }, { at: 1794645015250 }],
  ])('%s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected);
    // What comes out can be hashed as it is.
    canonicalJson(redact(value));
  });

  test('toJSON is told its name, as JSON does it', () => {
    expect(redact({ here: { toJSON: (key: string) => `I am ${key}` } })).toEqual({ here: 'I am here' });
  });

  test('a getter or a proxy that throws spoils only itself', () => {
    const value = {
      get bad(): string {
        throw new Error('no');
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
      good: 1,
    };
    expect(redact(value)).toEqual({ bad: '[unreadable]', proxy: '[unreadable]', good: 1 });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(redact([proxy, 1])).toEqual(['[unreadable]', 1]);
  });

  test('what refers to itself ends', () => {
    const value: Record<string, unknown> = { a: 1 };
    value.self = value;
    value.list = [value];
    expect(redact(value)).toEqual({ a: 1, self: '[circular]', list: ['[circular]'] });
    const twins = { x: 1 };
    expect(redact([twins, twins])).toEqual([{ x: 1 }, { x: 1 }]);
    const endless = { toJSON: (): unknown => ({ again: endless }) };
    expect(JSON.stringify(redact(endless)).length).toBeLessThan(1000);
  });

  test('what is too deep or too wide ends, and says so', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(JSON.stringify(redact(deep))).toContain('[too deep]');
    const wide = redact(new Array(1_000_000)) as unknown[];
    expect(wide.at(-1)).toMatch(/^\[truncated\] 98\d{4} more$/);
    let shared: unknown = 'x'.repeat(10);
    for (let i = 0; i < 30; i++) shared = { a: shared, b: shared };
    inTime(() => expect(JSON.stringify(redact(shared))).toContain('"[truncated]":"1 more"'), 1000);
  });

  test('a member named __proto__ is a member', () => {
    const out = redact(JSON.parse('{"__proto__":{"password":"x"},"a":1}')) as object;
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
    expect(JSON.stringify(out)).toBe(`{"__proto__":{"password":"${MASKED}"},"a":1}`);
  });

  test('the value that is given is not touched', () => {
    const value = { password: 'x', list: [{ token: 'y' }] };
    redact(value);
    expect(value).toEqual({ password: 'x', list: [{ token: 'y' }] });
  });

  test('an overlong text is cut after its secrets are gone', () => {
    const secret = `sk-${'a1'.repeat(20)}`;
    const text = `${'word '.repeat(52_428)}${secret}${'tail '.repeat(1000)}`;
    const out = redactText(text);
    expect(out).not.toContain('sk-');
    expect(out).toMatch(/…\[truncated \d+ characters\]$/);
  });
});

describe('before and after', () => {
  test('a changed secret shows as changed, an unchanged one does not', () => {
    expect(redactPair({ password: 'a', token: 't', n: 1 }, { password: 'b', token: 't', n: 2 })).toEqual({
      before: { password: MASKED, token: MASKED, n: 1 },
      after: { password: CHANGED, token: MASKED, n: 2 },
    });
  });

  test('added and removed secrets show as such', () => {
    expect(redactPair({ a: 1 }, { a: 1, apiKey: 'k' })).toEqual({
      before: { a: 1 },
      after: { a: 1, apiKey: MASKED },
    });
    expect(redactPair({ apiKey: 'k' }, {})).toEqual({ before: { apiKey: MASKED }, after: {} });
    expect(redactPair({ apiKey: null }, { apiKey: 'k' })).toEqual({
      before: { apiKey: null },
      after: { apiKey: CHANGED },
    });
    expect(redactPair({ apiKey: 'k' }, { apiKey: null })).toEqual({
      before: { apiKey: MASKED },
      after: { apiKey: null },
    });
    expect(redactPair(undefined, { apiKey: 'k' })).toEqual({ before: null, after: { apiKey: MASKED } });
    expect(redactPair({ apiKey: 'k' }, null)).toEqual({ before: { apiKey: MASKED }, after: null });
  });

  test('structures are compared by what is in them', () => {
    const same = redactPair({ credentials: { a: 1, b: ['x'] } }, { credentials: { b: ['x'], a: 1 } });
    expect(same.after).toEqual({ credentials: MASKED });
    const other = redactPair({ credentials: { a: 1, b: ['x'] } }, { credentials: { a: 1, b: ['y'] } });
    expect(other.after).toEqual({ credentials: CHANGED });
  });

  test('inside texts too', () => {
    const url = (password: string) => ({ url: `postgres://u:${password}@h/db` });
    expect(redactPair(url('one'), url('two')).after).toEqual({ url: `postgres://u:${CHANGED}@h/db` });
    expect(redactPair(url('one'), url('one')).after).toEqual({ url: `postgres://u:${MASKED}@h/db` });
    const line = (jwt: string) => [`token=eyJhbGciOiJub25lIn0.${jwt}.x`];
    expect(redactPair(line('eyJhIjoxfQ'), line('eyJhIjoyfQ')).after).toEqual([`token=${CHANGED}`]);
    expect(redactPair(line('eyJhIjoxfQ'), line('eyJhIjoxfQ')).after).toEqual([`token=${MASKED}`]);
  });

  test('nothing that was hidden is in the answer, whatever the text', () => {
    const parts = fc.constantFrom(
      'password=hunter2 ',
      'Bearer hunter2hunter2 ',
      '"token":"hunter2" ',
      'x://u:hunter2@h ',
      '\u0000',
      '\u00000\u0000',
      'plain ',
      '4111111111111111 ',
    );
    const text = fc.array(parts, { maxLength: 8 }).map((all) => all.join(''));
    const withoutNul = (value: unknown) => JSON.stringify(value).replaceAll('\\u0000', '\ufffd');
    const state = fc.record({ note: text, secret: text, list: fc.array(text, { maxLength: 3 }) });
    fc.assert(
      fc.property(state, state, (before, after) => {
        const pair = redactPair(before, after);
        const told = JSON.stringify(pair);
        expect(told).not.toMatch(/hunter2|4111/);
        // Whether compared or not, before is what `redact` makes of it.
        expect(withoutNul(pair.before)).toEqual(withoutNul(redact(before)));
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});

describe('any value at all', () => {
  test('becomes plain data that is the same when redacted again', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
        }),
        (value) => {
          const once = redact(value);
          expect(JSON.parse(JSON.stringify(once))).toEqual(once);
          expect(redact(once)).toEqual(once);
        },
      ),
      { seed: 5, numRuns: 1000 },
    );
  });

  test('a random id, time or phone number is never masked', () => {
    const phone = fc.tuple(
      fc.constantFrom('+1202555', '+4930', '+49151', '+5511', '+43660'),
      fc.integer({ min: 1000000, max: 99999999 }),
    );
    const texts = fc.oneof(
      fc.uuid(),
      phone.map(([start, rest]) => `${start}${rest}`),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.integer({ min: 1.4e12, max: 2e12 }).map(String),
      fc.integer({ min: 0, max: 999_999_999 }).map((n) => `120363${String(n).padStart(12, '0')}@g.us`),
    );
    fc.assert(
      fc.property(texts, (text) => redactText(text) === text),
      { seed: 9, numRuns: 2000 },
    );
  });
});
