import { describe, expect, test } from '@jest/globals';
import type { Address } from '../../../../src/access/address.js';
import { Arrivals } from '../../../../src/chat/gateways/whatsapp/arrivals.js';
import { GroupNames } from '../../../../src/chat/gateways/whatsapp/groupNames.js';
import { LidLookups } from '../../../../src/chat/gateways/whatsapp/lidLookups.js';
import type { IncomingMessage } from '../../../../src/chat/message.js';
import { FakeClock } from '../../../support/fakeClock.js';

const ANA = '12025550100@c.us';
const BOT = '+12025550190';
const BOT_LID = 'lid:90000000000090';
const TEAM = '120363000000000001@g.us';

/** What arrives at an account that calls itself `own`, where WhatsApp knows whose its LID is. */
async function arriving(own: Address | null, data: Record<string, unknown>): Promise<IncomingMessage> {
  const clock = new FakeClock();
  const links = new Map<Address, Address>();
  const received: IncomingMessage[] = [];
  const arrivals = new Arrivals({
    names: new GroupNames({ clock, page: () => null }),
    lookups: new LidLookups({
      clock,
      ask: async (lid) => (lid === BOT_LID ? BOT : null),
      learned: async (lid, phone) => links.set(lid, phone),
      onFailure: (error) => {
        throw error;
      },
    }),
    own: () => own,
    phoneOf: async (lid) => links.get(lid) ?? null,
    deliver: (message) => received.push(message),
    onUnreadable: (error) => {
      throw error;
    },
  });
  const whole = {
    id: { fromMe: false, remote: TEAM, id: 'A', participant: ANA },
    from: TEAM,
    author: ANA,
    ...data,
  };
  arrivals.take({ ...whole, type: 'chat', body: 'hello', timestamp: 1, fromMe: false, _data: whole });
  while (received.length === 0) await new Promise(setImmediate);
  return received[0]!;
}

describe('a message in a group is to the bot', () => {
  test.each([
    ['mentions it by its phone', BOT, { mentionedJidList: ['12025550101@c.us', '12025550190@c.us'] }],
    ['mentions it by its LID', BOT, { mentionedJidList: ['90000000000090@lid'] }],
    [
      'mentions its phone, where the account knows its own LID only',
      BOT_LID,
      { mentionedJidList: ['12025550190@c.us'] },
    ],
    ['answers it', BOT, { quotedStanzaID: 'B', quotedParticipant: '12025550190@c.us' }],
    ['answers it, named by its LID', BOT, { quotedStanzaID: 'B', quotedParticipant: '90000000000090@lid' }],
  ])('that %s', async (_, own, data) => {
    expect((await arriving(own, data)).isToBot).toBe(true);
  });

  test.each([
    ['mentions nobody', BOT, {}],
    ['mentions somebody else', BOT, { mentionedJidList: ['12025550101@c.us'] }],
    ['mentions a LID with the digits of its phone', BOT, { mentionedJidList: ['12025550190@lid'] }],
    ['answers somebody else', BOT, { quotedStanzaID: 'B', quotedParticipant: ANA }],
    ['mentions it before it knows who it is', null, { mentionedJidList: ['12025550190@c.us'] }],
  ])('and not one that %s', async (_, own, data) => {
    expect((await arriving(own, data)).isToBot).toBeUndefined();
  });

  test('while in a direct chat nobody has to say so', async () => {
    const direct = { id: { fromMe: false, remote: ANA, id: 'A' }, from: ANA, author: undefined };
    const message = await arriving(BOT, { ...direct, mentionedJidList: ['12025550190@c.us'] });
    expect(message).toMatchObject({ chat: { isGroup: false } });
    expect(message.isToBot).toBeUndefined();
  });
});
