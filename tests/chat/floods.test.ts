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
