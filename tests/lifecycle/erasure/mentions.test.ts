import { describe, expect, test } from '@jest/globals';
import { Mentions } from '../../../src/lifecycle/erasure/mentions.js';
import { inTime } from '../../support/inTime.js';

const bob = new Mentions({
  addresses: ['+12025550101', 'lid:998877665544'],
  ids: ['3f0d6d5e-8f5c-4f0e-9a55-0d4a3c3f3b11', 'u7'],
  names: ['Bob Marlow', 'Zoë', 'O"Hara', 'Al'],
});

describe('a number is found however it is written', () => {
  test.each([
    '+12025550101',
    '12025550101',
    'call +1 202 555 0101 today',
    '+1 (202) 555-0101.',
    '+1.202.555.0101',
    '0012025550101',
    'true_12025550101@c.us_3EB0A1',
    '12025550101:12@s.whatsapp.net',
    '120363041234567890@g.us_3EB0_12025550101@c.us',
    '{"phone":12025550101}',
    '{"text":"call\\n12025550101"}',
    '{"body":"{\\"phone\\":\\"+1\\u00a0202 555 0101\\"}"}',
    '+1\u00a0202\u2011555\u20110101',
    '\u202a+1 202 555 0101\u202c',
    '５ or １２０２５５５０１０１',
    'a%2B12025550101',
  ])('%j', (text) => expect(bob.inText(text)).toBe(true));

  test.each(['+120255501012', '912025550101', '+12025550102', '202 555 010', '1 202 555 01 0 22'])(
    'not in %j',
    (text) => expect(bob.inText(text)).toBe(false),
  );

  test("as people write it among themselves only in the installation's own country", () => {
    const subject = { addresses: ['+493023125001'], ids: [], names: [] };
    expect(new Mentions(subject, 'DE').inText('ruf 030 23125 001 an')).toBe(true);
    expect(new Mentions(subject, 'DE').inText('+49 (0)30 23125-001')).toBe(true);
    expect(new Mentions(subject).inText('ruf 030 23125 001 an')).toBe(false);
  });
});

describe('a LID', () => {
  test.each(['lid:998877665544', '998877665544@lid', 'false_998877665544:3@lid_AB', 'hi @998877665544!'])(
    'is found in %j',
    (text) => expect(bob.inText(text)).toBe(true),
  );
  test.each(['lid:9988776655441', '1998877665544@lid'])('is not in %j', (text) =>
    expect(bob.inText(text)).toBe(false),
  );
  test('of few digits is found only where it says what it is', () => {
    const few = new Mentions({ addresses: ['lid:12345'], ids: [], names: [] });
    expect(few.inText('12345@lid')).toBe(true);
    expect(few.inText('lid:12345')).toBe(true);
    expect(few.inText('case 12345')).toBe(false);
  });
});

describe('a name', () => {
  test.each([
    'Ana made Bob Marlow OPERATOR',
    'BOB MARLOW',
    'bob  marlow',
    '"Bob-Marlow"',
    'to zoë.',
    'ZOE\u0308',
    '{"to":"a\\nBob Marlow"}',
  ])('is found in %j', (text) => expect(bob.inText(text)).toBe(true));
  test.each(['Bobby Marlow', 'Bob Marlowe', 'Bob', 'Zoëtrope', 'Marlow Bob', 'Al'])('is not in %j', (text) =>
    expect(bob.inText(text)).toBe(false),
  );
  test('with a quotation mark is found in JSON', () => {
    expect(bob.inText(JSON.stringify({ to: 'O"Hara' }))).toBe(true);
    expect(bob.inText(JSON.stringify(JSON.stringify({ to: 'O"Hara' })))).toBe(true);
  });
  test('does not reach from one field into the next', () => {
    expect(bob.inRest({ description: 'Bob', reason: 'Marlow' })).toBe(false);
    expect(bob.inRest({ description: 'Bob', reason: 'Bob Marlow' })).toBe(true);
  });
});

describe('an id', () => {
  test('is found as a whole, in texts only where it is long enough to be no word', () => {
    expect(bob.inActor({ actorId: 'u7' })).toBe(true);
    expect(bob.inRest({ entityId: 'u7' })).toBe(true);
    expect(bob.inRest({ description: 'u7' })).toBe(false);
    expect(bob.inRest({ metadata: '{"user":"3f0d6d5e-8f5c-4f0e-9a55-0d4a3c3f3b11"}' })).toBe(true);
    expect(bob.inRest({ metadata: '{"user":"3f0d6d5e-8f5c-4f0e-9a55-0d4a3c3f3b112"}' })).toBe(false);
  });
});

test('nobody is found by nothing', () => {
  const nobody = new Mentions({ addresses: [], ids: [], names: [] });
  expect(nobody.inText('')).toBe(false);
  expect(nobody.inActor({})).toBe(false);
});

test('a hostile text costs time in proportion to its length', () => {
  for (const piece of ['1 ', 'bob ', '\\'])
    inTime(() => expect(bob.inText(piece.repeat(100_000))).toBe(false), 1000);
});
