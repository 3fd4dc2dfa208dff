import { expect, test } from '@jest/globals';
import { hasNotEnded, type JobRun, JobRuns } from '../../src/lifecycle/jobRuns.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestRecord } from '../support/record.js';

const DAY = 86_400_000;
const T = 1_700_000_000_000;

describeOnBothDatabases(
  'what is remembered of jobs',
  (fresh) => {
    async function opened(): Promise<JobRuns> {
      return new JobRuns((await openTestRecord(await fresh())).store, 'acme');
    }

    const stands = (run: JobRun | null) => run && { ...run, isAtWork: hasNotEnded(run) };

    test('the end of the last run stays known while the next one runs, and where that was killed', async () => {
      const runs = await opened();
      expect(await runs.last('sweep')).toBeNull();
      await runs.began('sweep', T);
      expect(stands(await runs.last('sweep'))).toMatchObject({
        startedAt: T,
        endedAt: null,
        outcome: null,
        isAtWork: true,
      });
      await runs.ended('sweep', {
        startedAt: T,
        endedAt: T + 5,
        outcome: 'success',
        detail: { removed: 3 },
      });
      const ended = { endedAt: T + 5, outcome: 'success', detail: { removed: 3 } };
      expect(stands(await runs.last('sweep'))).toMatchObject({ ...ended, startedAt: T, isAtWork: false });
      await runs.began('sweep', T + DAY);
      expect(stands(await runs.last('sweep'))).toMatchObject({
        ...ended,
        startedAt: T + DAY,
        isAtWork: true,
      });
    });

    test('a run that nobody could write down as begun is known once it has ended', async () => {
      const runs = await opened();
      const run = { startedAt: T, endedAt: T + 1, outcome: 'failure', detail: { code: 'X' } } as const;
      await runs.ended('sweep', run);
      expect(stands(await runs.last('sweep'))).toMatchObject({ ...run, toldAt: null, isAtWork: false });
    });

    test('a clock that was put back during a run does not make it look as if it still ran', async () => {
      const runs = await opened();
      await runs.began('sweep', T);
      await runs.ended('sweep', { startedAt: T, endedAt: T - DAY, outcome: 'success', detail: {} });
      expect(stands(await runs.last('sweep'))).toMatchObject({ endedAt: T, isAtWork: false });
    });

    test('of several at once one tells, and nobody again before it is time', async () => {
      const runs = await opened();
      let told = 0;
      const tell = async () => {
        told += 1;
      };
      const answers = await Promise.all([1, 2, 3].map(() => runs.tellOnce('sweep', T, T - DAY, tell)));
      expect([answers.filter((was) => was).length, told]).toEqual([1, 1]);
      expect(await runs.tellOnce('sweep', T + DAY - 1, T - 1, tell)).toBe(false);
      expect(await runs.tellOnce('sweep', T + DAY, T, tell)).toBe(true);
      expect(told).toBe(2);
    });

    test('what could not be told counts as not told, and not as told at the time before either', async () => {
      const runs = await opened();
      const fails = () => Promise.reject(new Error('nobody is there'));
      await expect(runs.tellOnce('sweep', T, T - DAY, fails)).rejects.toThrow('nobody is there');
      expect(await runs.last('sweep')).toMatchObject({ toldAt: null });
      expect(await runs.tellOnce('sweep', T, T - DAY, async () => {})).toBe(true);
      await expect(runs.tellOnce('sweep', T + DAY, T, fails)).rejects.toThrow('nobody is there');
      expect(await runs.last('sweep')).toMatchObject({ toldAt: T });
    });

    test('what a clock that was years ahead has told is told again once it was set right', async () => {
      const runs = await opened();
      expect(await runs.mayTell('sweep', T + 4000 * DAY, T + 3993 * DAY)).toBe(true);
      expect(await runs.mayTell('sweep', T, T - 7 * DAY)).toBe(true);
      expect(await runs.mayTell('sweep', T, T - 7 * DAY)).toBe(false);
    });
  },
  { migrated: true },
);
