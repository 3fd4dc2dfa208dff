import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressKind, LOCAL, parseAddress } from '../../src/access/address.js';
import { inTime } from '../support/inTime.js';

describe('parseAddress', () => {
  test.each([
    '+49 30 23125 001',
    '+493023125001',
    '+49 (30) 23125-001',
    '+49 (0)30 23125001',
    '0049 30 23125001',
    '030 23125001',
    '030/23125-001',
    '493023125001@c.us',
    '493023125001@s.whatsapp.net',
    '493023125001:12@s.whatsapp.net',
    '  030 23125001\n',
    '030\u00a023125\u2011001',
  ])('%j is one and the same person', (written) => {
    expect(parseAddress(written, 'DE')).toBe('+493023125001');
  });

  test('a number without a country code is nobody where no country is configured', () => {
    expect(parseAddress('030 23125001')).toBeNull();
    expect(parseAddress('+49 30 23125001')).toBe('+493023125001');
  });

  test('a LID is never a phone, even where the digits are the same', () => {
    expect(parseAddress('493023125001@lid', 'DE')).toBe('lid:493023125001');
    expect(parseAddress('LID:493023125001', 'DE')).toBe('lid:493023125001');
    expect(addressKind('lid:493023125001')).toBe('lid');
    expect(addressKind('+493023125001')).toBe('phone');
  });

  test('the console is an address of its own', () => {
    expect(parseAddress(LOCAL)).toBe(LOCAL);
    expect(addressKind(LOCAL)).toBe('console');
  });

  test.each([
    '',
    ' ',
    'Ana',
    '+',
    'lid:',
    'lid:12x',
    '12345@g.us',
    '@c.us',
    '+49 30 23125001 and more',
    '+12',
    '+4930231250014930231250',
    '٠٣٠٢٣١٢٥٠٠١',
    'tel:+493023125001',
    '+493023125001;ext=5',
    'console:root',
    `+49${'0'.repeat(80)}`,
  ])('%j is nobody', (written) => {
    expect(parseAddress(written, 'DE')).toBeNull();
  });

  /** What comes out goes in again and stays the same: nobody is two persons. */
  test('an address is its own', () => {
    const digits = fc.stringMatching(/^[0-9 ()./-]{3,20}$/);
    const written = fc.oneof(
      digits,
      digits.map((text) => `+${text}`),
      digits.map((text) => `+1202555${text}`),
      fc.stringMatching(/^[0-9]{1,20}@(c\.us|lid|s\.whatsapp\.net)$/),
    );
    fc.assert(
      fc.property(written, fc.constantFrom(undefined, 'DE', 'US'), (text, country) => {
        const address = parseAddress(text, country);
        if (address === null) return;
        expect(address).toMatch(/^(?:\+[1-9]\d{5,16}|lid:\d{1,20})$/);
        expect(parseAddress(address, country)).toBe(address);
      }),
      { seed: 31, numRuns: 500 },
    );
  });

  test('no text, however hostile, makes it throw or takes long', () => {
    const piece = fc.constantFrom(
      '+',
      '0',
      '00',
      '49',
      '(',
      ')',
      '-',
      '.',
      '/',
      ' ',
      '\u00a0',
      '\u202e',
      '\u200b',
      '\0',
      'lid:',
      '@lid',
      '@c.us',
      ':',
      'ext',
      ';',
      '\ud83d',
      '١',
    );
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
      fc.tuple(piece, fc.integer({ min: 1, max: 64 })).map(([text, times]) => text.repeat(times * 1024)),
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom(undefined, 'DE', 'XX', 'constructor'), (text, country) => {
        inTime(() => parseAddress(text, country));
      }),
      { seed: 32, numRuns: 1000 },
    );
  });
});
