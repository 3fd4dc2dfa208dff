import { describe, expect, test } from '@jest/globals';
import {
  DOCUMENT_COLUMNS,
  documentText,
  documentTokens,
  keyToken,
  matchExpression,
  phraseGroup,
  tsqueryText,
} from '../../../src/audit/index/tokens.js';

function row(values: Record<string, string>): (string | null)[] {
  return DOCUMENT_COLUMNS.map((column) => values[column] ?? null);
}

describe('a document', () => {
  test('has every word of its texts as the query language cuts them', () => {
    const tokens = documentTokens(
      row({ description: "Don't promote STRASSE-Straße", metadata: '{"x_y":"½"}' }),
    );
    expect(tokens.sort()).toEqual(['don', 'promote', 'strasse', 'straße', 't', 'x', 'y', '½']);
  });

  test('has the whole value of a column as one token, which no word can be', () => {
    const document = documentText(row({ category: 'ADMIN', actorPhone: '+12025550100' }));
    expect(document.split(' ')).toEqual([
      keyToken('category', 'ADMIN'),
      keyToken('actorPhone', '+12025550100'),
    ]);
    expect(keyToken('category', 'ADMIN')).not.toBe(keyToken('action', 'ADMIN'));
    expect(phraseGroup(keyToken('category', 'ADMIN'))![0]).not.toContain(keyToken('category', 'ADMIN'));
  });

  test('leaves ASCII text to the tokenizer and cuts everything else itself', () => {
    expect(documentText(row({ description: 'A-b', reason: 'É-b' }))).toBe(' § A-b § é b');
  });

  test('whose text is too long is a candidate for every text', () => {
    const [, always] = phraseGroup('anything')!;
    expect(documentTokens(row({ metadata: 'x '.repeat(200_000) }))).toEqual(always);
  });

  test('with very long values has tokens that a database takes', () => {
    const long = '😀'.repeat(40_000);
    for (const token of documentTokens(row({ actorName: long, reason: 'ж'.repeat(5000) }))) {
      expect(Buffer.byteLength(token)).toBeLessThan(2000);
      expect(/[\ud800-\udfff]/u.test(token)).toBe(false);
    }
  });
});

describe('what is looked for', () => {
  const sought = [[['§aROLE']], [['to', 'admin'], ['§§']]];

  test('becomes a match expression of phrases', () => {
    expect(matchExpression(sought)).toBe('("§aROLE") AND ("to admin" OR "§§")');
  });

  test('becomes a tsquery of words', () => {
    expect(tsqueryText(sought)).toBe("('§aROLE') & ('to' & 'admin' | '§§')");
  });

  test('is nothing where a text has no words', () => {
    expect(phraseGroup('--- !')).toBeNull();
  });

  test('holds nothing that either language could take for its own, whatever the text', () => {
    const nasty = `a"b'c\\d (e) & !f | g:* NEAR/2 *`;
    const all = [phraseGroup(nasty)!, [[keyToken('actorName', nasty)]]];
    expect(matchExpression(all).replace(/[()"]| OR | AND /g, '')).toMatch(/^[0-9a-z§· ]*$/);
    expect(tsqueryText(all).replace(/[()&|']/g, '')).toMatch(/^[0-9a-z§· ]*$/);
  });
});
