import { expect, test } from '@jest/globals';
import { ANA, BO, CY, DEE, useOrder } from './order.js';

const order = useOrder();
const isActive = async (address: string) => (await order.services.people.find(address)).isActive;

test('switching somebody off and on is said, recorded and told', async () => {
  const off = await order.says(CY, `user deactivate ${BO} reason:spam`);
  expect(off.preview).toBeNull();
  expect(off.text).toMatch(
    /^\*Bo\* \(\+12025550101\) is deactivated and gets no answer any more\. Case #\d+\.$/m,
  );
  expect(off.told[0]?.text).toMatch(/^\*Cy\* \(\+1•••••102\) deactivated you: .*\nReason: spam$/);
  expect(await isActive(BO)).toBe(false);
  const on = await order.says(CY, `user activate ${BO}`);
  expect(on.text).toMatch(/is active again, as \*USER\*/);
  expect(on.told.map(({ to }) => to)).toEqual([BO]);
  expect(await isActive(BO)).toBe(true);
  expect((await order.events()).map((event) => event.public.action)).toEqual([
    'USER_ACTIVATION_CHANGE',
    'USER_ACTIVATION_CHANGE',
  ]);
});

test('switching an ADMIN off has to be confirmed', async () => {
  const { preview } = await order.says(ANA, `user deactivate ${CY}`);
  expect(preview).toMatch(/^\*Cy\* \(\+12025550102\), now ADMIN, will be \*deactivated\*/);
});

test('the rules refuse before anything has to be confirmed, and nothing is changed', async () => {
  await order.is(DEE, { role: 'ADMIN' });
  await expect(order.says(CY, `user deactivate ${DEE}`)).rejects.toMatchObject({ rule: 'equal-or-higher' });
  await expect(order.says(CY, 'user deactivate me')).rejects.toMatchObject({ rule: 'own-role' });
  await expect(order.says(ANA, 'user deactivate me')).rejects.toMatchObject({ rule: 'last-owner' });
  await expect(order.says(ANA, `user activate ${BO}`)).rejects.toMatchObject({ code: 'ALREADY_SO' });
  expect(await order.events()).toEqual([]);
});

test('an OWNER who goes reads what it means', async () => {
  await order.is(DEE, { role: 'OWNER' });
  const { preview, told } = await order.says(ANA, 'user deactivate me');
  expect(preview).toMatch(/^You, now OWNER, will be \*deactivated\*/);
  expect(told).toEqual([]);
});

test('user show says that somebody is deactivated', async () => {
  await order.is(DEE, { isActive: false, isListed: true });
  const { text } = await order.says(CY, `user show ${DEE}`);
  expect(text).toContain('*Deactivated*: gets no answer');
  expect(text).toContain('Whitelist (off): on it');
});
