import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitText, LEAST_JSON_BYTES, toJsonText } from '../../../src/audit/redaction/jsonText.js';

const bytes = (text: string) => Buffer.byteLength(text);

describe('data that fits', () => {
  test('is its canonical text', () => {
    expect(toJsonText({ b: 1, a: ['x', null, true] }, 1000)).toBe('{"a":["x",null,true],"b":1}');
    expect(toJsonText('x', 64)).toBe('"x"');
    expect(toJsonText(null, 64)).toBe('null');
  });

  test('NUL and lone surrogates become U+FFFD, in names too', () => {
    expect(toJsonText({ 'a\u0000': 'b\ud800' }, 100)).toBe('{"a\ufffd":"b\ufffd"}');
  });

  test('a member named __proto__ stays a member', () => {
    expect(toJsonText(JSON.parse('{"__proto__":{"x":1}}'), 100)).toBe('{"__proto__":{"x":1}}');
  });
});

describe('data that does not fit', () => {
  test('a long text says how much is missing', () => {
    const text = toJsonText({ note: 'x'.repeat(50_000), id: 'u1' }, 1000);
    expect(bytes(text)).toBeLessThanOrEqual(1000);
    const { id, note } = JSON.parse(text) as { id: string; note: string };
    expect(id).toBe('u1');
    const [, shown, missing] = /^(x+)…\[truncated (\d+) characters\]$/.exec(note)!;
    expect(shown!.length + Number(missing)).toBe(50_000);
    expect(shown!.length).toBeGreaterThan(900);
  });

  test('one huge member is cut, the small ones stay whole', () => {
    const small = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key${i}`, `value ${i}`]));
    const text = toJsonText({ ...small, huge: 'y'.repeat(100_000) }, 4000);
    expect(JSON.parse(text)).toMatchObject(small);
    expect(bytes(text)).toBeGreaterThan(3900);
  });

  test('long arrays and objects say how many are missing', () => {
    const list = JSON.parse(
      toJsonText(
        Array.from({ length: 1000 }, (_, i) => i),
        200,
      ),
    ) as unknown[];
    expect(list.slice(0, 3)).toEqual([0, 1, 2]);
    expect(list.at(-1)).toBe(`[truncated] ${1000 - (list.length - 1)} more`);

    const members = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]));
    const object = JSON.parse(toJsonText(members, 200)) as Record<string, unknown>;
    expect(object['[truncated]']).toBe(`${1000 - (Object.keys(object).length - 1)} more`);
  });

  test('an earlier mark is added up', () => {
    const long = Array.from({ length: 100 }, () => 'abcdefgh');
    expect((JSON.parse(toJsonText([...long, '[truncated] 900 more'], 120)) as string[]).at(-1)).toMatch(
      / 99\d more$/,
    );
    const wide = Object.fromEntries(long.map((value, i) => [`k${i}`, value]));
    const { '[truncated]': more } = JSON.parse(
      toJsonText({ ...wide, '[truncated]': '900 more' }, 120),
    ) as Record<string, string>;
    expect(more).toMatch(/^99\d more$/);
  });

  test('characters are never split', () => {
    const text = JSON.parse(toJsonText('😀'.repeat(1000), 100)) as string;
    expect(text).toMatch(/^(?:😀)+…\[truncated \d+ characters\]$/u);
  });

  test('the same data is cut the same way in whatever order it came', () => {
    const one = { a: 'x'.repeat(500), b: 'y'.repeat(500), c: [1, 2, 3] };
    const other = { c: [1, 2, 3], b: 'y'.repeat(500), a: 'x'.repeat(500) };
    expect(toJsonText(one, 300)).toBe(toJsonText(other, 300));
  });

  test('whatever the data, the text is valid JSON and keeps to its bytes', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom('"', '\\', '\u0001', 'é', '😀', 'a'), maxLength: 200 }),
    );
    const data = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        texts,
        fc.maxSafeInteger(),
        fc.constantFrom(null, true, 1e300),
        fc.array(tie('node'), { maxLength: 12 }),
        fc.dictionary(fc.oneof(texts, fc.constant('[truncated]')), tie('node'), { maxKeys: 12 }),
      ),
    })).node;
    fc.assert(
      fc.property(data, fc.integer({ min: LEAST_JSON_BYTES, max: 600 }), (value, most) => {
        const text = toJsonText(value, most);
        expect(bytes(text)).toBeLessThanOrEqual(most);
        const read: unknown = JSON.parse(text);
        // The last resort for sums that do not add up is never needed.
        if (read === '[truncated]') expect(value).toBe(read);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  test('names of any length leave room for the rest', () => {
    const value = { ['n'.repeat(400)]: 'x'.repeat(900), a: 'y'.repeat(900), b: 1 };
    for (let most = 120; most < 1200; most += 7) {
      const text = toJsonText(value, most);
      expect(bytes(text)).toBeLessThanOrEqual(most);
      expect(JSON.parse(text)).toMatchObject({ b: 1 });
    }
  });

  test('too little room is a mistake of the program', () => {
    expect(() => toJsonText({}, 10)).toThrow(RangeError);
  });
});

describe('a plain text', () => {
  test('stays when it fits, is cut with a mark when not', () => {
    expect(fitText('Grüße', 100)).toBe('Grüße');
    expect(fitText('a\u0000', 100)).toBe('a\ufffd');
    const cut = fitText('ü'.repeat(1000), 200);
    expect(bytes(cut)).toBeLessThanOrEqual(200);
    expect(cut).toMatch(/^ü+…\[truncated 9\d\d characters\]$/);
  });

  test('keeps to any number of bytes', () => {
    for (let most = 0; most < 60; most++)
      expect(bytes(fitText('x'.repeat(100), most))).toBeLessThanOrEqual(most);
  });
});
