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
const ANA_LID = '90000000000001@lid';
const TEAM = '120363000000000001@g.us';

const PHONES: Record<Address, Address> = { [BOT_LID]: BOT, 'lid:90000000000001': '+12025550100' };

interface Setting {
  readonly own?: Address | null;
  readonly ask?: (lid: Address) => Promise<Address | null>;
  readonly deliver?: (message: IncomingMessage) => void;
}

/** Where messages arrive; WhatsApp knows whose the LIDs of the bot and of Ana are. */
function open({ own = BOT, ask = async (lid) => PHONES[lid] ?? null, deliver = () => {} }: Setting = {}) {
  const clock = new FakeClock();
  const links = new Map<Address, Address>();
  const received: IncomingMessage[] = [];
  const asked: Address[] = [];
  let unreadable = 0;
  const arrivals = new Arrivals({
    names: new GroupNames({ clock, page: () => null }),
    lookups: new LidLookups({
      clock,
      ask: (lid) => {
        asked.push(lid);
        return ask(lid);
      },
      learned: async (lid, phone) => links.set(lid, phone),
      onFailure: (error) => {
        throw error;
      },
    }),
    own: () => own,
    phoneOf: async (lid) => links.get(lid) ?? null,
    deliver: (message) => {
      received.push(message);
      deliver(message);
    },
    onUnreadable: () => {
      unreadable += 1;
    },
  });
  const take = (data: Record<string, unknown>): void => {
    const whole = {
      id: { fromMe: false, remote: TEAM, id: 'A', participant: ANA },
      from: TEAM,
      author: ANA,
      ...data,
    };
    arrivals.take({ ...whole, type: 'chat', body: 'hello', timestamp: 1, fromMe: false, _data: whole });
  };
  const come = async (count: number): Promise<void> => {
    while (received.length < count) await new Promise(setImmediate);
  };
  return { arrivals, clock, received, asked, take, come, unreadable: () => unreadable };
}

/** What arrives at an account that calls itself `own`. */
async function arriving(own: Address | null, data: Record<string, unknown>): Promise<IncomingMessage> {
  const { take, come, received } = open({ own });
  take(data);
  await come(1);
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

describe('a message has one key', () => {
  const inTeam = (writer: unknown) => ({
    id: { fromMe: false, remote: TEAM, id: 'A', participant: writer },
    author: writer,
  });
  const direct = (chat: string) => ({
    id: { fromMe: false, remote: chat, id: 'A' },
    from: chat,
    author: undefined,
  });

  test.each<[string, ...Record<string, unknown>[]]>([
    ['in a group', inTeam(ANA), inTeam(ANA_LID), inTeam({ user: '90000000000001', server: 'lid' })],
    ['in a direct chat', direct(ANA), direct(ANA_LID), direct(ANA_LID)],
    [
      'in a group where its key does not name the writer',
      inTeam(ANA),
      { id: { fromMe: false, remote: TEAM, id: 'A' }, author: ANA_LID },
      { id: { fromMe: false, remote: TEAM, id: 'A' }, author: ANA },
    ],
  ])('%s, whether its writer is named by a phone or by a LID', async (_, ...deliveries) => {
    const { take, come, received } = open();
    for (const delivery of deliveries) take(delivery);
    await come(3);
    expect(new Set(received.map(({ key }) => key)).size).toBe(1);
  });

  test('and the page is asked for it by the one that it came under last', async () => {
    const { arrivals, take, come, received } = open();
    take(inTeam(ANA));
    take(inTeam(ANA_LID));
    await come(2);
    expect(arrivals.pageKeyOf(received[0]!.key)).toBe(`false_${TEAM}_A_${ANA_LID}`);
    expect(arrivals.pageKeyOf('false_12025550101@c.us_B')).toBe('false_12025550101@c.us_B');
  });

  test('which is the one by which an answer to it names it', async () => {
    const { take, come, received } = open();
    take(inTeam(ANA));
    take({
      id: { fromMe: false, remote: TEAM, id: 'B', participant: ANA },
      quotedStanzaID: 'A',
      quotedParticipant: ANA_LID,
    });
    await come(2);
    expect(received[1]!.quoted).toMatchObject({ key: received[0]!.key });
  });

  test('while that of somebody whose LID nobody knows is their own, also with the digits of a phone', async () => {
    const { take, come, received } = open();
    take(inTeam(ANA));
    take(inTeam(ANA.replace('c.us', 'lid')));
    await come(2);
    expect(received[0]!.key).not.toBe(received[1]!.key);
  });
});

describe('nobody keeps a chat waiting', () => {
  const mentioning = (count: number, from: number) => ({
    id: { fromMe: false, remote: TEAM, id: `M${from}`, participant: ANA },
    mentionedJidList: Array.from({ length: count }, (_, index) => `${80_000_000_000_000 + from + index}@lid`),
  });

  test('with mentions of people whom nobody knows: of a few it is asked, and of no more in a minute', async () => {
    const { clock, take, come, asked } = open();
    for (let message = 0; message < 10; message++) take(mentioning(1_000, message * 1_000));
    await come(10);
    expect(asked.length).toBeLessThanOrEqual(20);
    await clock.advance(60_000);
    take(mentioning(3, 20_000));
    await come(11);
    expect(asked).toContain('lid:80000000020002');
  });

  test('with a question that is not answered: whoever writes is asked about before whom others mention', async () => {
    const waiting: ((phone: Address | null) => void)[] = [];
    const { take, come, asked, received } = open({ ask: () => new Promise((tell) => waiting.push(tell)) });
    take(mentioning(5, 0));
    const other = '120363000000000002@g.us';
    await new Promise(setImmediate);
    take({
      id: { fromMe: false, remote: other, id: 'B', participant: ANA_LID },
      from: other,
      author: ANA_LID,
    });
    await new Promise(setImmediate);
    waiting[0]!(null);
    await new Promise(setImmediate);
    expect(asked[1]).toBe('lid:90000000000001');
    waiting[1]!('+12025550100');
    await come(1);
    expect(received[0]).toMatchObject({ chat: { id: other } });
  });

  test('by a backlog: behind it nobody is asked about', async () => {
    const { clock, take, come, received, asked } = open({ ask: () => new Promise(() => {}) });
    for (let index = 0; index < 300; index++) {
      const writer = `${90_000_000_001_000 + index}@lid`;
      take({ id: { fromMe: false, remote: TEAM, id: `B${index}`, participant: writer }, author: writer });
    }
    for (let seconds = 0; received.length < 300 && seconds < 3_600; seconds += 15)
      await clock.advance(15_000);
    await come(300);
    expect(clock.now() - new FakeClock().now()).toBeLessThanOrEqual(6 * 60_000);
    expect(asked).toHaveLength(1);
  });

  test('by a message that could not be handed over: the next one is', async () => {
    let isFirst = true;
    const { take, come, received, unreadable } = open({
      deliver: () => {
        if (!isFirst) return;
        isFirst = false;
        throw new Error('the host is broken');
      },
    });
    take({});
    take({ id: { fromMe: false, remote: TEAM, id: 'B', participant: ANA } });
    await come(2);
    expect(received).toHaveLength(2);
    expect(unreadable()).toBe(1);
  });
});
