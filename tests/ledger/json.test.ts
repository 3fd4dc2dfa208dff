import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, cleanText, isCleanText, parseStrict } from '../../src/ledger/json.js';

const RUNS = { seed: 20, numRuns: 500 };

describe('canonicalJson', () => {
  test('writes the example of RFC 8785 section 3.2.2', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('sorts names by UTF-16 code units, as in RFC 8785 section 3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
    expect([...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((match) => match[1])).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  test.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [-5e-324, '-5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [-9007199254740992, '-9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [1e23, '1e+23'],
    [1e21, '1e+21'],
    [999999999999999900000, '999999999999999900000'],
    [333333333.3333332, '333333333.3333332'],
    [1424953923781206.2, '1424953923781206.2'],
  ])('writes the number %p of RFC 8785 appendix B as %s', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  test('gives the same text whatever the order of members, and what it gives is read back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        let text: string;
        try {
          text = canonicalJson(value);
        } catch {
          return;
        }
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      RUNS,
    );
  });

  test.each<[string, unknown, string]>([
    ['undefined in an object', { a: { b: undefined } }, '$.a.b'],
    ['a hole in an array', [1, undefined], '$[1]'],
    ['NaN', { n: Number.NaN }, '$.n'],
    ['Infinity', [Number.POSITIVE_INFINITY], '$[0]'],
    ['a bigint', { n: 1n }, '$.n'],
    ['a function', { f: () => 1 }, '$.f'],
    ['a symbol', [Symbol('s')], '$[0]'],
    ['a Date', { at: new Date(0) }, '$.at'],
    ['a lone surrogate', { s: '\ud800' }, '$.s'],
  ])('refuses %s and names the path', (_what, value, path) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
    expect(() => canonicalJson(value)).toThrow(path);
  });

  test('refuses what holds itself instead of overflowing the stack', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => canonicalJson(loop)).toThrow(/nested deeper/);
  });
});

describe('cleanText', () => {
  test('leaves a clean text alone, emoji and unnormalised letters included', () => {
    for (const text of ['', 'plain', 'caf\u0065\u0301', '😀', '\u202eabc', '\ufffd']) {
      expect(cleanText(text)).toBe(text);
    }
  });

  test('replaces U+0000 and surrogates that stand alone', () => {
    expect(cleanText('a\0b\ud800c\udfff😀\udc00\ud83d')).toBe('a\ufffdb\ufffdc\ufffd😀\ufffd\ufffd');
  });

  test('gives what UTF-8 gives back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, cut) => {
        const broken = text.slice(cut % (text.length + 1));
        const clean = cleanText(broken);
        expect(isCleanText(clean)).toBe(true);
        expect(Buffer.from(clean).toString()).toBe(clean);
        expect(clean.length).toBe(broken.length);
      }),
      RUNS,
    );
  });
});

describe('parseStrict', () => {
  test('agrees with JSON.parse on every JSON text without repeated members', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 2), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        expect(parseStrict(spaced)).toEqual({ ok: true, value: JSON.parse(spaced) });
      }),
      RUNS,
    );
  });

  test('refuses what JSON.parse refuses, and takes what it takes, for damaged texts', () => {
    const damaged = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', ',', '}', '0', '\u0001', ' '),
    );
    fc.assert(
      fc.property(damaged, ([text, place, insert]) => {
        const at = place % (text.length + 1);
        const broken = text.slice(0, at) + insert + text.slice(at + 1);
        const strict = parseStrict(broken);
        let plain: unknown;
        try {
          plain = JSON.parse(broken);
        } catch {
          expect(strict.ok).toBe(false);
          return;
        }
        if (strict.ok) expect(strict.value).toEqual(plain);
        else expect(strict.why).toMatch(/there twice/);
      }),
      RUNS,
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"b":[],"b":[]}}',
    '[{"":1,"":2}]',
    '{"__proto__":1,"__proto__":2}',
  ])('refuses the repeated member in %s', (text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(parseStrict(text)).toEqual({ ok: false, why: expect.stringMatching(/there twice/) });
  });

  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    '01',
    '1.',
    '.5',
    '+1',
    'nul',
    "'a'",
    '"\t"',
    '1 2',
    '\ufeff1',
    '"\\x"',
  ])('refuses %p', (text) => {
    expect(parseStrict(text).ok).toBe(false);
  });

  test('keeps __proto__ an ordinary member', () => {
    const parsed = parseStrict('{"__proto__":{"polluted":true}}');
    expect(parsed.ok && Object.keys(parsed.value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('does not overflow the stack on deep nesting, nor hang on long tokens', () => {
    for (const text of [
      '['.repeat(1_000_000),
      '{"a":'.repeat(1_000_000),
      `${'['.repeat(300)}${']'.repeat(300)}`,
    ]) {
      expect(parseStrict(text)).toEqual({ ok: false, why: expect.stringMatching(/nested deeper/) });
    }
    expect(parseStrict(`"${'\\\\'.repeat(500_000)}"`).ok).toBe(true);
    expect(parseStrict(`"${'\\"'.repeat(500_000)}`).ok).toBe(false);
    expect(parseStrict(' '.repeat(1_000_000)).ok).toBe(false);
  });

  test.each(['1.0', '1e3', '9007199254740993', '-9007199254740992', '1.5', '1E0'])(
    'refuses %s where integers are asked for',
    (text) => {
      expect(parseStrict(`{"n":${text}}`).ok).toBe(true);
      expect(parseStrict(`{"n":${text}}`, { integers: true }).ok).toBe(false);
    },
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value).reverse()) copy[key] = reversed(member);
  return copy;
}
