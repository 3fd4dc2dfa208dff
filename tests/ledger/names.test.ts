import { describe, expect, test } from '@jest/globals';
import { isTenantName, isTerm, originOf, parseOrigin } from '../../src/ledger/names.js';

describe('names', () => {
  test.each(['default', 'a', '0', 'front-desk', 'shop.example', '12345', `a${'b'.repeat(62)}`])(
    '%s is a tenant',
    (name) => {
      expect(isTenantName(name)).toBe(true);
      expect(parseOrigin(originOf('main', name))).toEqual({ instance: 'main', tenant: name });
    },
  );

  test.each([
    '',
    '-a',
    '.a',
    'A',
    'a b',
    'a/b',
    'a_b',
    'ä',
    'a\n',
    '123456',
    'shop-12025550100',
    `a${'b'.repeat(63)}`,
  ])('%j is none', (name) => {
    expect(isTenantName(name)).toBe(false);
    expect(() => originOf('main', name)).toThrow(/no run of six digits/);
    expect(() => originOf(name, 'main')).toThrow(/instance name/);
    expect(parseOrigin(`reeve/main/${name}`)).toBeNull();
  });

  test.each(['reeve/a', 'reeve/a/b/c', 'other/a/b', '', 'reeve//b'])('%j is no origin', (origin) => {
    expect(parseOrigin(origin)).toBeNull();
  });

  test('terms begin with a letter and hold no free text', () => {
    for (const term of ['ROLE_CHANGE', 'a', 'x.y_9', `a${'b'.repeat(63)}`]) expect(isTerm(term)).toBe(true);
    for (const term of ['', '9a', '_a', 'a b', 'a-b', 'ä', `a${'b'.repeat(64)}`])
      expect(isTerm(term)).toBe(false);
  });
});
