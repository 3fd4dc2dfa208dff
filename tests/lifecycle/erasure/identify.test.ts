import { expect, test } from '@jest/globals';
import { type Appearance, identify, type Known } from '../../../src/lifecycle/erasure/identify.js';

const BOB = '+12025550101';
const EVE = '+12025550102';
const LID = 'lid:998877665544';

function identified(appearances: Partial<Appearance>[], known: Known[] = []) {
  return identify({
    addresses: [BOB, LID],
    known,
    appearances: appearances.map((one) => ({ address: null, id: null, name: null, ...one })),
    vocabulary: new Set(['role', 'admin', 'system']),
  });
}

test('ids and names come from the table of people and from where they acted, under whatever address', () => {
  const { subject } = identified(
    [
      { address: LID, name: 'Robert Marlow' },
      { address: BOB, id: 'host-7' },
    ],
    [{ address: BOB, id: 'u1', name: 'Bob Marlow' }],
  );
  expect(subject).toEqual({
    addresses: [BOB, LID],
    ids: ['u1', 'host-7'],
    names: ['Bob Marlow', 'Robert Marlow'],
  });
});

test('an id under which somebody else acted as well is not theirs, nor are the names that go with it', () => {
  const { subject } = identified([
    { address: BOB, id: 'service' },
    { address: EVE, id: 'service', name: 'Eve' },
    { address: 'SYSTEM', id: 'service', name: 'The Service' },
  ]);
  expect(subject.ids).toEqual([]);
  expect(subject.names).toEqual([]);
});

test('an id alone is theirs where it once came with their number', () => {
  const { subject } = identified([
    { address: BOB, id: 'host-7' },
    { address: 'SYSTEM', id: 'host-7', name: 'Robert' },
  ]);
  expect(subject.names).toEqual(['Robert']);
});

test('a name that somebody else bears is not looked for, in whatever case', () => {
  const shared = identified(
    [{ address: BOB, name: 'Sam Oak' }],
    [{ address: EVE, id: 'u2', name: 'SAM OAK' }],
  );
  expect(shared.subject.names).toEqual([]);
  expect(shared.shared).toEqual(['Sam Oak']);
});

test('nor is one that is a word of the record itself, or too short', () => {
  const { subject, ordinary } = identified([
    { address: BOB, name: 'Role Admin' },
    { address: BOB, name: 'Bo' },
    { address: BOB, name: '😀' },
    { address: BOB, name: 'Admin Marlow' },
  ]);
  expect(subject.names).toEqual(['Admin Marlow']);
  expect(ordinary).toEqual(['Role Admin', 'Bo', '😀']);
});

test('a name that stands alone is nobody else', () => {
  expect(identified([{ address: BOB, name: 'Sam Oak' }, { name: 'Sam Oak' }]).subject.names).toEqual([
    'Sam Oak',
  ]);
});
