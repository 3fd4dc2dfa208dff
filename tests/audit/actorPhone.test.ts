import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isActorPhone, withActorPhone } from '../../src/audit/actorPhone.js';
import type { EventContext, Person } from '../../src/audit/catalogue/action.js';
import { freshSqlite } from '../support/databases.js';
import { openTestRecord, readEntries } from '../support/record.js';

const RESET = { performedBy: '+12025550100' } as const;

test('a host may know its people by id alone: nothing is lost, and no entry lacks an address', async () => {
  const database = await freshSqlite();
  const { logger } = await openTestRecord(database);
  const cases: [Person, EventContext, unknown[]][] = [
    ['u1', {}, ['user', 'SYSTEM', 'u1', null]],
    [{ id: 'u1', name: 'Ana' }, {}, ['user', 'SYSTEM', 'u1', 'Ana']],
    ['u1', { channel: 'console' }, ['user', 'console:local', 'u1', null]],
    ['cron', { channel: 'console', actorType: 'system' }, ['system', 'SYSTEM', 'cron', null]],
    [{ phone: '0301234' }, {}, ['user', 'SYSTEM', '0301234', null]],
    [{ phone: '0301234', id: 'u1' }, {}, ['user', 'SYSTEM', 'u1', '0301234']],
    [{ phone: '0301234', id: 'u1', name: 'Ana' }, {}, ['user', 'SYSTEM', 'u1', 'Ana']],
    ['+49 30 23125-001', {}, ['user', '+493023125001', null, null]],
    ['100200300@lid', {}, ['user', 'lid:100200300', null, null]],
    ['SYSTEM', {}, ['system', 'SYSTEM', null, null]],
  ];
  for (const [performedBy, context] of cases) {
    expect(await logger.logConversationReset({ performedBy }, context)).toMatchObject({
      status: 'committed',
    });
  }
  const entries = await readEntries(database);
  expect(
    entries.map(({ public: { actorType }, actor }) => [
      actorType,
      actor?.actorPhone,
      actor?.actorId ?? null,
      actor?.actorName ?? null,
    ]),
  ).toEqual(cases.map(([, , expected]) => expected));
});

test('an event of nobody is the system’s', async () => {
  const database = await freshSqlite();
  const record = await openTestRecord(database);
  await record.write('CONFIG_CHANGE', { description: 'something happened' });
  await record.logger.logConversationReset(RESET);
  const entries = await readEntries(database);
  expect(entries.map(({ public: { actorType }, actor }) => [actorType, actor?.actorPhone])).toEqual([
    ['system', 'SYSTEM'],
    ['user', '+12025550100'],
  ]);
});

test('whatever is given, what is stored is one of the four forms', () => {
  const text = fc.option(fc.oneof(fc.string(), fc.stringMatching(/^[+\d:a-zA-Z]{0,20}$/)), {
    nil: undefined,
  });
  fc.assert(
    fc.property(
      fc.record({ id: text, phone: text, name: text }),
      fc.constantFrom('user', 'system', 'agent'),
      fc.constantFrom('console', 'whatsapp', 'cli'),
      (actor, actorType, channel) => isActorPhone(withActorPhone(actor, actorType, channel).phone ?? ''),
    ),
    { seed: 3, numRuns: 300 },
  );
});
