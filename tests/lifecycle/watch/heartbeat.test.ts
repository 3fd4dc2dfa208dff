import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { AuditRecord } from '../../../src/audit/record.js';
import { openReeve } from '../../../src/compose.js';
import { loadConfig } from '../../../src/config/config.js';
import { Heartbeat } from '../../../src/lifecycle/watch/heartbeat.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { openTestRecord } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';
import { until } from '../../system/until.js';
import { BEGIN, DAY, JumpingClock } from '../retention/aged.js';

const log = pino({ level: 'silent' });

const beats = async (record: Pick<AuditRecord, 'repository'>): Promise<number[]> =>
  (await record.repository.findByAction('HEARTBEAT')).items.map(({ at }) => Math.floor(at / DAY)).reverse();

describeOnBothDatabases(
  'the heartbeat',
  (fresh) => {
    test('is one entry a day over all processes, and days without one are noted and no more', async () => {
      const clock = new JumpingClock(BEGIN);
      const record = await openTestRecord(await fresh(), { clock });
      const [one, other] = [new Heartbeat({ record, clock, log }), new Heartbeat({ record, clock, log })];
      const both = () => Promise.all([one.beat(), other.beat()]);
      expect((await both()).filter((did) => did)).toHaveLength(1);
      expect(await both()).toEqual([false, false]);
      clock.jump(DAY);
      expect((await both()).filter((did) => did)).toHaveLength(1);
      expect(await record.repository.verifyIntegrity()).toMatchObject({ isValid: true });
      clock.jump(4 * DAY);
      await one.beat();
      const today = Math.floor(BEGIN / DAY);
      expect(await beats(record)).toEqual([today, today + 1, today + 5]);
      const verdict = await record.repository.verifyIntegrity();
      expect(verdict).toMatchObject({ verdict: 'intact', isValid: true });
      expect(verdict.notes.join('\n')).toContain('no heartbeat of 3 days');
    });

    test('goes by the clock until it is stopped, and an hour that was wrong costs no day', async () => {
      const clock = new JumpingClock(BEGIN);
      const record = await openTestRecord(await fresh(), { clock });
      const heartbeat = new Heartbeat({ record, clock, log });
      clock.jump(400 * DAY);
      await heartbeat.beat();
      clock.jump(-400 * DAY);
      heartbeat.start();
      await heartbeat.stop();
      const today = Math.floor(BEGIN / DAY);
      expect(await beats(record)).toEqual([today + 400, today]);
      heartbeat.start();
      clock.jump(DAY);
      await clock.advance(600_000);
      await heartbeat.stop();
      expect(await beats(record)).toEqual([today + 400, today, today + 1]);
      clock.jump(DAY);
      await clock.advance(600_000);
      expect(await beats(record)).toHaveLength(3);
    });
  },
  { migrated: true },
);

test('a Reeve that was started records one each day, until it is closed', async () => {
  const clock = new JumpingClock(BEGIN);
  const cwd = tempFolder();
  const env = { REEVE_DATA_DIR: cwd, REEVE_LOG_LEVEL: 'silent', REEVE_TIMEZONE: 'UTC' };
  const reeve = await openReeve({ config: loadConfig({ cwd, env }), clock });
  const heard = () => beats(reeve.record);
  const today = Math.floor(BEGIN / DAY);
  try {
    expect(await heard()).toEqual([]);
    await reeve.start();
    for (let day = 0; day < 3; day += 1) {
      await until(`day ${day} has its heartbeat`, async () => (await heard()).length > day);
      clock.jump(DAY);
      await clock.advance(600_000);
    }
    await until('the last day has one', async () => (await heard()).length > 3);
    expect(await heard()).toEqual([today, today + 1, today + 2, today + 3]);
    const verdict = await reeve.record.repository.verifyIntegrity();
    expect(verdict.notes.join('\n')).not.toContain('heartbeat');
  } finally {
    await reeve.close();
  }
});
