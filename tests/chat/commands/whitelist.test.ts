import { expect, test } from '@jest/globals';
import { ANA, BO, CY, DEE, useOrder } from './order.js';

const order = useOrder();

test('people are put on it and taken off it, each with one event', async () => {
  const added = await order.says(CY, 'whitelist add (202) 555-0101 reason:"new colleague"');
  expect(added.text).toContain(`*Bo* (${BO}) is on the whitelist. Case #`);
  expect(added.text).toContain('The whitelist is off just now');
  expect((await order.says(CY, 'whitelist list')).text).toBe(
    `The whitelist is *off*. Everybody is answered.\nOn it (1):\n• *Bo* (${BO})`,
  );
  const removed = await order.says(CY, `whitelist remove ${BO}`);
  expect(removed.text).toContain('is on the whitelist no more');
  expect((await order.events()).map(({ rest }) => [rest?.entityId, rest?.reason, rest?.after])).toEqual([
    [BO, 'new colleague', '{"listed":true}'],
    [BO, undefined, '{"listed":false}'],
  ]);
});

test('switching it on has to be confirmed, and says who with a role would not be answered', async () => {
  await order.is(DEE, { name: 'Dee', role: 'OPERATOR' });
  await order.says(CY, `whitelist add ${BO}`);
  const { preview, text } = await order.says(CY, 'whitelist on reason:strangers');
  expect(preview?.split('\n')).toEqual([
    'The whitelist will be *on*: only the one person on it is answered, and OWNERs.',
    'Not on it, though they have a role (2):',
    `• *Cy* (${CY}) · ADMIN`,
    `• *Dee* (${DEE}) · OPERATOR`,
    '*You are one of them*: `!whitelist add me` puts you on it first.',
  ]);
  expect(text).toContain('The whitelist is *on*. Only those on it are answered, and OWNERs. Case #');
  expect(text).toContain('I answer you no more');
  expect(text).not.toContain('!undo');
  expect(order.services.membership.isWhitelistOn()).toBe(true);
});

test('switching it off has to be confirmed as well', async () => {
  await order.says(ANA, `whitelist add ${BO}`);
  await order.says(ANA, 'whitelist on');
  const { preview } = await order.says(ANA, 'whitelist off');
  expect(preview).toContain('will be *off*: everybody who writes to me is answered');
  expect(order.services.membership.isWhitelistOn()).toBe(false);
});

test('an empty one is not switched on, and what is so already is not confirmed in vain', async () => {
  await expect(order.says(CY, 'whitelist on')).rejects.toMatchObject({
    code: 'WHITELIST_EMPTY',
    example: 'whitelist add +12025550100',
  });
  await expect(order.says(CY, 'whitelist off')).rejects.toMatchObject({ code: 'ALREADY_SO' });
  await expect(order.says(CY, `whitelist remove ${BO}`)).rejects.toMatchObject({ code: 'ALREADY_SO' });
  expect(await order.events()).toEqual([]);
});

test('an ADMIN takes no ADMIN off it', async () => {
  await order.is(DEE, { role: 'ADMIN', isListed: true });
  await expect(order.says(CY, `whitelist remove ${DEE}`)).rejects.toMatchObject({ rule: 'equal-or-higher' });
});

test('whoever takes the last one off while it is on reads that nobody is left', async () => {
  await order.says(ANA, `whitelist add ${BO}`);
  await order.says(ANA, 'whitelist on');
  const { text } = await order.says(ANA, `whitelist remove ${BO}`);
  expect(text).toContain('Nobody is on it now, and it is on: only OWNERs are answered.');
});
