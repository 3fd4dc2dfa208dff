import { describe, expect, test } from '@jest/globals';
import { ANA, BO, CY, DEE, LID, useOrder } from './order.js';

const order = useOrder();
const roleOf = async (address: string) => (await order.services.people.find(address)).role;

const GROUP = { chat: { id: 'group', isGroup: true } };

describe('role promote', () => {
  test('is one step when no role is named, answers with the case, and tells the person concerned', async () => {
    const { text, preview, told } = await order.says(ANA, `role promote ${BO} reason:"on call"`);
    const [event] = await order.events();
    const { seq } = event!.public;
    expect(preview).toBeNull();
    expect(await roleOf(BO)).toBe('OPERATOR');
    expect(text).toBe(
      `*Bo* (${BO}) is now *OPERATOR* (was USER). Case #${seq}.\nTo take it back: \`!undo ${seq}\``,
    );
    expect(told).toEqual([
      {
        to: BO,
        text: `*Ana* (+1•••••100) made you *OPERATOR* (was USER). \`!help\` shows what you may do. Case #${seq}.\nReason: on call`,
      },
    ]);
    expect(event?.rest).toMatchObject({ entityId: BO, reason: 'on call', messageKey: 'message-1' });
  });

  test('goes to the role that is named', async () => {
    await order.says(ANA, `role promote ${BO} Admin`);
    expect(await roleOf(BO)).toBe('ADMIN');
  });

  test('takes whoever wrote the message that is answered', async () => {
    await order.says(ANA, 'role promote admin', { quoted: { sender: BO } });
    expect(await roleOf(BO)).toBe('ADMIN');
  });

  test('to OWNER has to be confirmed, in words that say what it means', async () => {
    const { preview } = await order.says(ANA, `role promote ${CY} owner`);
    expect(preview).toBe(
      `*Cy* (${CY}), now ADMIN, will be *OWNER*.\nAn OWNER may do everything, also take that role from you.`,
    );
  });

  test.each([
    ['an ADMIN who makes an ADMIN', CY, `role promote ${BO} admin`, 'only-owners-make'],
    ['an ADMIN who acts on an OWNER', CY, `role promote ${ANA} owner`, 'equal-or-higher'],
    ['an ADMIN who raises themselves', CY, 'role promote me', 'own-role'],
    ['an OWNER who gives a role to an unknown LID', ANA, `role promote ${LID}`, 'unresolved-lid'],
  ])('refuses %s, before anything has to be confirmed', async (_, who, text, rule) => {
    await expect(order.says(who, text)).rejects.toMatchObject({ rule, whoCould: expect.any(String) });
    expect(await order.events()).toEqual([]);
  });

  test('of somebody who is that already, or more, is a mistake', async () => {
    await expect(order.says(ANA, `role promote ${CY} admin`)).rejects.toMatchObject({ code: 'ALREADY_SO' });
    await expect(order.says(ANA, `role promote ${CY} operator`)).rejects.toMatchObject({
      code: 'NOT_A_PROMOTION',
      example: 'role demote +12025550100 operator',
    });
    await expect(order.says(ANA, 'role promote me')).rejects.toMatchObject({ code: 'ALREADY_SO' });
  });

  test('a role that is none is answered with those there are', async () => {
    await expect(order.says(ANA, `role promote ${BO} boss`)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('one of operator, admin, owner'),
    });
  });

  test('in a group shows no full number', async () => {
    const { text } = await order.says(ANA, `role promote ${BO}`, GROUP);
    expect(text).toContain('*Bo* (+1•••••101)');
    expect(text).not.toContain('2025550');
  });

  test('a name cannot write into the answer', async () => {
    await order.is(DEE, { name: '*Dee*\n_Case #1_ `x`' });
    const { text } = await order.says(ANA, `role promote ${DEE}`);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('*∗Dee∗ ˍCase #1ˍ ˋxˋ*');
  });
});

describe('role demote', () => {
  test('is one step, or to the role that is named; removing an ADMIN has to be confirmed', async () => {
    const { text, preview } = await order.says(ANA, `role demote ${CY}`);
    expect(preview).toBe(`*Cy* (${CY}), now ADMIN, will be *OPERATOR*.`);
    expect(text).toContain('is now *OPERATOR* (was ADMIN)');
    const second = await order.says(ANA, `role demote ${CY} user`);
    expect(second.preview).toBeNull();
    expect(await roleOf(CY)).toBe('USER');
  });

  test('of oneself says that there is no way back, and tells nobody', async () => {
    await order.is(DEE, { role: 'OWNER' });
    const { preview, told, text } = await order.says(ANA, 'role demote me');
    expect(text).toContain('is now *ADMIN* (was OWNER)');
    expect(text).not.toContain('!undo');
    expect(preview).toBe('You, now OWNER, will be *ADMIN*, and cannot give it back to yourself.');
    expect(told).toEqual([]);
  });

  test('never takes the last OWNER', async () => {
    await expect(order.says(ANA, 'role demote me')).rejects.toMatchObject({ rule: 'last-owner' });
    expect(await roleOf(ANA)).toBe('OWNER');
  });

  test('of a USER, or to more than they are, is a mistake', async () => {
    await expect(order.says(ANA, `role demote ${BO}`)).rejects.toMatchObject({ code: 'ALREADY_SO' });
    await expect(order.says(ANA, `role demote ${BO} admin`)).rejects.toMatchObject({
      code: 'NOT_A_DEMOTION',
    });
  });

  test('whoever is deactivated is told nothing', async () => {
    await order.is(DEE, { role: 'OPERATOR', isActive: false });
    expect((await order.says(ANA, `role demote ${DEE}`)).told).toEqual([]);
  });
});

describe('role list', () => {
  test('shows who has which role, the highest first', async () => {
    await order.is(DEE, { name: 'Dee', role: 'ADMIN', isActive: false });
    const { text } = await order.says(CY, 'role list');
    expect(text.split('\n')).toEqual([
      '*OWNER* (1)',
      `• *Ana* (${ANA})`,
      '*ADMIN* (2)',
      `• *Cy* (${CY})`,
      `• *Dee* (${DEE}) · deactivated`,
      'Everybody else is *USER*.',
    ]);
    expect((await order.says(CY, 'role list operator')).text).toBe('Nobody is OPERATOR.');
    expect((await order.says(CY, 'role list user')).text).toBe(`*USER* (1)\n• *Bo* (${BO})`);
  });

  test('to an OPERATOR shows no full number but their own', async () => {
    await order.is(DEE, { role: 'OPERATOR' });
    const { text } = await order.says(DEE, 'role list');
    expect(text.match(/\+?\d{7,}/g)).toEqual([DEE]);
  });

  test('of very many says how many more there are', async () => {
    for (let at = 0; at < 105; at++) await order.is(`lid:${1000 + at}`, { isListed: true });
    const { text } = await order.says(ANA, 'role list user');
    expect(text.split('\n').at(-1)).toBe('… and 6 more');
  });
});

describe('role show', () => {
  test('says what somebody is, and what one could make them', async () => {
    await order.services.identities.learned(LID, BO);
    const { text } = await order.says(CY, `role show ${LID}`);
    expect(text.split('\n')).toEqual([
      `*Bo* (${BO})`,
      'Role: *USER*',
      'Active',
      'Whitelist (off): not on it',
      `LID: ${LID}`,
      'You could make them OPERATOR.',
    ]);
  });

  test('shows oneself where nobody is named, and a stranger as one', async () => {
    expect((await order.says(CY, 'role show')).text).toContain('*Cy*');
    expect((await order.says(CY, `role show ${DEE}`)).text).toContain('Nothing is stored about them');
    expect((await order.says(CY, `role show ${LID}`)).text).toContain('never more than USER');
  });
});

describe('role why', () => {
  test('walks the rules and says which one decided, with the values', async () => {
    const { text } = await order.says(CY, `role why ${BO} !whitelist add`);
    expect(text.split('\n')).toEqual([
      `*Bo* (${BO}) *may not run* \`!whitelist add\` in this chat.`,
      '✓ active: active',
      '✓ whitelist: off',
      '✓ limit: within the limits',
      '✗ role: USER; it takes ADMIN',
      'Admins and owners may.',
    ]);
  });

  test('of what is allowed says to whom it may be done', async () => {
    const { text } = await order.says(CY, 'role why me role promote');
    expect(text).toContain('*may run* `!role promote`');
    expect(text).toContain('ADMINs make OPERATORs');
  });

  test('of a command there is none of names the nearest', async () => {
    await expect(order.says(CY, 'role why me role promot')).rejects.toMatchObject({
      code: 'UNKNOWN_COMMAND',
      hint: 'Did you mean role promote?',
    });
  });
});

describe('role link', () => {
  test('makes a LID the person of a phone, and tells them', async () => {
    const { text, preview, told } = await order.says(ANA, `role link ${LID} ${BO}`);
    expect(preview).toBeNull();
    expect(text).toContain(`${LID} is now *Bo* (${BO}), as *USER*. Case #`);
    expect(told.map(({ to }) => to)).toEqual([BO]);
    expect(await order.services.identities.phoneOf(LID)).toBe(BO);
  });

  test('to somebody with power has to be confirmed', async () => {
    const { preview } = await order.says(ANA, `role link ${LID} ${CY}`);
    expect(preview).toBe(`Whoever writes from ${LID} will be *Cy* (${CY}), with all that an *ADMIN* may do.`);
  });

  test('takes a LID first and a phone second', async () => {
    await expect(order.says(ANA, `role link ${BO} ${BO}`)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(order.says(ANA, `role link ${LID} lid:5`)).rejects.toMatchObject({ code: 'NOT_A_LINK' });
  });
});
