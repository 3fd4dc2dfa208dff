import { describe, expect, test } from '@jest/globals';
import { parseEnvFile } from '../../src/config/envFile.js';

const values = (text: string) =>
  parseEnvFile(text).entries.map(({ name, value, line }) => [name, value, line]);

describe('what is understood', () => {
  test.each([
    ['plain', 'A=1', '1'],
    ['with blanks around', ' A = b c  ', 'b c'],
    ['exported', 'export A=1', '1'],
    ['empty', 'A=', ''],
    ['with a comment', 'A=b # c', 'b'],
    ['a comment alone', 'A= # c', ''],
    ['a comment right behind the sign', 'A=# c', ''],
    ['a lone #', 'A=#', '#'],
    ['# within a word', 'A=b#c', 'b#c'],
    ['= within', 'A=b=c==', 'b=c=='],
    ['double quotes', 'A="b # c" # d', 'b # c'],
    ['escapes', String.raw`A="a\nb\tc\r\"d\" \\ \x"`, 'a\nb\tc\r"d" \\ \\x'],
    ['single quotes, as they are', String.raw`A='a\n"b" # c'`, String.raw`a\n"b" # c`],
    ['backquotes', 'A=`it\'s "so"`', 'it\'s "so"'],
    ['several lines', 'A="a\nb"', 'a\nb'],
    ['a dollar sign, as it is', 'A=$B', '$B'],
    ['a quote within', "A=it's", "it's"],
    ['a byte order mark', '\uFEFFA=1', '1'],
  ])('%s', (_, text, value) => {
    expect(parseEnvFile(text)).toEqual({ entries: [{ name: 'A', value, line: 1 }], badLines: [] });
  });

  test('lines are counted through comments, values of several lines and either line end', () => {
    const text = '# one\r\n\r\nA=1\r\nB="x\r\ny"\r\n  # six\r\nC=3';
    expect(values(text)).toEqual([
      ['A', '1', 3],
      ['B', 'x\ny', 4],
      ['C', '3', 7],
    ]);
  });
});

describe('what is not understood is named with its line', () => {
  test.each([
    ['garbage', 1, 'it has no "="'],
    ['A=1\nA: 2', 2, 'it has no "="'],
    ['=1', 1, 'what stands before the "=" is no name of letters, digits and "_"'],
    ['1A=1', 1, 'what stands before the "=" is no name of letters, digits and "_"'],
    ['A B=1', 1, 'what stands before the "=" is no name of letters, digits and "_"'],
    ['A="open\nB=2', 1, 'the quote " that begins the value of A is never closed'],
    ['A="x"y', 1, 'something follows the closing quote of A'],
    ['\nA="x\ny" z', 3, 'something follows the closing quote of A'],
  ])('%j', (text, line, problem) => {
    expect(parseEnvFile(text).badLines).toEqual([{ line, problem }]);
  });

  test('what stands on other lines is read all the same', () => {
    expect(values('A=1\nnonsense\nB="open\nC=3')).toEqual([
      ['A', '1', 1],
      ['C', '3', 4],
    ]);
  });
});
