import { describe, expect, test } from '@jest/globals';
import { type AuditRow, matches } from '../../../src/audit/query/matches.js';
import { parseQuery } from '../../../src/audit/query/parse.js';

const NOW = Date.parse('2026-11-14T14:30:15.250Z');

const ROW: AuditRow = {
  seq: 150,
  id: '0b7c2f8e-0000-4000-8000-000000000001',
  at: NOW - 3_600_000,
  category: 'ADMIN',
  action: 'ROLE_CHANGE',
  verb: 'UPDATE',
  outcome: 'success',
  actorType: 'user',
  actorId: 'u1',
  actorPhone: '+12025550100',
  actorName: 'Ana Maria',
  actorRole: 'OWNER',
  entityType: 'user',
  entityId: 'u2',
  channel: 'whatsapp',
  description: 'Promoted Ben Adam to ADMIN',
  metadata: '{"ticket":"word of mouth"}',
  status: 404,
  ip: null,
};

function finds(query: string, row: AuditRow = ROW): boolean {
  const result = parseQuery(query, { now: NOW, timeZone: 'Europe/Berlin' });
  if (!result.ok) throw new Error(result.error.problem);
  return matches(result.filter, row);
}

describe('a row', () => {
  test.each([
    '',
    'actor:+12025550100',
    'actor:"Ana Maria"',
    'actor:u1',
    'actor:Ana*',
    'action:role.*',
    'category:AUTH,ADMIN',
    '-outcome:denied,failure',
    'entity:user:u2',
    'entity:user',
    'entity:u2',
    'status:4xx',
    '-ip:192.0.2.1',
    'seq:100..200',
    '-seq:1,2',
    'since:2h',
    'since:today until:now',
    'promoted',
    'PROMOTED',
    '"ben adam" ana',
    '"word of mouth"',
    'until:2026-11-14',
  ])('is found by %p', (query) => expect(finds(query)).toBe(true));

  test.each([
    'actor:+12025550101',
    'actor:ana*',
    'action:config.*',
    'category:AUTH',
    '-outcome:success',
    'entity:user:u1',
    'status:5xx',
    'ip:192.0.2.1',
    'ip:*',
    'seq:151..',
    'seq:..149',
    '-seq:100..200',
    'since:30m',
    'until:yesterday',
    'promote',
    '"adam ben"',
    'promoted demoted',
    'ADMIN word ticket missing',
  ])('is not found by %p', (query) => expect(finds(query)).toBe(false));

  test('without a value is found by every exclusion, as erased rows are', () => {
    expect(finds('-actor:+12025550100', { seq: 1, at: NOW, outcome: 'success' })).toBe(true);
    expect(finds('actor:*', { seq: 1, at: NOW, outcome: 'success' })).toBe(false);
  });

  test('a phrase does not reach over two columns', () => {
    expect(finds('"admin word"')).toBe(false);
    expect(finds('"to admin" "ticket word"')).toBe(true);
  });

  test('since is included, until excluded', () => {
    const since = { terms: [], text: [], since: NOW };
    expect(matches(since, { at: NOW })).toBe(true);
    expect(matches({ terms: [], text: [], until: NOW }, { at: NOW })).toBe(false);
    expect(matches(since, {})).toBe(false);
  });
});
