import { expect, test } from '@jest/globals';
import { JobRuns } from '../../../src/lifecycle/jobRuns.js';
import { DAY, JumpingClock } from '../../lifecycle/retention/aged.js';
import { describeOnBothDatabases, type FreshDatabase, freshSqlite } from '../../support/databases.js';
import { ANA, type Chat, openChat } from '../support/chat.js';

/** The clock begins on 2031-05-14 at noon. */
async function opened(fresh: FreshDatabase) {
  const clock = new JumpingClock();
  const database = await fresh();
  const env = { DATABASE_URL: database.kind === 'sqlite' ? `file:${database.path}` : database.url };
  const chat = await openChat({ database, clock, env });
  return { chat, clock, retention: chat.bot.services.retaining.retention };
}

const write = (chat: Chat, many: number) =>
  Promise.all(
    Array.from({ length: many }, (_, i) =>
      chat.record.write('CONFIG_CHANGE', { description: `event ${i + 1}` }),
    ),
  );

describeOnBothDatabases(
  'retention in the chat',
  (fresh) => {
    test('shows what would go, then what went and how long that took, and when the next run is', async () => {
      const { chat, clock, retention } = await opened(fresh);
      await write(chat, 12);
      const old = (await chat.events()).length;
      clock.jump(100 * DAY);
      await write(chat, 1);
      const before = await chat.asks(ANA, '!audit retention');
      expect(before).toContain(`*${old} events* are due to go, #1 to #${old}; #${old + 1} is young enough.`);
      expect(before).toContain('Nothing has been removed so far.');
      expect(before).toContain('No run has happened so far.');
      expect(before).toMatch(/^The next run is on \d{4}-\d\d-\d\d 03:30, by whichever process runs it\.$/m);
      const { removed, ms, failure } = await retention.run();
      expect([removed, failure]).toEqual([old, null]);
      const after = await chat.asks(ANA, '!audit retention');
      expect(after).toContain(`${old} events are gone: #1 to #${old}.`);
      expect(after).toContain('None is older than that.');
      const long = ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`;
      expect(after).toContain(`The last run, on 2031-08-22 12:00, removed ${old} events in ${long}.`);
      expect(after).not.toContain('failed');
    });

    test('says why the last run failed', async () => {
      const { chat, clock, retention } = await opened(fresh);
      await write(chat, 3);
      clock.jump(4000 * DAY);
      const { ms } = await retention.run();
      const why = `removed 0 events in ${ms} ms, and failed: Retention deleted nothing: even the newest entry`;
      expect(await chat.asks(ANA, '!status')).toContain(why);
      const text = await chat.asks(ANA, '!audit retention');
      expect(text).toContain(why);
      expect(text).toContain('*Nothing will go*: even the newest event has expired');
      expect(text).not.toContain('can only go after it');
    });

    test('says that runs stay away, and not because one is under way or was killed', async () => {
      const { chat, clock, retention } = await opened(fresh);
      const asked = async () => [await chat.asks(ANA, '!status'), await chat.asks(ANA, '!audit retention')];
      const each = (words: RegExp) => [expect.stringMatching(words), expect.stringMatching(words)];
      for (const text of await asked()) expect(text).not.toContain('Overdue');
      clock.jump(2.1 * DAY);
      expect(await asked()).toEqual(each(/\*Overdue\*: no run has happened for twice the time/));
      await retention.run();
      for (const text of await asked()) expect(text).not.toContain('Overdue');
      clock.jump(DAY);
      await new JobRuns(chat.record.store, 'acme').began('retention', clock.now());
      const began = await asked();
      expect(began).toEqual(
        each(/The last run, on 2031-05-16 14:24, removed 0 events .* Another one began on 2031-05-17 14:24/),
      );
      for (const text of began) expect(text).not.toContain('Overdue');
      clock.jump(1.1 * DAY);
      expect(await asked()).toEqual(each(/\*Overdue\*/));
    });
  },
  { migrated: true },
);

test('says that everything is kept, and neither that a run is due nor that one stays away', async () => {
  const clock = new JumpingClock();
  const chat = await openChat({
    database: await freshSqlite(),
    clock,
    env: { AUDIT_LOG_RETENTION_KEEP_FOREVER: 'true' },
  });
  clock.jump(400 * DAY);
  expect(await chat.asks(ANA, '!audit retention')).toBe(
    'Events are kept *for ever*.\nNothing has been removed so far.',
  );
  expect(await chat.asks(ANA, '!status')).toMatch(/^\*Retention\*: for ever$/m);
});
