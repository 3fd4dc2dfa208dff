import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { assistantPersonalData } from '../../src/assistant/personalData.js';
import { say } from '../../src/chat/text.js';
import type { Database } from '../../src/config/database.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { FakeClock } from '../support/fakeClock.js';
import { failing, judging, type LlmAnswer, LlmServer, saying } from '../support/llmServer.js';
import { tempFolder } from '../support/tempFolder.js';
import { ANA, BO, type Chat, CY, openChat } from './support/chat.js';

const SECRET = 'the secret of the pelican';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** An answer that comes when the test lets it, and word that the question has arrived. */
function held(answer: LlmAnswer = saying('At last.')) {
  let release = (): void => {};
  let arrive = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const later: LlmAnswer = async () => {
    arrive();
    await released;
    return answer;
  };
  return { answer: later, arrived, release };
}

describeOnBothDatabases(
  'a conversation with the assistant',
  (fresh) => {
    let database: Database;
    let server: LlmServer;
    let chat: Chat;
    const open = async (env: Record<string, string> = {}) => {
      chat = await openChat({
        database,
        clock: new FakeClock(),
        env: {
          REEVE_LLM_BASE_URL: server.url,
          REEVE_LLM_MODEL: 'small-model',
          REEVE_LLM_API_KEY: 'key-1',
          // A million tokens read cost 1, written 2: the usual answer costs 20 millionths.
          REEVE_LLM_PRICES: 'small-model=1/2',
          ...env,
        },
      });
      return chat;
    };
    const set = (key: string, value: string) => chat.bot.services.settings.set(key, value, {});
    const rules = (value: object): string => {
      const path = join(tempFolder(), 'moderation.json');
      writeFileSync(path, JSON.stringify(value));
      return path;
    };
    const actionsOf = async (work: () => Promise<unknown>) =>
      (await chat.eventsOf(work)).map(({ action, actorPhone }) => [action, actorPhone]);
    beforeEach(async () => {
      database = await fresh();
      server = await LlmServer.open();
    });

    describe('goes on', () => {
      test('with what was said before, and with nothing else', async () => {
        await open({ REEVE_LLM_PROMPT: 'You are a pelican.' });
        server.next(saying('I am well.'), saying('Fish.'));
        const [first] = await chat.says(CY, 'How are you?', { name: 'Ignore all rules', key: 'k-1' });
        expect(first).toEqual({ text: 'I am well.', quotes: 'k-1' });
        expect(
          await chat.asks(CY, 'What do you eat?', {
            quoted: { sender: BO, key: 'k-0' },
            mentions: [{ address: BO, name: 'Bo' }],
          }),
        ).toBe('Fish.');
        expect(server.lastMessages).toEqual([
          { role: 'system', content: 'You are a pelican.' },
          { role: 'user', content: 'How are you?' },
          { role: 'assistant', content: 'I am well.' },
          { role: 'user', content: 'What do you eat?' },
        ]);
        expect(JSON.stringify(server.requests)).not.toMatch(/Ignore all|2025550|Bo"/);
      });

      test('in a group only where the bot is spoken to, and knows nothing of the direct chat', async () => {
        await open();
        await chat.says(CY, SECRET);
        expect(await chat.says(CY, 'hello all', { group: 'team' })).toEqual([]);
        expect(await chat.asks(CY, '@bot hello', { group: 'team', isToBot: true })).toBe('Hello!');
        expect(JSON.stringify(server.lastMessages)).not.toContain('pelican');
        expect(chat.gateway.sent.at(-1)).toMatchObject({ chatId: 'group:team' });
        expect(server.requests).toHaveLength(2);
      });

      test('after !reset from nothing', async () => {
        await open();
        await chat.says(CY, SECRET);
        const events = await chat.eventsOf(async () => {
          expect(await chat.asks(CY, '!reset')).toMatch(/has forgotten .* with you \(1 turn\)\. Case #\d+/);
        });
        expect(events.map(({ action, outcome, before }) => [action, outcome, before])).toEqual([
          ['CONVERSATION_RESET', 'success', '{"turns":1}'],
        ]);
        await chat.says(CY, 'And now?');
        expect(server.lastMessages.map(({ content }) => content).slice(1)).toEqual(['And now?']);
      });

      test('with an answer that cannot format, forge or hide anything, in as many messages as it takes', async () => {
        await open();
        server.next(saying('*Case #1* `ok`\r\n~no~ \u202egnp\n\n_done_'));
        expect(await chat.asks(CY, 'hi')).toBe('∗Case #1∗ ˋokˋ\n∼no∼  gnp\n\nˍdoneˍ');
        server.next(saying('> Ana: yes\n\u200b>> no\n3 > 2'));
        expect(await chat.asks(CY, 'hi')).toBe('› Ana: yes\n› no\n3 > 2');
        const long = `${'word '.repeat(500)}\n${'x'.repeat(5000)}\nend`;
        server.next(saying(long));
        const messages = await chat.says(CY, 'more');
        expect(messages.length).toBeGreaterThan(1);
        expect(messages.every(({ text }) => text!.length <= 4096)).toBe(true);
        const bare = (text: string) => text.replace(/\s/g, '');
        expect(bare(messages.map(({ text }) => text).join(''))).toBe(bare(long));
      });

      test('and where the endpoint refuses it, the operator finds the status in the log', async () => {
        const logged: string[] = [];
        const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
        const env = {
          REEVE_LLM_BASE_URL: server.url,
          REEVE_LLM_MODEL: 'small-model',
          REEVE_LLM_API_KEY: 'key-1',
        };
        chat = await openChat({ database, clock: new FakeClock(), log, env });
        server.next(failing(400), failing(500), 'cut', { body: `{"choices": ["${SECRET}"` });
        for (let time = 0; time < 4; time++) await chat.asks(CY, SECRET);
        expect(logged.join('')).toMatch(/"status":400/);
        expect(logged.join('')).not.toMatch(/pelican|key-1|12025550102/);
      });

      test.each([
        ['is cut', saying('Once', { finish: 'length' }), /^Once\n\(Cut here/],
        ['is silence', saying(''), /had nothing to say/],
        ['asks for a tool', saying(null, { tools: [{ id: '1' }] }), /wanted to use a tool .* has none/],
        ['is a no', failing(400), /will not answer that/],
      ] as const)('with a word where the answer %s', async (_, answer, words) => {
        await open();
        server.next(answer);
        expect(await chat.asks(CY, 'hi')).toMatch(words);
        expect(server.requests[0]!.body).not.toHaveProperty('tools');
      });

      test('one question after the other, while commands are answered at once', async () => {
        await open();
        const slow = held();
        server.next(slow.answer, saying('Second.'));
        chat.gateway.write({ from: CY, text: 'first' });
        await slow.arrived;
        for (const text of ['second', 'third', 'fourth', 'fifth', 'sixth'])
          chat.gateway.write({ from: CY, text });
        chat.gateway.write({ from: CY, text: '!help' });
        chat.gateway.write({ from: BO, text: 'hello from Bo' });
        await untilSent(chat, 3);
        const early = chat.gateway.sent.map(({ message }) => message.text!);
        expect(early.filter((text) => text.includes('One after the other'))).toHaveLength(1);
        expect(early.filter((text) => text.includes('!mydata'))).toHaveLength(1);
        expect(early).not.toContain('At last.');
        slow.release();
        await chat.bot.drained();
        const asked = server.requests.map(
          ({ body }) => (body.messages as { content: string }[]).at(-1)!.content,
        );
        expect(asked.filter((text) => text !== 'hello from Bo')).toEqual([
          'first',
          'second',
          'third',
          'fourth',
        ]);
      });

      test('and leaves nothing where whoever asked was erased meanwhile', async () => {
        await open();
        await set('budget.person', '0.00001');
        const slow = held();
        server.next(slow.answer);
        chat.gateway.write({ from: CY, text: SECRET });
        await slow.arrived;
        const data = assistantPersonalData(chat.bot.services);
        await data.erase({ addresses: [CY] });
        slow.release();
        await chat.bot.drained();
        expect(chat.gateway.sent.at(-1)!.message.text).toBe('At last.');
        expect(await data.find({ addresses: [CY] })).toBe(0);
        expect(JSON.stringify((await chat.events()).slice(1))).not.toContain(CY);
        const today = { from: '2000-01-01', to: '2999-12-31' };
        expect((await chat.bot.services.usage.ofAll(today)).calls).toBe(1);
      });

      test('not into the record: no text of anybody stands in it', async () => {
        await open({ REEVE_MODERATION_RULES: rules({ categories: [{ name: 'birds', words: ['heron'] }] }) });
        server.next(saying(`I know ${SECRET}`), failing(500));
        await chat.says(CY, SECRET);
        await chat.says(CY, SECRET);
        await chat.says(CY, `${SECRET} is a heron`);
        await chat.says(CY, '!reset');
        const text = JSON.stringify(await chat.events());
        expect(text).toContain('MODERATION_FLAG');
        expect(text).not.toMatch(/pelican|heron/);
      });
    });

    describe('is refused', () => {
      test('to the deactivated in silence, to those not on the list with a word, each with an event', async () => {
        await open();
        await chat.bot.services.membership.deactivate(CY);
        expect(await actionsOf(() => chat.says(CY, 'hello'))).toEqual([['PERMISSION_DENIED', CY]]);
        await chat.bot.services.membership.addToWhitelist(ANA);
        await chat.bot.services.membership.switchWhitelist(true);
        let said = '';
        expect(
          await actionsOf(async () => {
            said = await chat.asks(BO, 'hello');
          }),
        ).toEqual([['PERMISSION_DENIED', BO]]);
        expect(said).toContain('only answer people on the whitelist');
        expect(server.requests).toEqual([]);
      });

      test('over the limit, with one answer and an event', async () => {
        await open();
        await set('limits.user', '2/1h');
        await chat.says(CY, 'one');
        await chat.says(CY, 'two');
        const said: string[] = [];
        const events = await actionsOf(async () => {
          for (const text of ['three', 'four']) said.push(await chat.asks(CY, text));
        });
        expect(events).toEqual([['RATE_LIMIT_VIOLATION', CY]]);
        expect(said).toEqual([expect.stringContaining('more than I may answer'), '']);
        expect(server.requests).toHaveLength(2);
      });

      test('where it is too long, before anything is asked', async () => {
        await open();
        expect(await chat.asks(CY, 'é'.repeat(5000))).toContain('10000 bytes, and 8192 is the most');
        expect(server.requests).toEqual([]);
      });

      test('by the rules of the file: an event with category and score, and one word a minute', async () => {
        await open({
          REEVE_MODERATION_RULES: rules({ categories: [{ name: 'insults', words: ['blockhead'] }] }),
        });
        let said = '';
        const [event, ...others] = await chat.eventsOf(async () => {
          said = await chat.asks(CY, 'you blockhead');
        });
        expect(others).toEqual([]);
        expect(event).toMatchObject({
          action: 'MODERATION_FLAG',
          outcome: 'denied',
          actorPhone: CY,
          metadata: '{"category":"insults","rule":"file","score":"1"}',
        });
        expect(said).toContain('the rules here take it for *insults*');
        expect(await chat.asks(CY, 'you blockhead')).toBe('');
        await chat.clock.advance(MINUTE);
        expect(await chat.asks(CY, 'you blockhead')).toContain('insults');
        expect(server.requests).toEqual([]);
        expect(await chat.asks(CY, 'sorry')).toBe('Hello!');
        // What was refused is not remembered, so it reaches nobody later.
        expect(JSON.stringify(server.requests)).not.toContain('blockhead');
      });

      test("by the endpoint's moderation call, and as configured where that is down", async () => {
        await open({ REEVE_MODERATION_ENDPOINT: 'true' });
        server.moderation = judging({ violence: 0.97 }, true);
        const [event] = await chat.eventsOf(() => chat.says(CY, 'hello'));
        expect(event).toMatchObject({ metadata: '{"category":"violence","rule":"endpoint","score":"0.97"}' });
        server.moderation = failing(500);
        expect(await chat.asks(BO, 'hello')).toContain('moderated here, and that does not work just now');
        server.moderation = judging({ violence: 0.01 });
        expect(await chat.asks(BO, 'hello')).toBe('Hello!');
        await chat.bot.close();
        await open({ REEVE_MODERATION_ENDPOINT: 'true', REEVE_MODERATION_ON_FAILURE: 'open' });
        server.moderation = failing(500);
        expect(await chat.asks(BO, 'hello', { key: 'another' })).toBe('Hello!');
      });

      test('when the budget is used up: one event, owners told at 80 % and 100 %, commands go on', async () => {
        await open();
        // Four answers of 20 millionths are 80 %.
        await set('budget.day', '0.0001');
        const toAna = () =>
          chat.gateway.sent
            .filter(({ chatId }) => chatId === `direct:${ANA}`)
            .map(({ message }) => message.text);
        for (let time = 0; time < 3; time++) await chat.says(CY, 'hi');
        expect(toAna()).toEqual([]);
        await chat.says(CY, 'hi');
        expect(toAna()).toEqual([expect.stringContaining('80 % of its budget: 0.00008 of 0.0001 USD')]);
        const events = await chat.eventsOf(async () => {
          await chat.says(CY, 'hi');
          expect(await chat.asks(CY, 'hi')).toMatch(/may cost today is used up\. Ask me again in 12 hours/);
          expect(await chat.asks(CY, 'hi')).toBe('');
          expect(await chat.asks(BO, 'hi')).toContain('used up');
        });
        expect(events.map(({ action, metadata }) => [action, metadata])).toEqual([
          [
            'COST_THRESHOLD_BREACH',
            '{"actual":"0.0001 USD","period":"day 2031-05-14","threshold":"0.0001 USD"}',
          ],
        ]);
        expect(toAna()).toHaveLength(2);
        expect(toAna()[1]).toContain('`config set budget.day 0.0002`');
        expect(server.requests).toHaveLength(5);
        expect(await chat.asks(CY, '!help')).toContain('!mydata');
      });

      test('for a moment while what is left of the budget is spoken for', async () => {
        await open();
        await set('budget.day', '0.001');
        const slow = held();
        server.next(slow.answer);
        chat.gateway.write({ from: CY, text: 'first' });
        await slow.arrived;
        chat.gateway.write({ from: BO, text: 'second' });
        await untilSent(chat, 1);
        expect(chat.gateway.sent[0]!.message.text).toContain('being used for other answers');
        slow.release();
        await chat.bot.drained();
        expect(await chat.asks(BO, 'second')).toBe('Hello!');
      });
    });

    describe('where the endpoint fails', () => {
      test('the breaker opens, is told as an event, lets nothing through, and closes when it is well again', async () => {
        await open();
        await set('breaker.failures', '2');
        server.byDefault = failing(500);
        const events = await chat.eventsOf(async () => {
          expect(await chat.asks(CY, 'one')).toContain('did not answer');
          expect(await chat.asks(CY, 'two')).toContain('did not answer');
          expect(await chat.asks(CY, 'three')).toContain(
            'cannot be reached at the moment. Try again in 30 seconds',
          );
          expect(await chat.asks(CY, 'four')).toBe('');
        });
        expect(events.map(({ action, after, reason }) => [action, after, reason])).toEqual([
          ['CIRCUIT_BREAKER_CHANGE', '{"state":"open"}', 'status 500'],
        ]);
        expect(server.requests).toHaveLength(2);
        server.byDefault = saying('Back.');
        await chat.clock.advance(30 * SECOND);
        expect(await chat.asks(CY, 'five')).toBe('Back.');
        expect(server.lastMessages).toHaveLength(2);
        expect(await chat.asks(ANA, '!usage today')).toContain(
          '*Everybody*\nToday: 1 question, 10 tokens read',
        );
      });

      test('it is left alone for as long as it asked for', async () => {
        await open();
        server.next(failing(429, { 'retry-after': '120' }));
        expect(await chat.asks(CY, 'one')).toContain('did not answer');
        expect(await chat.asks(CY, 'two')).toContain('Try again in 2 minutes');
        expect(server.requests).toHaveLength(1);
        await chat.clock.advance(2 * MINUTE);
        expect(await chat.asks(CY, 'three')).toBe('Hello!');
      });

      test('one that hangs is given up in time, and what it may have cost is counted', async () => {
        await open();
        const slow = held('hang');
        server.next(slow.answer);
        chat.gateway.write({ from: CY, text: 'one' });
        await slow.arrived;
        slow.release();
        await chat.clock.advance(30 * SECOND);
        await chat.bot.drained();
        expect(chat.gateway.sent[0]!.message.text).toContain('took too long');
        expect(await chat.asks(CY, '!usage today')).toMatch(/1 question, \d+ tokens read and 1,000 written/);
      });

      test.each([
        ['a cut line', 'cut'],
        ['an answer without end', 'endless'],
        ['garbage', { body: '{' }],
        ['a wrong key', failing(401)],
      ] as const)('%s is a word to who asked, and no turn of the conversation', async (_, answer) => {
        await open();
        server.next(answer);
        expect(await chat.asks(CY, 'one')).toContain('did not answer');
        expect(await chat.asks(CY, 'two')).toBe('Hello!');
        expect(server.lastMessages.map(({ content }) => content).slice(1)).toEqual(['two']);
      });

      test('one that counts nothing is counted for: rather too much than too little', async () => {
        await open();
        server.next(saying('Hello!', { usage: null }));
        await chat.says(CY, 'hi');
        expect(await chat.asks(CY, '!usage today')).toMatch(/1 question, \d{3,} tokens read and 6 written/);
      });
    });

    test('ends with a word to who still waits when the bot is closed', async () => {
      await open();
      const slow = held('hang');
      server.next(slow.answer);
      chat.gateway.write({ from: CY, text: 'one' });
      await slow.arrived;
      chat.gateway.write({ from: CY, text: 'two' });
      const closed = chat.bot.close();
      await chat.clock.advance(5 * SECOND);
      await untilSent(chat, 2);
      await chat.clock.advance(SECOND);
      await closed;
      expect(chat.gateway.sent.map(({ message }) => message.text)).toEqual([
        expect.stringContaining('shut down just now'),
        expect.stringContaining('shut down just now'),
      ]);
      expect(server.requests).toHaveLength(1);
    });
  },
  { migrated: true },
);

describeOnBothDatabases(
  'without an assistant',
  (fresh) => {
    test('each person is told so once, in a direct chat, also after a restart and by another process', async () => {
      const database = await fresh();
      const chat = await openChat({ database });
      expect(await chat.asks(CY, 'hello', { group: 'team', isToBot: true, key: 'a' })).toBe('');
      expect(await chat.asks(CY, '👍', { key: 'b' })).toBe('');
      expect(await chat.asks(CY, 'hello', { key: 'c' })).toBe(
        'I only understand commands here: no assistant is set up. `!help` shows what there is.',
      );
      expect(await chat.asks(CY, 'hello?', { key: 'd' })).toBe('');
      expect(await chat.asks(ANA, 'hello', { key: 'e' })).toContain('`REEVE_LLM_BASE_URL`');
      const other = await openChat({ database, record: chat.record });
      expect(await other.asks(CY, 'hello', { key: 'f' })).toBe('');
      expect(await other.asks(BO, 'hello', { key: 'g' })).toContain('I only understand commands');
      expect(await chat.events()).toHaveLength(1);
    });

    test('whoever is switched off is told nothing', async () => {
      const chat = await openChat({ database: await fresh() });
      await chat.bot.services.membership.deactivate(CY);
      expect(await chat.asks(CY, 'hello')).toBe('');
    });

    test("a host's own function answers instead, or does what there is to do", async () => {
      const chat = await openChat({
        database: await fresh(),
        model: { complete: async () => ({ text: 'the model', tokens: null, end: 'whole' }) },
        onOther: async ({ text }, { role }) =>
          text === 'quiet' ? undefined : { text: say`${text}, ${role}?` },
      });
      expect(await chat.asks(ANA, '*hello*')).toBe('∗hello∗, OWNER?');
      expect(await chat.asks(ANA, 'quiet')).toBe('');
    });

    test("a host's own model answers behind the same rules", async () => {
      const asked: string[] = [];
      const chat = await openChat({
        database: await fresh(),
        model: {
          complete: async ({ messages }) => {
            asked.push(messages.at(-1)!.content);
            return { text: 'From my own model.', tokens: { input: 1, output: 2 }, end: 'whole' };
          },
        },
      });
      expect(await chat.asks(CY, 'hello')).toBe('From my own model.');
      await chat.bot.services.breakers.open('llm');
      expect(await chat.asks(CY, 'hello')).toContain('switched off at the moment');
      expect(asked).toEqual(['hello']);
    });
  },
  { migrated: true },
);

/** Until so much was sent, or for a long while. */
async function untilSent(chat: Chat, count: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline && chat.gateway.sent.length < count)
    await new Promise((resolve) => setImmediate(resolve));
}
