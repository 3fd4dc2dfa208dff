import { describe, expect, test } from '@jest/globals';
import type { Watches } from '../../src/chat/watches.js';
import { describeOnBothDatabases, freshSqlite } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord } from '../support/record.js';
import { ANA, BO, type Chat, CY, openChat } from './support/chat.js';

const MINUTE = 60_000;
const DIRECT = `direct:${ANA}`;

/** Time goes on, and all that is due by then was sent. */
async function later(chat: Chat, ms: number): Promise<void> {
  await chat.clock.advance(ms);
  await watches(chat).look();
}

const watches = (chat: Chat): Watches => chat.bot.services.watches;

/** What Ana's direct chat got since the last time this was asked. */
function taken(chat: Chat): string[] {
  return chat.gateway.sent
    .splice(0)
    .filter(({ chatId }) => chatId === DIRECT)
    .map(({ message }) => message.text ?? '');
}

const acts = (chat: Chat, name = 'Bo', times = 1) =>
  Promise.all(
    Array.from({ length: times }, () =>
      chat.record.write('SESSION_CHANGE', { actor: { phone: BO, name }, description: `${name} was here` }),
    ),
  );

const watchEvents = async (chat: Chat) =>
  (await chat.events()).filter(({ action }) => action === 'WATCH_CHANGE');

describeOnBothDatabases(
  'a watch',
  (fresh) => {
    test('sends what happens from then on, and nothing from before', async () => {
      const chat = await openChat({ database: await fresh() });
      await acts(chat, 'Early');
      await chat.says(ANA, '!audit watch action:session.change for:30m');
      taken(chat);
      await acts(chat, 'Bo');
      await chat.record.write('KEY_ROTATED', { description: 'not asked for' });
      await later(chat, 2000);
      expect(taken(chat)).toEqual([expect.stringMatching(/^#\d+ · 12:00 · Bo was here$/)]);
      await later(chat, 20_000);
      expect(taken(chat)).toEqual([]);
    });

    test('collapses a burst into one message, and waits before the next', async () => {
      const chat = await openChat({ database: await fresh() });
      await chat.says(ANA, '!audit watch action:session.change');
      taken(chat);
      await acts(chat, 'Bo', 30);
      await later(chat, 2000);
      const [first, ...more] = taken(chat);
      expect(more).toEqual([]);
      expect(first?.split('\n')).toHaveLength(6);
      expect(first).toContain('… and 25 more: 25 SESSION_CHANGE');
      await acts(chat, 'Cy', 3);
      await later(chat, 4000);
      expect(taken(chat)).toEqual([]);
      await later(chat, 10_000);
      expect(taken(chat).map((text) => text.split('\n').length)).toEqual([3]);
    });

    test('ends by itself, with a word and an event that says why', async () => {
      const chat = await openChat({ database: await fresh() });
      await chat.says(ANA, '!audit watch category:auth for:2m');
      taken(chat);
      await acts(chat);
      await later(chat, 2 * MINUTE);
      const texts = taken(chat);
      expect(texts.at(-1)).toContain('Live events have ended');
      expect(texts.at(-1)).toContain('`!audit watch category:auth`');
      expect(watches(chat).list()).toEqual([]);
      expect(await watchEvents(chat)).toMatchObject([
        { actorPhone: ANA, outcome: 'success', metadata: expect.stringContaining('category:auth') },
        { actorPhone: 'SYSTEM', actorType: 'system', entityId: expect.anything(), reason: 'time is up' },
      ]);
      await acts(chat);
      await later(chat, MINUTE);
      expect(taken(chat)).toEqual([]);
    });

    test('goes on after a restart, with what happens from then on', async () => {
      const database = await fresh();
      const clock = new FakeClock();
      const first = await openChat({ database, clock });
      await first.says(ANA, '!audit watch action:session.change for:10m');
      await first.bot.close();
      await acts(first, 'Between');
      await first.record.close();

      const again = await openChat({ database, clock });
      expect(watches(again).list()).toMatchObject([{ owner: ANA, chatId: DIRECT }]);
      await acts(again, 'After');
      await later(again, 2000);
      expect(taken(again).join()).toMatch(/^#\d+ · 12:00 · After was here$/);
      await later(again, 10 * MINUTE);
      expect(taken(again).at(-1)).toContain('Live events have ended');
    });

    test('sees what another process records', async () => {
      const database = await fresh();
      const chat = await openChat({ database });
      await chat.says(ANA, '!audit watch action:session.change');
      taken(chat);
      const other = await openTestRecord(database, { clock: chat.clock });
      await other.write('SESSION_CHANGE', {
        actor: 'SYSTEM',
        actorType: 'system',
        description: 'from elsewhere',
      });
      await later(chat, 2000);
      expect(taken(chat).join()).toContain('from elsewhere');
    });
  },
  { migrated: true },
);

describe('a watch', () => {
  test('is ended on request, and only once', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    await chat.says(ANA, '!audit watch');
    expect(await chat.asks(ANA, '!audit unwatch')).toMatch(/No more live events\. Case #\d+\./);
    expect(await chat.asks(ANA, '!audit unwatch')).toContain('No live events are sent to you.');
    expect(watches(chat).list()).toEqual([]);
    // The second one changed nothing: it is the failure of a command that would have.
    expect((await watchEvents(chat)).map(({ outcome, error }) => error ?? outcome)).toEqual([
      'success',
      'success',
      'NOT_WATCHING',
    ]);
  });

  test('takes the place of the one that was', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    await chat.says(ANA, '!audit watch category:auth');
    await chat.says(ANA, '!audit watch category:system for:1h');
    expect(watches(chat).list()).toMatchObject([{ query: 'category:system' }]);
  });

  test('that could not be read, or is too long or too short, is not begun', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    expect(await chat.asks(ANA, '!audit watch categry:auth')).toContain('Did you mean category?');
    expect(await chat.asks(ANA, '!audit watch for:2d')).toContain('at most 1d at a time');
    expect(await chat.asks(ANA, '!audit watch for:1s')).toContain('at least 10s');
    expect(await chat.asks(ANA, '!audit watch', { group: 'Team' })).toContain('direct chat');
    expect(watches(chat).list()).toEqual([]);
  });

  test('ends when the person may not read the record any more', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    await chat.give(CY, 'ADMIN', 'Cy');
    await chat.says(CY, '!audit watch');
    await chat.record.store.transaction((tx) =>
      tx.run(`UPDATE "User" SET "role" = 'USER' WHERE "address" = ?`, [CY]),
    );
    chat.gateway.sent.length = 0;
    await acts(chat);
    await later(chat, 2000);
    expect(chat.gateway.sent.map(({ message }) => message.text)).toEqual([
      'Live events have ended: they take the role ADMIN.',
    ]);
    expect((await watchEvents(chat)).at(-1)).toMatchObject({
      reason: 'they may not read the record any more',
    });
  });

  test('ends when the person is not on the whitelist any more', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    const { membership } = chat.bot.services;
    await chat.give(CY, 'ADMIN', 'Cy');
    await membership.addToWhitelist(BO);
    await chat.says(CY, '!audit watch');
    await membership.switchWhitelist(true);
    chat.gateway.sent.length = 0;
    await acts(chat);
    await later(chat, 20_000);
    expect(chat.gateway.sent).toEqual([]);
    expect(watches(chat).list()).toEqual([]);
  });

  test('tells of a message that was lost with the next one, and keeps what stood in it', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    await chat.says(ANA, '!audit watch');
    taken(chat);
    await acts(chat, 'Lost');
    chat.gateway.failNextSend();
    await later(chat, 2000);
    expect(taken(chat)).toEqual([]);
    await later(chat, 10_000);
    expect(taken(chat)).toEqual([]);
    await later(chat, 10_000);
    const [told, ...more] = taken(chat);
    expect(more).toEqual([]);
    expect(told).toMatch(/^Some live events could not be delivered/);
    expect(told).toContain('Lost was here');
    expect((await chat.events()).filter(({ action }) => action === 'DELIVERY_FAILED')).toHaveLength(1);
  });

  test('ends when nothing arrives any more, without a flood of failures', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    await chat.says(ANA, '!audit watch for:5h');
    taken(chat);
    for (let time = 0; time < 50; time++) chat.gateway.failNextSend();
    await acts(chat);
    for (let round = 0; round < 8; round++) await later(chat, 6 * MINUTE);
    expect(watches(chat).list()).toEqual([]);
    expect((await watchEvents(chat)).at(-1)).toMatchObject({ reason: 'it could not be delivered' });
    const failures = (await chat.events()).filter(({ action }) => action === 'DELIVERY_FAILED');
    expect(failures.length).toBeLessThanOrEqual(6);
  });

  test('that another process took away is forgotten here', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    await chat.says(ANA, '!audit watch');
    taken(chat);
    await chat.record.store.transaction((tx) => tx.run(`DELETE FROM "Watch"`, []));
    await acts(chat);
    await later(chat, 2000);
    expect(taken(chat)).toEqual([]);
    expect(watches(chat).list()).toEqual([]);
  });

  test('leaves no timer behind', async () => {
    const chat = await openChat({ database: await freshSqlite() });
    const before = chat.clock.pending;
    await chat.says(ANA, '!audit watch');
    expect(chat.clock.pending).toBe(before + 1);
    await chat.says(ANA, '!audit unwatch');
    expect(chat.clock.pending).toBe(before);
    await chat.says(ANA, '!audit watch');
    await watches(chat).close();
    expect(chat.clock.pending).toBe(before);
  });
});
