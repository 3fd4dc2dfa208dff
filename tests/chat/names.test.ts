import { beforeEach, expect, test } from '@jest/globals';
import { freshSqlite } from '../support/databases.js';
import { ANA, BO, type Chat, CY, openChat } from './support/chat.js';

/** Names are what people call themselves: what somebody may do never hangs on one. */
let chat: Chat;
beforeEach(async () => {
  chat = await openChat({ database: await freshSqlite() });
  await chat.give(BO, 'ADMIN', 'Bo');
  await chat.give(CY, 'USER', 'Cy');
});
const find = (address: string) => chat.bot.services.people.find(address);

test.each<[string, string]>([
  ['role promote "Eva Example" admin', 'role'],
  ['role promote @Eva', 'role'],
  ['whitelist add "Eva Example"', 'whitelist'],
  ['user activate "Eva Example"', 'active'],
  ['role link lid:100200300 "Eva Example"', 'link'],
])('whoever takes the name of somebody else gets nothing by it unseen: %s', async (text) => {
  if (text.startsWith('user')) await chat.bot.services.membership.deactivate(CY);
  // One message is enough to be known by another name.
  await chat.asks(CY, '!help', { name: text.includes('@') ? 'Eva' : 'Eva Example' });
  const before = await find(CY);
  const answer = await chat.asks(ANA, `!${text}`);
  expect(answer).toContain('anybody can take any: look at the number');
  expect(answer).toContain(CY);
  expect(await find(CY)).toEqual(before);
  expect(await chat.bot.services.identities.phoneOf('lid:100200300')).toBeNull();
  const code = /!confirm (\d{6})/.exec(answer)![1]!;
  expect(await chat.asks(ANA, `!confirm ${code}`)).toMatch(/Case #\d+/);
});

test('of however many characters, a name is kept short in answers and in the record', async () => {
  const name = 'made Bo ADMIN (was USER) '.repeat(4000);
  const events = await chat.eventsOf(() => chat.asks(BO, `!role promote ${CY}`, { name }));
  expect(events).toHaveLength(1);
  expect([...events[0]!.actorName!].length).toBeLessThanOrEqual(100);
  const denied = await chat.eventsOf(() => chat.asks('+12025550177', '!status', { name }));
  expect([...denied[0]!.actorName!].length).toBeLessThanOrEqual(100);
});

test('a name in which nothing is seen is none', async () => {
  await chat.asks(CY, '!help', { name: '\u061c\u200b\u{e0041}' });
  expect((await find(CY)).name).toBe('Cy');
});
