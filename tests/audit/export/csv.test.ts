import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CSV_BOM, type CsvCell, csvHeader, csvRow } from '../../../src/audit/export/csv.js';

/** A reader that follows RFC 4180 to the letter and refuses anything else. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; ; at++) {
        if (at >= text.length) throw new Error('a quoted cell does not end');
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at += 1;
    } else {
      const end = at + text.slice(at).search(/[,\r\n"]/);
      cell = text.slice(at, end);
      at = end;
    }
    row.push(cell);
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    if (!text.startsWith('\r\n', at)) throw new Error(`no comma or line end at ${at}`);
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** What the guard makes of a cell, said in another way than in the source. */
function guarded(cell: CsvCell): string {
  const text = cell === null ? '' : String(cell);
  const phoneOrInteger = /^\+\d{7,15}$/.test(text) || /^-?\d+$/.test(text);
  return '=+-@\t\r'.includes(text.charAt(0)) && text !== '' && !phoneOrInteger ? `'${text}` : text;
}

describe('cells', () => {
  test.each<[CsvCell, string]>([
    ['plain', 'plain'],
    ['', ''],
    [null, ''],
    [0, '0'],
    [-12, '-12'],
    [1794645015250, '1794645015250'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['two\r\nlines', '"two\r\nlines"'],
    [' spaces ', ' spaces '],
    ['{"a":1}', '"{""a"":1}"'],
    ['Ünïcødé 😀', 'Ünïcødé 😀'],
  ])('%j is written %j', (cell, written) => expect(csvRow(['x', cell])).toBe(`x,${written}\r\n`));

  test.each([
    '=1+1',
    '=HYPERLINK("http://example.org")',
    '+1+1',
    '+1 202 555 0100',
    '+123456',
    '+1234567890123456',
    '+49302312500\n',
    '-1+1',
    '-1.5',
    '-',
    '--1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '-12\n',
  ])('%j could be a formula', (cell) => {
    expect(readCsv(csvRow(['x', cell]))).toEqual([['x', `'${cell}`]]);
  });

  test.each(['+12025550100', '+4930231', '+123456789012345', '-12', '12', '-0', "'=1", 'a=1', ' =1', '#1'])(
    '%j cannot',
    (cell) => expect(readCsv(csvRow(['x', cell]))).toEqual([['x', cell]]),
  );
});

describe('rows', () => {
  test('end in CRLF, the header too', () => {
    expect(csvHeader(['seq', 'actor', 'description'])).toBe('seq,actor,description\r\n');
    expect(csvRow([1, null, 'x'])).toBe('1,,x\r\n');
  });

  test('a single empty cell is still a row', () => {
    expect(readCsv(csvRow([null]) + csvRow(['']) + csvRow(['a']))).toEqual([[''], [''], ['a']]);
  });

  test('the byte order mark is one character', () => expect([...CSV_BOM]).toEqual(['\ufeff']));

  test('read back as they were written, but for the guard', () => {
    const cell = fc.oneof(
      fc.string({
        maxLength: 12,
        unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", '1', 'a'),
      }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.maxSafeInteger(),
      fc.constant(null),
    );
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(table, (rows) => {
        expect(readCsv(rows.map(csvRow).join(''))).toEqual(rows.map((row) => row.map(guarded)));
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
