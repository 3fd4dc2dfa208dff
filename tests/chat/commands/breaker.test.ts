import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createTestBot, type TestBot, type TestUser } from '../../../src/testing/index.js';

let bot: TestBot;
let ana: TestUser;
let cy: TestUser;

beforeAll(async () => {
  bot = await createTestBot();
  ana = bot.user('+12025550100', { role: 'ADMIN', name: 'Ana' });
  cy = bot.user('+12025550102', { role: 'OPERATOR', name: 'Cy' });
});
// Nobody's limit is used by an earlier test.
beforeEach(() => bot.advance(600_000));
afterAll(() => bot.close());

const failing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }));

async function fail(name: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++)
    await bot.services.breakers
      .get(name)
      .run(failing)
      .catch(() => {});
}

const shown = async (): Promise<string[]> => (await cy.says('!breaker')).texts[0]!.split('\n');

test('an operator sees state, cause and the time to the next probe', async () => {
  expect(await shown()).toEqual(['*lid-lookup* closed', '*llm* closed', '*webhook* closed']);
  await fail('webhook', 1);
  expect((await shown())[2]).toBe('*webhook* closed, 1 failure (ECONNREFUSED)');
  await fail('webhook', 4);
  expect((await shown())[2]).toBe(
    '*webhook* open, after 5 failures in a row (ECONNREFUSED); tried again in 30 seconds',
  );
  await bot.advance(30_000);
  expect((await shown())[2]).toMatch(/tried again with the next call$/);
  let answer = (_: string): void => {};
  const probe = bot.services.breakers.get('webhook').run(
    () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
  );
  expect((await shown())[2]).toMatch(/^\*webhook\* half-open, .*it is being tried just now$/);
  answer('well again');
  await probe;
  expect((await shown())[2]).toBe('*webhook* closed');
});

test('an admin opens one and resets it: each one event', async () => {
  await ana.says('!breaker open LLM reason:"it costs too much"').replies(/\*llm\* is open.*Case #\d+\./);
  expect((await shown())[1]).toBe('*llm* open, opened by hand (it costs too much); until somebody resets it');
  await ana.says('!breaker open llm').replies(/The breaker llm is open already\./);
  await ana.says('!breaker reset llm').replies(/\*llm\* is closed and asked again\. Case #\d+\./);
  expect((await shown())[1]).toBe('*llm* closed');
  expect(await bot.events('action:circuit_breaker_change entity:llm')).toMatchObject([
    {
      outcome: 'success',
      actorPhone: '+12025550100',
      reason: 'it costs too much',
      after: '{"state":"open"}',
    },
    { outcome: 'failure', actorPhone: '+12025550100', error: 'ALREADY_SO' },
    { outcome: 'success', actorPhone: '+12025550100', after: '{"state":"closed"}' },
  ]);
});

test('a name that is none is answered with the nearest, and an operator may only look', async () => {
  await ana.says('!breaker open webhok').replies(/Did you mean webhook\?/);
  await cy.says('!breaker open webhook').replies(/admins and owners/i);
  expect((await shown())[2]).toBe('*webhook* closed');
});
