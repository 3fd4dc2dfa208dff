import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestBot, type TestBot, type TestUser } from '../../../src/testing/index.js';

let bot: TestBot;
let ana: TestUser;
let bo: TestUser;
let cy: TestUser;

beforeAll(async () => {
  bot = await createTestBot();
  ana = bot.user('+12025550100', { role: 'ADMIN', name: 'Ana' });
  bo = bot.user('+12025550101', { name: 'Bo' });
  cy = bot.user('+12025550102', { role: 'OPERATOR', name: 'Cy' });
  await ana.says('!config set limits.user 6/1m burst 3');
});
// Nobody's limit is used by an earlier test.
beforeEach(() => bot.advance(600_000));
afterAll(() => bot.close());

async function flood(who: TestUser, times: number): Promise<number> {
  let answers = 0;
  for (let time = 0; time < times; time++) answers += (await who.says('!help')).texts.length;
  return answers;
}

test('an operator sees how much is left of their own limit, the chat and everyone', async () => {
  const { texts } = await cy.in('Team').says('!limits');
  expect(texts[0]?.split('\n')).toEqual([
    '*You* `6/1m burst 3`: 2 left now',
    '*This chat* `120/1m burst 60`: 59 left now',
    '*Everyone* `600/1m burst 200`: 199 left now',
    '`!config get limits.user` says how a limit is written.',
  ]);
});

test('a flood is answered once and then with silence; an admin sees it and sets it back', async () => {
  expect(await flood(bo, 8)).toBe(4);
  await cy.says('!limits show +12025550101').replies(/`6\/1m burst 3`: used up, one more in 10 seconds/);
  await ana
    .says('!limits reset +12025550101 reason:"a misunderstanding"')
    .replies(/may go on at once. Case #\d+\./);
  await bo.says('!help').replies(/!help/);
  expect(await bot.events('action:limit_reset')).toMatchObject([
    { outcome: 'success', reason: 'a misunderstanding', entityId: '+12025550101' },
  ]);
});

test('an operator may not set a limit back', async () => {
  await cy.says('!limits reset +12025550101').replies(/admins and owners/i);
});

test("an owner goes on through others' flood", async () => {
  await bot.owner.says('!config set limits.everyone 2/1m burst 1');
  expect(await flood(bo, 5)).toBe(2);
  expect(await flood(cy, 5)).toBe(1);
  await bot.owner.says('!limits show').replies(/Of an OWNER only their own limit is asked\./);
  await bot.owner.says('!config unset limits.everyone').replies(/default/);
});
