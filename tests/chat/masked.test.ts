import { describe, expect, test } from '@jest/globals';
import type { Person } from '../../src/access/person.js';
import { clipped, masked } from '../../src/chat/masked.js';
import { shownTo } from '../../src/chat/show.js';
import { inTime } from '../support/inTime.js';

const admin: Person = {
  id: null,
  address: '+12025550199',
  name: null,
  role: 'ADMIN',
  isActive: true,
  isListed: false,
};
const inGroup = (words: string) => String(masked(words, shownTo({ person: admin, isGroup: true })));

describe('words from the record', () => {
  test.each([
    ['call +493023125001 now', 'call +49•••••001 now'],
    ['call +49 30 23125-001 now', 'call +49•••••001 now'],
    ['493023125001@c.us wrote', '+49•••••001 wrote'],
    ['lid:100200300 wrote', 'lid:•••••300 wrote'],
    ['100200300@lid wrote', 'lid:•••••300 wrote'],
    ['called 493023125001 twice', 'called +49•••••001 twice'],
    ['call 00493023125001 now', 'call +49•••••001 now'],
    ['call 0049 30 23125-001 now', 'call +49•••••001 now'],
    ['call +49\u00a030\u00a023125\u2011001 now', 'call +49•••••001 now'],
    ['call +49\u202f30\u202f23125\u2013001 now', 'call +49•••••001 now'],
    ['call \u202a+49\u200b30\u206023125\u00ad001\u202c now', 'call  +49•••••001  now'],
    ['call ＋４９３０２３１２５００１ now', 'call +49•••••001 now'],
    ['call +٤٩٣٠٢٣١٢٥٠٠١ now', 'call +49•••••001 now'],
    ['call ٤٩٣٠٢٣١٢٥٠٠١ now', 'call +49•••••001 now'],
  ])('hide numbers from a group: %s', (words, shown) => {
    expect(inGroup(words)).toBe(shown);
  });

  test.each(['case 1234567', '2031-05-14 12:00', 'A-1234', 'order 12', 'version 1.2.3', 'case 00123456'])(
    'leave other figures alone: %s',
    (words) => {
      expect(inGroup(words)).toBe(words);
    },
  );

  test('hide a number that somebody calls themselves', () => {
    for (const isGroup of [true, false]) {
      const show = shownTo({ person: { ...admin, role: 'OPERATOR' }, isGroup });
      const bo: Person = { ...admin, address: '+493023125001', name: '+49 30 23125\u00a0001' };
      expect(String(show(bo))).toBe('*+49•••••001* (+49•••••001)');
      expect(String(show({ ...bo, name: '\u061c\u{e0041}' }))).toBe('+49•••••001');
    }
  });

  test('show an admin the number in a direct chat', () => {
    const show = shownTo({ person: admin, isGroup: false });
    expect(String(masked('call +49 30 23125-001 now', show))).toBe('call +493023125001 now');
  });

  test('take no time, whatever they are', () => {
    for (const piece of ['+1 ', '00', '001 ', '+1\u200b', '+٤', '1', '+1-', 'lid:1', '1@', '+']) {
      inTime(() => inGroup(piece.repeat(65_536 / piece.length)));
    }
  });

  test('are cut between characters', () => {
    expect(clipped('abc😀', 5)).toBe('abc😀');
    expect(clipped('abc😀de', 5)).toBe('abc…');
    expect(clipped('short', 5)).toBe('short');
  });
});
