import { Writable } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type AuditedCall, Denied } from '../../src/audit/audited.js';
import type { BuiltInPayloads } from '../../src/audit/catalogue/catalogue.js';
import type { AuditRecord } from '../../src/audit/record.js';
import type { Database } from '../../src/config/database.js';
import { freshSqlite } from '../support/databases.js';
import { failureOf } from '../support/failureOf.js';
import { openTestRecord, readEntries } from '../support/record.js';

const WHO = '+12025550142';

/** What a host may get wrong names a person, as errors of other people's code do. */
class Slip extends Error {
  readonly code = 'E_SLIP';
  constructor() {
    super(`no such person: ${WHO}`);
  }
}
const slip = (): never => {
  throw new Slip();
};

interface Line {
  level: number;
  action: string;
  code?: string;
  msg: string;
}

let database: Database;
let record: AuditRecord;
let lines: Line[];
beforeEach(async () => {
  lines = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  database = await freshSqlite();
  record = await openTestRecord(database, { log: pino({ level: 'info' }, sink) });
});

type Call = AuditedCall<BuiltInPayloads['CONFIG_CHANGE'], [string], string>;
const CALL: Call = {
  payload: (key) => ({ key, oldValue: 'old', newValue: 'new' }),
  context: () => ({ reason: 'because' }),
  before: () => 'hello',
  after: () => 'good day',
};
const greet = (call: Partial<Call>, work = (key: string): string | Promise<string> => `done ${key}`) =>
  record.logger.audited('CONFIG_CHANGE', work, { ...CALL, ...call })('greeting');

async function written() {
  await record.flush();
  return (await readEntries(database)).map(({ public: { action, outcome }, rest }) => ({
    action,
    outcome,
    before: rest?.before,
    after: rest?.after,
    reason: rest?.reason,
  }));
}

describe('a call that is recorded', () => {
  test('leaves one event with the states around it, and its result as it is', async () => {
    expect(await greet({})).toBe('done greeting');
    expect(await written()).toEqual([
      {
        action: 'CONFIG_CHANGE',
        outcome: 'success',
        before: '"hello"',
        after: '"good day"',
        reason: 'because',
      },
    ]);
    expect(lines).toEqual([]);
  });

  test('fails with its own error, and is recorded as a failure or a denial', async () => {
    const broken = new Error('broken');
    const refused = new Denied('no');
    for (const error of [broken, refused]) {
      const failing = greet({}, () => {
        throw error;
      });
      expect(await failureOf(failing)).toBe(error);
    }
    expect((await written()).map(({ outcome }) => outcome)).toEqual(['failure', 'denied']);
  });

  const parts = ['payload', 'context', 'before', 'after'] as const;
  test.each(parts)(
    'gives its result where %s() fails; that is logged without personal data, and counted',
    async (part) => {
      expect(await greet({ [part]: slip })).toBe('done greeting');
      expect(lines).toEqual([
        expect.objectContaining({ level: 50, action: 'CONFIG_CHANGE', code: 'E_SLIP' }),
      ]);
      expect(lines[0]?.msg).toContain(`${part}() of an audited call failed`);
      expect(JSON.stringify(lines)).not.toContain(WHO);
      expect(record.status().shed).toBe(1);
      const events = await written();
      expect(events.map(({ action }) => action)).toEqual(
        part === 'payload' ? ['AUDIT_LOSS'] : ['CONFIG_CHANGE', 'AUDIT_LOSS'],
      );
      if (part === 'before' || part === 'after')
        expect(events[0]?.[part]).not.toBe(part === 'before' ? '"hello"' : '"good day"');
      expect(JSON.stringify(await readEntries(database))).not.toContain(WHO);
    },
  );

  test('fails with its own error also where isDenial() fails', async () => {
    const broken = new Error('broken');
    const failing = greet({ isDenial: slip }, () => {
      throw broken;
    });
    expect(await failureOf(failing)).toBe(broken);
    expect((await written()).map(({ outcome }) => outcome)).toEqual(['failure', 'failure']);
    expect(lines).toHaveLength(1);
  });

  test('does not mind what is thrown', async () => {
    const nothing = () => {
      throw null;
    };
    expect(await greet({ payload: nothing, before: nothing })).toBe('done greeting');
    expect(lines).toHaveLength(2);
  });
});
