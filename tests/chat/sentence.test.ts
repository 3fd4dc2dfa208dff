import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Person } from '../../src/access/person.js';
import { defineAction, type EventContent, type EventContext } from '../../src/audit/catalogue/action.js';
import { BUILT_IN_ACTIONS } from '../../src/audit/catalogue/builtIn.js';
import { contentOf } from '../../src/audit/event.js';
import { emptyFilter } from '../../src/audit/query/filter.js';
import type { AuditItem } from '../../src/audit/reading/item.js';
import type { AuditRecord } from '../../src/audit/record.js';
import { entryLine, type Reader, sentence } from '../../src/chat/sentence.js';
import { shownTo } from '../../src/chat/show.js';
import { freshSqlite } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { inTime } from '../support/inTime.js';
import { openTestRecord } from '../support/record.js';

const ANA = { phone: '+12025550100', name: 'Ana', role: 'ADMIN' };
const BO = { phone: '+12025550101', name: 'Bo', role: 'USER' };
/** Somebody without a name: the number must not be seen in a group. */
const NAMELESS = { phone: '+493023125002', role: 'USER' };

const refunded = defineAction({
  name: 'ORDER_REFUNDED',
  category: 'ADMIN',
  verb: 'UPDATE',
  entityType: 'order',
  severity: 'notice',
  delivery: 'spooled',
  description: 'An order was paid back',
  payload: z.object({ order: z.string() }),
  event: ({ order }) => ({ entityId: order, description: `Order ${order} paid back` }),
});

interface Case {
  action: string;
  payload: unknown;
  context?: EventContext & Pick<EventContent, 'metadata' | 'description'>;
  says: string;
}

const role = (performedBy: unknown, targetUser: unknown, oldRole: string, newRole: string) => ({
  performedBy,
  targetUser,
  oldRole,
  newRole,
});

/** Every action of the catalogue at least once, as a group reads it. */
const CASES: readonly Case[] = [
  { action: 'ROLE_CHANGE', payload: role(ANA, BO, 'USER', 'OPERATOR'), says: 'Ana made Bo OPERATOR' },
  {
    action: 'ROLE_CHANGE',
    payload: role('SYSTEM', NAMELESS, 'USER', 'OWNER'),
    says: 'Reeve made +49•••••002 OWNER',
  },
  {
    action: 'ROLE_CHANGE',
    payload: { ...role(ANA, BO, 'OPERATOR', 'USER'), undoes: 12 },
    says: 'Ana made Bo USER (takes back #12)',
  },
  {
    action: 'ROLE_CHANGE',
    payload: role({ phone: NAMELESS.phone }, { ...BO, name: '+49 30 23125 001' }, 'USER', 'ADMIN'),
    says: '+49•••••002 made +49•••••001 ADMIN',
  },
  {
    action: 'WHITELIST_CHANGE',
    payload: { performedBy: ANA, change: 'added', targetUser: BO },
    says: 'Ana put Bo on the whitelist',
  },
  {
    action: 'WHITELIST_CHANGE',
    payload: { performedBy: ANA, change: 'removed', targetUser: { phone: BO.phone } },
    says: 'Ana took +1•••••101 off the whitelist',
  },
  {
    action: 'WHITELIST_CHANGE',
    payload: { performedBy: ANA, change: 'on' },
    says: 'Ana switched the whitelist on',
  },
  {
    action: 'USER_ACTIVATION_CHANGE',
    payload: { performedBy: ANA, targetUser: BO, active: false },
    says: 'Ana deactivated Bo',
  },
  {
    action: 'USER_ACTIVATION_CHANGE',
    payload: { performedBy: ANA, targetUser: BO, active: true },
    says: 'Ana activated Bo',
  },
  {
    action: 'IDENTITY_LINK_CHANGE',
    payload: { performedBy: ANA, lid: 'lid:100200300', oldPhone: null, newPhone: BO.phone },
    says: 'Ana linked lid:•••••300 to +1•••••101',
  },
  {
    action: 'IDENTITY_LINK_CHANGE',
    payload: { performedBy: 'SYSTEM', lid: 'lid:100200300', oldPhone: BO.phone, newPhone: ANA.phone },
    says: 'Reeve linked lid:•••••300 to +1•••••100 (was +1•••••101)',
  },
  {
    action: 'PERMISSION_DENIED',
    payload: {
      phoneNumber: BO.phone,
      userRole: 'USER',
      action: 'role promote',
      reason: 'USER; it takes OPERATOR',
      rule: 'role',
    },
    context: { actor: BO, metadata: { rule: 'role', command: 'role promote' } },
    says: 'Bo was refused `role promote` (takes a higher role)',
  },
  {
    action: 'CONFIG_CHANGE',
    payload: { performedBy: ANA, key: 'limits.user', oldValue: '20/1m', newValue: '30/1m' },
    says: 'Ana set limits.user to 30/1m (was 20/1m)',
  },
  {
    action: 'CONFIG_CHANGE',
    payload: { performedBy: ANA, key: 'shop.token', oldValue: 'a', newValue: 'b', secret: true },
    says: 'Ana changed the secret shop.token',
  },
  { action: 'USAGE_QUERY', payload: { performedBy: ANA }, says: 'Ana looked at usage' },
  {
    action: 'USAGE_QUERY',
    payload: { performedBy: ANA, targetUser: { phone: BO.phone } },
    says: 'Ana looked at the usage of +1•••••101',
  },
  {
    action: 'AUDIT_LOG_VIEWED',
    payload: { performedBy: ANA, query: 'audit list actor:+12025550101', rows: 3 },
    says: 'Ana read the record: `audit list actor:+1•••••101`',
  },
  {
    action: 'AUDIT_LOG_VIEWED',
    payload: { performedBy: ANA },
    context: { metadata: { suppressed: 14 }, description: '14 more like it: Ana read the record' },
    says: 'Ana read the record (14 more times)',
  },
  {
    action: 'AUDIT_LOG_EXPORTED',
    payload: { performedBy: ANA, format: 'csv', rows: 12, sha256: 'ab' },
    says: 'Ana exported 12 entries as CSV',
  },
  {
    action: 'COST_THRESHOLD_BREACH',
    payload: { phoneNumber: NAMELESS.phone, threshold: '5.00', actual: '5.20', period: 'day' },
    says: 'Cost 5.20 went over 5.00 (day), by +49•••••002',
  },
  { action: 'CONVERSATION_RESET', payload: { performedBy: ANA }, says: 'Ana cleared a conversation' },
  {
    action: 'CONVERSATION_RESET',
    payload: { performedBy: ANA, targetUser: { phone: BO.phone } },
    says: 'Ana cleared the conversation of +1•••••101',
  },
  {
    action: 'RATE_LIMIT_VIOLATION',
    payload: { phoneNumber: BO.phone, limit: 'user' },
    context: { actor: BO },
    says: 'Bo went over the limit of one person',
  },
  {
    action: 'MODERATION_FLAG',
    payload: { phoneNumber: BO.phone, category: 'violence', score: '0.9' },
    says: 'A message of +1•••••101 was flagged as violence',
  },
  {
    action: 'CIRCUIT_BREAKER_CHANGE',
    payload: { breaker: 'llm', oldState: 'closed', newState: 'open' },
    says: 'The breaker llm opened',
  },
  {
    action: 'CIRCUIT_BREAKER_CHANGE',
    payload: { breaker: 'llm', oldState: 'open', newState: 'closed', performedBy: ANA },
    says: 'Ana set the breaker llm to closed',
  },
  {
    action: 'LIMIT_RESET',
    payload: { performedBy: ANA, limit: 'user', targetUser: { phone: BO.phone } },
    says: 'Ana set the limits of +1•••••101 back',
  },
  {
    action: 'SAVED_SEARCH_CHANGE',
    payload: { performedBy: ANA, name: 'denials', oldQuery: null, newQuery: 'outcome:denied' },
    says: 'Ana saved the search denials',
  },
  {
    action: 'SAVED_SEARCH_CHANGE',
    payload: { performedBy: ANA, name: 'denials', oldQuery: 'outcome:denied', newQuery: null },
    says: 'Ana dropped the search denials',
  },
  {
    action: 'WATCH_CHANGE',
    payload: { performedBy: ANA, change: 'started', query: '', until: 5 },
    says: 'Ana began to watch the record',
  },
  {
    action: 'WATCH_CHANGE',
    payload: { performedBy: ANA, change: 'ended', query: '', until: null },
    says: 'Ana ended a watch of the record',
  },
  {
    action: 'WATCH_CHANGE',
    payload: { performedBy: 'SYSTEM', watcher: BO, change: 'ended', query: '', until: null },
    says: 'The watch of Bo ended',
  },
  {
    action: 'DELIVERY_FAILED',
    payload: { to: { phone: BO.phone }, what: 'the answer to audit list', cause: 'ECONNRESET' },
    says: 'The answer to audit list could not be delivered to +1•••••101',
  },
  {
    action: 'COMMAND_IGNORED',
    payload: { phoneNumber: BO.phone, command: 'role promote', reason: 'it came too late' },
    context: { actor: BO },
    says: '`role promote` of Bo was not run: it came too late',
  },
  {
    action: 'COMMAND_FAILED',
    payload: { performedBy: ANA, command: 'undo', cause: 'ALREADY_UNDONE' },
    says: 'Ana tried `undo`, which failed (already undone)',
  },
  {
    action: 'SESSION_CHANGE',
    payload: { gateway: 'whatsapp', change: 'linked' },
    says: 'whatsapp: linked',
  },
  {
    action: 'AUDIT_LOSS',
    payload: { count: 3, from: 1, until: 2, cause: 'the disk was full' },
    says: '3 events were lost: the disk was full',
  },
  {
    action: 'AUDIT_GUARDS_RESTORED',
    payload: { guards: ['a', 'b'] },
    says: '2 append-only guards had gone and were put back',
  },
  { action: 'KEY_ROTATED', payload: { oldKey: 'a', newKey: 'b' }, says: 'The signing key was replaced' },
  {
    action: 'ARCHIVE_EXPIRED',
    payload: { from: 1, to: 9, segments: 1 },
    says: 'Entries 1 to 9 were removed from the archive',
  },
  {
    action: 'RETENTION_RUN',
    payload: { days: 90, removed: 1, archived: 0, expired: 1, ms: 7 },
    says: 'Retention removed 1 entry',
  },
  {
    action: 'RETENTION_RUN',
    payload: {
      days: 90,
      removed: 0,
      archived: 0,
      expired: 5,
      ms: 7,
      failure: { code: 'CLOCK_BEHIND', why: 'The clock is behind' },
    },
    says: 'Retention removed nothing more: The clock is behind',
  },
  { action: 'HEARTBEAT', payload: { every: 'day' }, says: 'The record is being kept' },
  {
    action: 'RETENTION_PRUNED',
    payload: { from: 1, to: 9, count: 9, root: 'ab', archive: null },
    says: 'Entries 1 to 9 were removed by retention',
  },
  {
    action: 'SUBJECT_ERASED',
    payload: { actor: [[1, 2]], rest: [[1, 2]], count: 2 },
    says: 'A person was erased from 2 entries',
  },
  {
    action: 'HOLD_CHANGE',
    payload: { performedBy: ANA, kind: 'person', what: '+12025550101', change: 'laid', reason: 'May' },
    says: 'Ana laid a hold on +1•••••101',
  },
  {
    action: 'HOLD_CHANGE',
    payload: { performedBy: ANA, kind: 'range', what: '3-7', change: 'released', hold: '9' },
    says: 'Ana released the hold on cases 3-7',
  },
  {
    action: 'HOLD_CHANGE',
    payload: { performedBy: ANA, kind: 'query', what: 'actor:+12025550101 since:7d', change: 'laid' },
    says: 'Ana laid a hold on `actor:+1•••••101 since:7d`',
  },
  {
    action: 'LEDGER_RECOVERED',
    payload: { signedSize: 9, signedRoot: 'ab', restoredSize: 7, reason: 'the disk died' },
    says: 'The ledger goes on from 7; 9 had been signed',
  },
  {
    action: 'ORDER_REFUNDED',
    payload: { order: 'A-17' },
    context: { actor: ANA },
    says: 'Order A-17 paid back (Ana)',
  },
  {
    action: 'ORDER_REFUNDED',
    payload: { order: 'A-17' },
    context: { actor: BO, outcome: 'denied' },
    says: 'Bo was refused: Order A-17 paid back',
  },
  {
    action: 'ROLE_CHANGE',
    payload: role(ANA, BO, 'USER', 'OPERATOR'),
    context: { outcome: 'failure', description: 'role promote failed', error: 'LAST_OWNER' },
    says: 'Ana tried `role promote`, which failed (last owner)',
  },
];

const person = (address: string, isAdmin: boolean): Person => ({
  id: null,
  address,
  name: null,
  role: isAdmin ? 'ADMIN' : 'USER',
  isActive: true,
  isListed: false,
});

describe('an entry as a sentence', () => {
  const clock = new FakeClock();
  let record: AuditRecord;
  let items: AuditItem[];
  let reader: Reader;

  beforeAll(async () => {
    record = await openTestRecord(await freshSqlite(), { clock, shared: true, actions: [refunded] });
    // Not by way of the logger, which would collapse some of them.
    for (const { action, payload, context = {} } of CASES)
      await record.write(action, contentOf(record.catalogue.get(action), payload, context));
    items = (await record.repository.query(emptyFilter(), { limit: 100 })).items.reverse();
    reader = {
      show: shownTo({ person: person('+12025550199', true), isGroup: true }),
      catalogue: record.catalogue,
      now: clock.now(),
      timeZone: 'Europe/Berlin',
    };
  });

  test('is there for every action of the catalogue', () => {
    expect(new Set(CASES.map(({ action }) => action))).toEqual(
      new Set([...BUILT_IN_ACTIONS.map(({ name }) => name), 'ORDER_REFUNDED']),
    );
    expect(items).toHaveLength(CASES.length);
  });

  test.each(CASES.map(({ action, says }, index) => ({ index, action, says })))(
    '$action in a group: $says',
    ({ index, says }) => {
      expect(String(sentence(items[index]!, reader))).toBe(says);
    },
  );

  test('shows no number in a group, whatever the action', () => {
    for (const item of items) expect(String(entryLine(item, reader))).not.toMatch(/\+\d{5}|lid:\d|\d{7}/);
  });

  test('shows an admin the number in a direct chat', () => {
    const show = shownTo({ person: person('+12025550199', true), isGroup: false });
    const says = items.map((item) => String(sentence(item, { ...reader, show })));
    expect(says).toContain('Reeve made +493023125002 OWNER');
    expect(says).toContain('Ana took +12025550101 off the whitelist');
  });

  test('fits on two lines of a phone, and cannot format or break the answer', () => {
    const hostile = {
      ...items[0]!,
      actorName: `*Ana*\n~x~ ${'y'.repeat(500)}`,
      description: 'x'.repeat(9999),
    };
    const said = String(sentence(hostile, reader));
    expect(said).not.toMatch(/[*~\n]/);
    expect(said.length).toBeLessThan(160);
  });

  test('takes no time, however long and whatever the description is', () => {
    for (const piece of [' made ', ' made x (was ', ' was added to the whitelist', ' was '])
      for (const item of items)
        inTime(() => sentence({ ...item, description: piece.repeat(12_000 / piece.length) }, reader), 20);
  });

  test('of an erased entry tells what the action is, and no more', () => {
    const gone = {
      ...items[0]!,
      actorName: null,
      actorPhone: null,
      description: null,
      before: null,
      after: null,
      entityId: null,
      erasedAt: 5,
    };
    expect(String(sentence(gone, reader))).toBe("A person's role was changed (erased)");
  });

  test('begins with the number and the time, and with the day where that is another', () => {
    const [item] = items;
    const at = (ms: number) => String(entryLine({ ...item!, at: clock.now() + ms }, reader));
    expect(at(0)).toBe('#1 · 14:00 · Ana made Bo OPERATOR');
    expect(at(-24 * 3_600_000)).toBe('#1 · 13 May 14:00 · Ana made Bo OPERATOR');
    expect(at(-365 * 24 * 3_600_000)).toBe('#1 · 14 May 2030 14:00 · Ana made Bo OPERATOR');
  });
});
