import { expect, test } from '@jest/globals';
import type { Database } from '../../../src/config/database.js';
import { verifyWhole } from '../../../src/lifecycle/archive/wholeHistory.js';
import type { Milestone } from '../../../src/lifecycle/retention/pruning.js';
import { readTrustedKeys } from '../../../src/signing/trustedKeys.js';
import { type Child, startChild } from '../../support/children.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { dataDirFor, recordSettings } from '../../support/record.js';
import { Aged } from './aged.js';

const MILESTONES: Milestone[] = [
  'examined',
  'announced',
  'signed',
  'vouched',
  'archived',
  'moved',
  'cleared',
];

interface Answer {
  outcome: string;
  removed: number;
  code: string | null;
}

const start = (aged: Aged, database: Database, more: object): Child =>
  startChild('runRetention.js', {
    settings: recordSettings(database),
    now: aged.clock.now(),
    archiveDir: aged.archiveDir,
    segmentEntries: 12,
    killedAt: null,
    waits: false,
    ...more,
  });

/** 24 old entries go in two segments; eight are young. */
async function prepared(database: Database): Promise<Aged> {
  const aged = await Aged.open(database, 24, 8);
  await aged.record.close();
  return aged;
}

describeOnBothDatabases('retention that is killed', (fresh) => {
  for (const killedAt of MILESTONES)
    test(`once it has ${killedAt}, is finished by the next run`, async () => {
      const database = await fresh();
      const before = await prepared(database);
      const child = start(before, database, { killedAt });
      await expect(child.next()).rejects.toThrow(/ended without an answer/);
      const after = await Aged.open(database, 0, 0, { archiveDir: before.archiveDir });
      after.clock.jump(before.clock.now() - after.clock.now());
      expect((await after.verify()).isValid).toBe(true);
      const run = await after.over({ archive: after.archive, segmentEntries: 12 }).run();
      expect(run.failure).toBeNull();
      expect((await after.numbers())[0]).toBe(25);
      const announced = (await after.record.repository.findByAction('RETENTION_PRUNED')).items;
      // What a killed run has announced is not announced again.
      expect(announced.map(({ metadata }) => JSON.parse(metadata ?? '') as object)).toMatchObject([
        { from: 13, to: 24 },
        { from: 1, to: 12 },
      ]);
      const verdict = await verifyWhole(after.archive, {
        reads: after.record.store.read,
        database,
        tenant: 'acme',
        dataDir: dataDirFor(database),
        keys: readTrustedKeys(dataDirFor(database), after.record.ledger.origin),
        now: 0,
      });
      expect(verdict).toMatchObject({ verdict: 'intact', from: 1 });
      expect(verdict.notes.join()).not.toMatch(/left aside|could not be compared/);
    });

  test('at the same moment in two processes is done by one of them', async () => {
    const database = await fresh();
    const aged = await prepared(database);
    const children = [1, 2].map(() => start(aged, database, { waits: true }));
    for (const child of children) await child.next();
    for (const child of children) child.tell('go');
    const answers = await Promise.all(children.map((child) => child.next<Answer>()));
    answers.sort((a, b) => a.removed - b.removed);
    expect(answers[1]).toEqual({ outcome: 'success', removed: 24, code: null });
    // The other one came too early, and was told so, or after it was done, and found nothing to do.
    expect(answers[0]!.removed).toBe(0);
    expect([null, 'RETENTION_BUSY']).toContain(answers[0]!.code);
    for (const child of children) await child.end();
  });
});
