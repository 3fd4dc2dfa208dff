import { beforeEach, expect, test } from '@jest/globals';
import { freshSqlite } from '../support/databases.js';
import { BO, type Chat, CY, openChat } from './support/chat.js';

/** Nobody makes what they do disappear in a flood, fills the record with one, or keeps others waiting by it. */
let chat: Chat;
beforeEach(async () => {
  chat = await openChat({ database: await freshSqlite() });
  await chat.give(BO, 'ADMIN', 'Bo');
  await chat.give(CY, 'USER', 'Cy');
});

test('a refusal is not hidden behind one of something harmless', async () => {
  const events = await chat.eventsOf(async () => {
    await chat.asks(CY, '!status');
    await chat.asks(CY, '!role promote me owner');
    await chat.asks(CY, '!status');
    await chat.asks(CY, '!role promote me owner');
    await chat.clock.advance(60_000);
  });
  const denied = events.filter(({ action }) => action === 'PERMISSION_DENIED');
  expect(denied.map(({ entityId, description }) => [entityId, /^\d+ more/.test(description ?? '')])).toEqual([
    ['status', false],
    ['role promote', false],
    ['status', true],
    ['role promote', true],
  ]);
});

test('a message that reached one person hides none that did not reach another', async () => {
  const { record } = chat;
  const failed = (phone: string) =>
    record.logger.record('DELIVERY_FAILED', { to: { phone }, what: 'live events', cause: 'X' });
  expect((await failed(BO)).status).toBe('committed');
  expect((await failed(CY)).status).toBe('committed');
  expect((await failed(CY)).status).toBe('collapsed');
});

test('a saved query that is replaced is not read out to a group with the numbers in it', async () => {
  await chat.asks(BO, '!audit save mine actor:+12025550177');
  const answer = await chat.asks(BO, '!audit save mine actor:+12025550178', { group: 'team' });
  expect(answer).toContain('in the place of `actor:+1•••••177`');
});

test('a gateway that never says whether a message was handed over keeps nobody waiting for ever', async () => {
  const { gateway, clock } = chat;
  const send = gateway.send.bind(gateway);
  gateway.send = (chatId, message) =>
    chatId.includes('hangs') ? new Promise<void>(() => {}) : send(chatId, message);
  for (let index = 0; index < 20; index++)
    gateway.write({ from: `+120255502${10 + index}`, text: '!help', group: `hangs-${index}` });
  gateway.write({ from: BO, text: '!help' });
  const isDrained = chat.bot.drained();
  let drained = false;
  void isDrained.then(() => {
    drained = true;
  });
  while (!drained) {
    await clock.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(gateway.sent.map(({ chatId }) => chatId)).toEqual([`direct:${BO}`]);
  const failed = (await chat.events()).filter(({ action }) => action === 'DELIVERY_FAILED');
  expect(failed).toHaveLength(20);
  expect(failed[0]).toMatchObject({ error: 'ETIMEDOUT' });
});
