import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTestBot, type TestBot } from '../../../src/testing/index.js';

const DAY = 86_400_000;

let bot: TestBot;
beforeEach(async () => {
  bot = await createTestBot({
    // The stand-in counts a character as a token.
    assistant: (text) => text.toUpperCase(),
    env: {
      REEVE_LLM_BASE_URL: 'http://127.0.0.1:9/v1',
      REEVE_LLM_MODEL: 'small-model',
      REEVE_LLM_PRICES: 'small-model=1000/2000',
      REEVE_LLM_CURRENCY: 'EUR',
    },
  });
});
afterEach(() => bot.close());

const BO = '+12025550111';
const ZOE = '+12025550112';

test("one's own, of today and this month", async () => {
  const bo = bot.user(BO);
  expect((await bo.says('hello')).texts).toEqual(['HELLO']);
  await bot.advance(DAY);
  await bo.says('hi');
  expect((await bo.says('!usage')).texts).toEqual([
    [
      '*You*',
      'Today: 1 question, 2 tokens read and 2 written, 0.006 EUR',
      'This month: 2 questions, 7 tokens read and 7 written, 0.021 EUR',
    ].join('\n'),
  ]);
  await bo.says('!usage 1d').replies('The last 1 days: 1 question');
  await bo.says('!usage month').replies('This month: 2 questions');
  await bo.says('!usage me 7d').replies('The last 7 days: 2 questions');
});

test("somebody else's is for operators, and it is recorded who looked at whose", async () => {
  const [bo, zoe] = [bot.user(BO, { name: 'Bo' }), bot.user(ZOE, { role: 'OPERATOR' })];
  await bo.says('hello');
  await bo.says(`!usage ${ZOE}`).replies(/of your own only/);
  await zoe.says('!usage Bo today').replies('*Bo*', 'Today: 1 question, 5 tokens read and 5 written');
  const [denied, looked] = await bot.events('action:PERMISSION_DENIED,USAGE_QUERY');
  expect(denied).toMatchObject({ action: 'PERMISSION_DENIED', actorPhone: BO });
  expect(looked).toMatchObject({ action: 'USAGE_QUERY', actorPhone: ZOE, metadata: '{"period":"today"}' });
});

test("everybody's is for operators as well, with the budget and those who used most", async () => {
  const bo = bot.user(BO, { name: 'Bo' });
  await bo.says('hello');
  await bot.owner.says('ok');
  await bot.owner.says('!config set budget.day 0.10');
  const { texts } = await bot.owner.says('!usage today');
  expect(texts[0]).toMatch(/^\*You\*\nToday: 1 question, 2 tokens/);
  expect(texts[0]).toContain(
    '*Everybody*\nToday: 2 questions, 7 tokens read and 7 written, 0.021 EUR of 0.10 EUR (21 %)',
  );
  expect(texts[0]).toMatch(/Most, today:\n\*Bo\* \(\+12025550111\): 1 question.*\n.*199: 1 question/);
  const own = await bo.says('!usage today');
  expect(own.texts[0]).not.toContain('Everybody');
});

test.each(['0d', '367d', 'yesterday', 'all'])('%s is no period', async (period) => {
  await bot.owner.says(`!usage me ${period}`).replies(/today, month, or a number of days up to 366d/);
});

test('a conversation is cleared by whose it is, or by an operator', async () => {
  const bo = bot.user(BO, { name: 'Bo' });
  await bo.says('hello');
  await bot
    .user(ZOE)
    .says(`!reset ${BO}`)
    .replies(/of your own only/);
  await bot.owner.says('!reset Bo').replies(/talked about with \*Bo\* .*\(1 turn\)/);
  await bo.says('!reset').replies(/remembers nothing/);
});
