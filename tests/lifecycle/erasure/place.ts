import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { AuditRecord } from '../../../src/audit/record.js';
import { wireErasure } from '../../../src/chat/forgetting.js';
import { type Config, loadConfig } from '../../../src/config/config.js';
import type { Database } from '../../../src/config/database.js';
import type { Archive } from '../../../src/lifecycle/archive/archive.js';
import type { Erasure } from '../../../src/lifecycle/erasure/erasure.js';
import { LegalHolds } from '../../../src/lifecycle/hold/legalHolds.js';
import { FakeClock } from '../../../src/testing/fakeClock.js';
import { dataDirFor, openTestRecord, type RecordOverrides } from '../../support/record.js';
import { type Trace, tracesIn, tracesInRows, tracesOf } from './traces.js';

export const ANA = '+12025550100';
export const BOB = '+12025550101';
export const CY = '+12025550102';
export const BOBS_LID = 'lid:998877665544332';

/** Longer words than Bob's name would need: none of it may be found anywhere. */
export const BOBS_NAME = 'Robert Quillfeather';

export interface ErasurePlace {
  readonly record: AuditRecord;
  readonly holds: LegalHolds;
  readonly erasure: Erasure;
  readonly clock: FakeClock;
  readonly config: Config;
}

export async function openErasure(
  database: Database,
  options: Omit<RecordOverrides, 'clock'> & {
    clock?: FakeClock;
    archive?: Archive;
    onStep?: (step: string) => void | Promise<void>;
    owners?: string;
  } = {},
): Promise<ErasurePlace> {
  const { archive = null, onStep, owners = '', clock: _, ...overrides } = options;
  const clock = options.clock ?? new FakeClock();
  const record = await openTestRecord(database, { ...overrides, clock });
  const config = loadConfig({
    env: {
      REEVE_DATA_DIR: dataDirFor(database),
      REEVE_TENANT: 'acme',
      REEVE_OWNERS: owners,
      REEVE_TIMEZONE: 'UTC',
    },
    cwd: dataDirFor(database),
  });
  const holds = new LegalHolds({ record, clock });
  const erasure = wireErasure({
    config,
    record,
    clock,
    holds,
    archive,
    ...(onStep !== undefined && { onStep }),
  });
  return { record, holds, erasure, clock, config };
}

/** Everything under which Bob might be found, and how each is spelled in bytes. */
export const TRACES = tracesOf({
  phone: '12025550101',
  name: BOBS_NAME,
  lid: '998877665544332',
  words: ['12025550101', '2025550101', '202-555-0101', '998877665544332', 'Quillfeather', 'quillfeather'],
});

/** A message of Bob's that was taken. The inbox keeps a hash of its key. */
export const BOBS_MESSAGE = { channel: 'whatsapp', key: 'true_12025550101@c.us_3EB0AA' };

export const tracesInFiles = (folder: string, traces: readonly Trace[] = TRACES): string[] =>
  tracesIn(folder, traces);

export const tracesInTables = (
  record: Pick<AuditRecord, 'store'>,
  traces: readonly Trace[] = TRACES,
): Promise<string[]> => tracesInRows(record, traces);

/** Where a PostgreSQL server keeps this database, with everything in its files that it has in memory. */
export async function serverFiles({ store }: AuditRecord): Promise<string> {
  await store.read.all('CHECKPOINT');
  const place = await store.read.get<{ folder: string; oid: number }>(
    `SELECT current_setting('data_directory') AS "folder", oid::bigint AS "oid" FROM pg_database
       WHERE datname = current_database()`,
  );
  return join(place!.folder, 'base', String(place!.oid));
}

/** Bob in every table, in all the ways in which he might be spoken of. Returns how many entries speak of him. */
export async function fillWithBob({ record, clock }: ErasurePlace): Promise<void> {
  const { tenant } = record.ledger;
  const now = clock.now();
  await record.store.transaction(async (tx) => {
    const insert = (table: string, row: Record<string, string | number>) =>
      tx.run(
        `INSERT INTO "${table}" (${Object.keys(row).map((name) => `"${name}"`)}) VALUES (${Object.values(row).map((value) => (value === 'TRUE' ? 'TRUE' : '?'))})`,
        Object.values(row).filter((value) => value !== 'TRUE'),
      );
    const user = { tenant, active: 'TRUE', listed: 'TRUE', createdAt: now, updatedAt: now };
    await insert('User', { ...user, id: 'id-of-ana', address: ANA, name: 'Ana Oak', role: 'OWNER' });
    await insert('User', { ...user, id: 'id-of-bob', address: BOB, name: BOBS_NAME, role: 'ADMIN' });
    await insert('LidLink', { tenant, lid: BOBS_LID, phone: BOB, trusted: 'TRUE', learnedAt: now });
    await insert('Setting', {
      tenant,
      key: 'access.appointed',
      value: JSON.stringify([ANA, BOB]),
      updatedAt: now,
    });
    await insert('LimitState', { tenant, key: `user:${BOB}`, emptyAt: now, toldAt: now });
    await insert('SavedSearch', {
      tenant,
      owner: BOB,
      name: 'mine',
      query: 'outcome:denied',
      createdAt: now,
    });
    await insert('SavedSearch', { tenant, owner: ANA, name: 'bob', query: `actor:${BOB}`, createdAt: now });
    await insert('SavedSearch', {
      tenant,
      owner: ANA,
      name: 'kept',
      query: 'outcome:denied',
      createdAt: now,
    });
    await insert('Watch', {
      tenant,
      owner: BOB,
      chatId: '12025550101@c.us',
      query: '',
      startedAt: now,
      until: now,
    });
    await insert('ConversationTurn', {
      tenant,
      address: BOB,
      chatId: '12025550101@c.us',
      number: 1,
      at: now,
      asked: 'a',
      answered: 'b',
    });
    await insert('ConversationTurn', {
      tenant,
      address: ANA,
      chatId: 'x',
      number: 1,
      at: now,
      asked: `who is ${BOBS_NAME}?`,
      answered: 'b',
    });
    await insert('AssistantUsage', {
      tenant,
      address: BOB,
      day: '2031-05-14',
      calls: 1,
      inputTokens: 1,
      outputTokens: 1,
      cost: 1,
    });
    await insert('AssistantNotice', { tenant, what: 'budget', address: BOB, at: now });
    await insert('AssistantReservation', {
      tenant,
      id: 'a call under way',
      address: BOB,
      day: '2031-05-14',
      inputTokens: 1,
      outputTokens: 1,
      cost: 1,
      at: now,
    });
    await insert('LegalHold', {
      tenant,
      id: '900000',
      kind: 'range',
      what: '900001-900002',
      reason: `as ${BOBS_NAME} wished`,
      by: BOB,
      at: now,
    });
    const secret = 'a secret of this installation';
    await insert('InstallationSecret', { name: 'inbox', value: secret });
    const { channel, key } = BOBS_MESSAGE;
    const hash = createHmac('sha256', secret).update(`${channel}\n${key}\n`).digest('base64url');
    await insert('InboxMessage', { tenant, key: hash, at: now });
  });
  const entries: [string, Parameters<AuditRecord['write']>[1]][] = [
    [
      'ROLE_CHANGE',
      {
        actor: { id: 'id-of-ana', phone: ANA, name: 'Ana Oak', role: 'OWNER' },
        entityId: BOB,
        description: `Ana Oak made ${BOBS_NAME} ADMIN`,
      },
    ],
    [
      'CONFIG_CHANGE',
      {
        actor: { phone: BOB, name: BOBS_NAME, role: 'ADMIN' },
        entityId: 'breaker.failures',
        description: 'A setting was changed',
        chatId: 'group-7',
        before: { x: 1 },
        after: { x: 2 },
      },
    ],
    [
      'CONFIG_CHANGE',
      {
        actor: { phone: BOBS_LID },
        chatId: '998877665544332@lid',
        entityId: 'limits.user',
        description: 'A setting was changed',
      },
    ],
    [
      'CONFIG_CHANGE',
      {
        actor: { phone: ANA, name: 'Ana Oak' },
        entityId: 'x',
        description: 'Nothing about anybody',
        metadata: { count: 7 },
      },
    ],
    [
      'CONFIG_CHANGE',
      {
        actor: { phone: ANA, name: 'Ana Oak' },
        entityId: 'y',
        reason: 'asked by robert  quillfeather, +1 202-555-0101',
      },
    ],
    [
      'CONFIG_CHANGE',
      {
        actor: { phone: CY },
        entityId: 'z',
        messageKey: BOBS_MESSAGE.key,
        channel: 'whatsapp',
      },
    ],
    ['CONFIG_CHANGE', { actor: { id: 'id-of-bob' }, entityId: 'id-of-bob', description: 'by id alone' }],
    [
      'CONFIG_CHANGE',
      { actor: { phone: CY }, entityId: 'z', metadata: { text: JSON.stringify({ to: BOBS_NAME }) } },
    ],
  ];
  for (const [action, content] of entries) await record.write(action, content);
  await record.flush();
}
