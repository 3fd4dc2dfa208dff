import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { AuditRecord } from '../../src/audit/record.js';
import { Inbox, type MessageHandler } from '../../src/chat/inbox.js';
import type { IncomingMessage } from '../../src/chat/message.js';
import type { Database } from '../../src/config/database.js';
import { builtInSettings } from '../../src/settings/builtIn.js';
import { Settings } from '../../src/settings/settings.js';
import { startChild } from '../support/children.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { openTestRecord, reading, recordSettings } from '../support/record.js';

const STALE_MS = 120_000;
const DAY_MS = 24 * 3_600_000;

describeOnBothDatabases(
  'the inbox',
  (fresh) => {
    let database: Database;
    let record: AuditRecord;
    let clock: FakeClock;
    let settings: Settings;
    let inbox: Inbox;
    /** What was done with messages, in order. */
    let done: string[];
    let work: (message: IncomingMessage) => Promise<void>;

    const handler: MessageHandler = {
      kindOf: ({ text }) => (text.startsWith('!') ? 'command' : text === '' ? null : 'other'),
      commandNamed: ({ text }) => (text.startsWith('!') ? text.slice(1).split(' ')[0]! : null),
      handle: async (message, { isClaimed }) => {
        await work(message);
        done.push(`${message.key}${isClaimed ? '' : ' unclaimed'}`);
      },
      ignored: async ({ key }, why, command) => void done.push(`${key} ${why} ${command}`),
    };
    const openInbox = () =>
      Inbox.open({ record, clock, settings, handle: handler, log: pino({ level: 'silent' }) });

    beforeEach(async () => {
      database = await fresh();
      clock = new FakeClock();
      record = await openTestRecord(database, { clock });
      const definitions = builtInSettings({ prefix: '!', timeZone: 'UTC', country: undefined });
      settings = await Settings.open({ record, definitions, clock });
      done = [];
      work = async () => {};
      inbox = await openInbox();
    });
    afterEach(() => inbox.close());

    const message = (key: string, more: Partial<IncomingMessage> = {}): IncomingMessage => ({
      key,
      channel: 'whatsapp',
      chat: { id: 'chat', isGroup: false },
      sender: { address: '+12025550101' },
      text: '!try it',
      at: clock.now(),
      mentions: [],
      ...more,
    });
    const accept = async (...messages: IncomingMessage[]) => {
      for (const one of messages) inbox.accept(one);
      await inbox.drained();
    };
    const keys = () =>
      reading(database, (reads) => reads.all<{ key: string }>(`SELECT "key" FROM "InboxMessage"`));

    test('drops what comes on top of a flood in one chat, which leaves a trace, and takes what others write', async () => {
      let go: () => void = () => {};
      const isHeld = new Promise<void>((resolve) => {
        go = resolve;
      });
      work = ({ chat }) => (chat.id === 'chat' ? isHeld : Promise.resolve());
      for (let index = 0; index < 1100; index++) inbox.accept(message(`flood-${index}`));
      inbox.accept(message('chatter', { text: 'hello' }));
      inbox.accept(message('owner', { chat: { id: 'other', isGroup: false } }));
      go();
      await inbox.drained();
      expect(done).toContain('owner');
      expect(done.filter((one) => one.endsWith(' dropped try'))).toHaveLength(100);
      expect(done).toHaveLength(1101);
      // What was dropped is no stranger for ever: it may come again.
      await accept(message('flood-1099'));
      expect(done.at(-1)).toBe('flood-1099');
    });

    test('runs commands while everything else takes its time', async () => {
      let go: () => void = () => {};
      const isHeld = new Promise<void>((resolve) => {
        go = resolve;
      });
      let isAnswered: () => void = () => {};
      const answered = new Promise<void>((resolve) => {
        isAnswered = resolve;
      });
      work = async ({ text }) => {
        if (text.startsWith('!')) isAnswered();
        else await isHeld;
      };
      for (let chat = 0; chat < 50; chat++)
        inbox.accept(
          message(`talk-${chat}`, { text: 'hello', chat: { id: `chat-${chat}`, isGroup: false } }),
        );
      inbox.accept(message('command', { chat: { id: 'owner', isGroup: false } }));
      await answered;
      go();
      await inbox.drained();
      expect(done).toHaveLength(51);
      expect(done[0]).toBe('command');
    });

    test.each<[string, number]>([
      ['no time at all', Number.NaN],
      ['a time far ahead', 3 * DAY_MS],
    ])(
      'does not run a command with %s, which could run again when its key is forgotten',
      async (_, ahead) => {
        await accept(message('a', { at: clock.now() + ahead }));
        expect(done).toEqual(['a stale try']);
      },
    );

    test('runs a message once that is delivered three times at once, or later', async () => {
      await accept(message('a'), message('a'), message('a'));
      await accept(message('a'));
      expect(done).toEqual(['a']);
    });

    test('knows a message again after a restart', async () => {
      await accept(message('a'));
      await inbox.close();
      inbox = await openInbox();
      await accept(message('a'), message('b'));
      expect(done).toEqual(['a', 'b']);
    });

    test('keeps no key as it was', async () => {
      await accept(message('false_12025550101@c.us_3EB0'));
      expect(await keys()).toEqual([{ key: expect.stringMatching(/^[\w-]{43}$/) }]);
    });

    test('keeps the order of each chat, and lets no chat wait for another', async () => {
      let go: () => void = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      let others: () => void = () => {};
      const othersDone = new Promise<void>((resolve) => {
        others = resolve;
      });
      work = async ({ chat, key }) => {
        if (chat.id === 'slow') await gate;
        if (key === 'b2') others();
      };
      const slow = { id: 'slow', isGroup: true };
      for (const key of ['s1', 's2']) inbox.accept(message(key, { chat: slow }));
      for (const key of ['b1', 'b2']) inbox.accept(message(key, { chat: { id: 'b', isGroup: true } }));
      await othersDone;
      expect(done).not.toContain('s1');
      go();
      await inbox.drained();
      expect(done.filter((key) => key.startsWith('s'))).toEqual(['s1', 's2']);
      expect(done.filter((key) => key.startsWith('b'))).toEqual(['b1', 'b2']);
    });

    test('answers hundreds in many chats, each chat in order, and not all at once', async () => {
      let running = 0;
      let most = 0;
      work = async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      };
      const all = Array.from({ length: 600 }, (_, index) =>
        message(`${index % 40}:${Math.floor(index / 40)}`, {
          chat: { id: `chat ${index % 40}`, isGroup: true },
        }),
      );
      await accept(...all);
      expect(done).toHaveLength(600);
      for (let chat = 0; chat < 40; chat++) {
        const order = done.filter((key) => key.startsWith(`${chat}:`));
        expect(order).toEqual(Array.from({ length: 15 }, (_, index) => `${chat}:${index}`));
      }
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(16);
    });

    test('goes on after a message that could not be handled', async () => {
      work = async ({ key }) => {
        if (key === 'a') throw new Error('a bug');
      };
      await accept(message('a'), message('b'));
      expect(done).toEqual(['b']);
    });

    test('does not run a command that came too late, and tells so once', async () => {
      const old = message('old', { at: clock.now() - STALE_MS - 1 });
      await accept(message('just', { at: clock.now() - STALE_MS }), old, old);
      await accept(old);
      expect(done).toEqual(['just', 'old stale try']);
    });

    test('never runs what was edited or revoked, whether it is a command before or after', async () => {
      await accept(message('a'), message('b', { text: 'hello' }));
      await accept(
        message('a', { text: '!other', change: 'edited' }),
        message('b', { text: '!now', change: 'edited' }),
        message('b', { text: 'only words', change: 'edited' }),
        message('a', { text: '', change: 'revoked' }),
        message('a', { text: '', change: 'revoked' }),
      );
      expect(done).toEqual(['a', 'b', 'a edited try', 'b edited now', 'a revoked try']);
    });

    test('takes no notice of what concerns nobody', async () => {
      await accept(
        message('a', { text: '' }),
        message('b', { text: 'late words', at: clock.now() - DAY_MS }),
      );
      expect(done).toEqual([]);
      expect(await keys()).toEqual([]);
    });

    test('forgets keys after some days', async () => {
      await accept(message('a'));
      await clock.advance(2 * DAY_MS);
      await accept(message('b'));
      expect(await keys()).toHaveLength(2);
      await inbox.close();
      await clock.advance(1.5 * DAY_MS);
      inbox = await openInbox();
      expect(await keys()).toHaveLength(1);
    });

    test('answers without a claim while the database is away, and makes up for it afterwards', async () => {
      const { store } = record;
      const { transaction } = store;
      store.transaction = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
      await accept(message('a'));
      await accept(message('a'));
      store.transaction = transaction;
      await accept(message('a'), message('b'));
      expect(done).toEqual(['a unclaimed', 'b']);
      expect(await keys()).toHaveLength(2);
      await inbox.close();
      inbox = await openInbox();
      await accept(message('a'));
      expect(done).toHaveLength(2);
    });

    test('leaves no timer behind, and takes nothing once it is closed', async () => {
      await accept(message('a'));
      await inbox.close();
      await accept(message('b'));
      expect(done).toEqual(['a']);
      await record.close();
      expect(clock.pending).toBe(0);
    });

    test('of two processes runs each message in one of them', async () => {
      const messages = Array.from({ length: 60 }, (_, index) =>
        message(`m${index}`, { chat: { id: `chat ${index % 7}`, isGroup: true } }),
      );
      const argument = { settings: recordSettings(database, { blockMaxMs: 20_000 }), messages };
      const children = [startChild('inboxTakes.js', argument), startChild('inboxTakes.js', argument)];
      for (const child of children) await child.next();
      for (const child of children) child.tell('go');
      const ran = await Promise.all(children.map((child) => child.next<string[]>()));
      await Promise.all(children.map((child) => child.end()));
      expect(ran.flat().sort()).toEqual(messages.map(({ key }) => key).sort());
    });
  },
  { migrated: true },
);
