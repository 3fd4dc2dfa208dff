import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import wweb, { type Client } from 'whatsapp-web.js';
import type { GatewayServices } from '../../../../src/chat/gateway.js';
import type { LibraryPage } from '../../../../src/chat/gateways/whatsapp/libraryClient.js';
import { WhatsAppGateway } from '../../../../src/chat/gateways/whatsapp/whatsAppGateway.js';
import type { IncomingMessage } from '../../../../src/chat/message.js';
import { Breaker } from '../../../../src/guards/breaker.js';
import { FakeClock } from '../../../support/fakeClock.js';

const ANA = '12025550100@c.us';
const LID = '90000000000001@lid';

/** A client that a host has, as far as it is used; what it does is up to the test. */
class FakeClient extends EventEmitter {
  info: { wid: unknown } | undefined;
  pupPage: LibraryPage | undefined;
  readonly sent: unknown[][] = [];
  readonly asked: string[] = [];
  answer: () => Promise<unknown> = async () => undefined;
  lookup: () => Promise<{ pn?: unknown }[]> = async () => [{ pn: ANA }];
  calls = { initialize: 0, destroy: 0 };

  async initialize() {
    this.calls.initialize += 1;
  }
  async destroy() {
    this.calls.destroy += 1;
  }
  sendMessage(...args: unknown[]) {
    this.sent.push(args);
    return this.answer();
  }
  async sendReaction(...args: unknown[]) {
    this.sent.push(args);
  }
  getContactLidAndPhone(ids: string[]) {
    this.asked.push(...ids);
    return this.lookup();
  }
  async getState() {
    return 'CONNECTED';
  }
}

async function open() {
  const clock = new FakeClock();
  const client = new FakeClient();
  const gateway = new WhatsAppGateway({ client, clock, random: () => 0 });
  const received: IncomingMessage[] = [];
  await gateway.start((message) => received.push(message));
  const write = async (from: string, id: string) => {
    const data = { id: { fromMe: false, remote: from, id }, from, body: '!help', type: 'chat', t: 1 };
    client.emit('message', { ...data, timestamp: 1, fromMe: false, _data: data });
    await clock.advance(0);
  };
  return { clock, client, gateway, received, write };
}

describe("a host's own client", () => {
  test('is watched and used, and neither started nor ended', async () => {
    const { client, gateway, received, write } = await open();
    expect(gateway.status().state).toBe('starting');
    client.emit('ready');
    expect(gateway.status()).toEqual({ state: 'ready' });
    await write(ANA, 'A');
    expect(received).toMatchObject([{ sender: { address: '+12025550100' }, text: '!help' }]);
    await gateway.close();
    expect(client.calls).toEqual({ initialize: 0, destroy: 0 });
    expect(client.eventNames()).toEqual([]);
  });

  test('may have been ready before', async () => {
    const client = new FakeClient();
    client.info = { wid: ANA };
    const gateway = new WhatsAppGateway({ client, clock: new FakeClock() });
    await gateway.start(() => {});
    expect(gateway.status().state).toBe('ready');
    await gateway.close();
  });

  test('what is sent before it is ready waits, and not for ever', async () => {
    const { clock, client, gateway } = await open();
    const early = gateway.send(ANA, { text: 'early' });
    await clock.advance(60_000);
    expect(client.sent).toEqual([]);
    client.emit('ready');
    await early;
    expect(client.sent).toHaveLength(1);
    client.emit('disconnected', 'CONFLICT');
    const never = gateway.send(ANA, { text: 'never' });
    const outcome = expect(never).rejects.toMatchObject({ code: 'WHATSAPP_NOT_READY' });
    await clock.advance(180_000);
    await outcome;
    expect(client.sent).toHaveLength(1);
    await gateway.close();
    expect(clock.pending).toBe(0);
  });

  test('a send that does not come back is given up and not made again; one that says nothing was made', async () => {
    const { clock, client, gateway } = await open();
    client.emit('ready');
    await gateway.send(ANA, { text: 'said nothing' });
    client.answer = () => new Promise(() => {});
    const hanging = gateway.send(ANA, { text: 'hangs' });
    const outcome = expect(hanging).rejects.toMatchObject({ code: 'WHATSAPP_NO_ANSWER' });
    await clock.advance(60_000);
    await outcome;
    await clock.advance(600_000);
    expect(client.sent).toHaveLength(2);
    await gateway.close();
  });

  test('a send that says nothing was none where the page has no such chat', async () => {
    const { client, gateway } = await open();
    let answer: () => Promise<boolean> = async () => false;
    const evaluate = (() => answer()) as unknown as LibraryPage['evaluate'];
    client.pupPage = { on: () => {}, evaluate };
    client.emit('ready');
    await expect(gateway.send(ANA, { text: 'to nobody' })).rejects.toMatchObject({ code: 'NO_SUCH_CHAT' });
    answer = () => Promise.reject(new Error('the page is busy'));
    await gateway.send('12025550101@c.us', { text: 'sent, as far as anybody knows' });
    client.answer = async () => ({ id: 'A' });
    answer = async () => false;
    await gateway.send('12025550102@c.us', { text: 'sent' });
    expect(client.sent).toHaveLength(3);
    await gateway.close();
  });

  test('what waits for the connection is not sent to whoever was erased, nor what speaks of them', async () => {
    const { clock, client, gateway } = await open();
    const file = (name: string, mime: string, text: string) => ({ name, mime, bytes: Buffer.from(text) });
    const isBob = (text: string) => text.includes('12025550101') || text.includes('Bob');
    const sending = Promise.allSettled([
      gateway.send('12025550101@c.us', { text: 'for him' }),
      gateway.send(ANA, { text: 'kept' }),
      gateway.send(ANA, { text: 'Bob was here' }),
      gateway.send(ANA, { text: 'a table', document: file('a.csv', 'text/csv', 'who\nBob\n') }),
      gateway.send(ANA, { document: file('a.json', 'application/json', '{"who":"Bob"}') }),
      gateway.send(ANA, { picture: file('a.png', 'image/png', 'nobody can read it') }),
      gateway.send(ANA, { text: 'yes', quotes: 'false_12025550101@c.us_3EB0AA' }),
    ]);
    await clock.advance(0);
    expect(await gateway.forget(isBob)).toBe(6);
    client.emit('ready');
    await clock.advance(60_000);
    expect((await sending).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      ...Array.from({ length: 5 }, () => 'rejected'),
    ]);
    expect(client.sent.map(([chat, text]) => [chat, text])).toEqual([[ANA, 'kept']]);
    await gateway.close();
    expect(clock.pending).toBe(0);
  });

  test('somebody who was erased is asked about again when they write again', async () => {
    const { clock, client, gateway, write } = await open();
    client.emit('ready');
    await write(LID, 'A');
    expect(await gateway.forget((text) => text === 'lid:90000000000001')).toBe(1);
    await write(LID, 'B');
    await write(LID, 'C');
    await clock.advance(0);
    expect(client.asked).toEqual([LID, LID]);
    await gateway.close();
  });

  test('quotes, sends files with their words, and shows no previews', async () => {
    const { client, gateway } = await open();
    client.emit('ready');
    const file = { name: 'a.csv', mime: 'text/csv', bytes: Buffer.from('1') };
    await gateway.send(ANA, { text: 'rows', document: file, quotes: 'false_1@c.us_A' });
    expect(client.sent[0]).toMatchObject([
      ANA,
      { mimetype: 'text/csv', data: 'MQ==', filename: 'a.csv' },
      {
        quotedMessageId: 'false_1@c.us_A',
        caption: 'rows',
        sendMediaAsDocument: true,
        sendSeen: false,
        linkPreview: false,
      },
    ]);
    await expect(gateway.send('status@broadcast', { text: 'x' })).rejects.toMatchObject({
      code: 'NO_SUCH_CHAT',
    });
    await gateway.close();
  });

  test('whose a LID is, is asked before its message is handed over; the next ones keep their order', async () => {
    const { clock, client, gateway, received, write } = await open();
    client.emit('ready');
    let tell: (found: { pn?: unknown }[]) => void = () => {};
    client.lookup = () => new Promise((resolve) => (tell = resolve));
    await write(LID, 'A');
    await write(LID, 'B');
    expect(received).toEqual([]);
    tell([{ pn: ANA }]);
    await clock.advance(0);
    expect(received.map(({ key }) => key)).toEqual([`false_${LID}_A`, `false_${LID}_B`]);
    expect(client.asked).toEqual([LID]);
    await gateway.close();
  });

  test('whose LID it is, is not asked while the breaker is open, and the messages come all the same', async () => {
    const { clock, client, gateway, received, write } = await open();
    const breaker = new Breaker({
      name: 'lid-lookup',
      clock,
      rules: () => ({ failures: 2, pauseMs: 60_000, timeoutMs: 1_000 }),
      onTransition: () => {},
    });
    const identities = { learned: async () => 'new', phoneOf: async () => null };
    gateway.attach({ identities, breakers: { get: () => breaker } } as unknown as GatewayServices);
    client.emit('ready');
    client.lookup = () => Promise.reject(new Error('no'));
    for (const user of [1, 2, 3, 4]) await write(`9000000000000${user}@lid`, `${user}`);
    await clock.advance(0);
    expect(received).toHaveLength(4);
    expect(client.asked).toHaveLength(2);
    expect(breaker.status()).toMatchObject({ state: 'open' });
    await gateway.close();
  });

  test('a session that is not accepted, and one that is logged out: nothing more is sent, and it says what to do', async () => {
    for (const [event, state, ...more] of [
      ['auth_failure', 'refused'],
      ['disconnected', 'logged-out', 'LOGOUT'],
    ] as const) {
      const { client, gateway } = await open();
      client.emit(event, ...more);
      expect(gateway.status()).toMatchObject({
        state,
        detail: expect.stringContaining('link the device anew'),
      });
      await expect(gateway.send(ANA, { text: 'x' })).rejects.toMatchObject({ code: 'WHATSAPP_NOT_READY' });
      await gateway.close();
    }
  });

  test('a Client of the library is one that may be handed over', () => {
    // The types say so.
    const handOver = (client: Client) => new WhatsAppGateway({ client, MessageMedia: wweb.MessageMedia });
    expect(handOver).toBeInstanceOf(Function);
    // @ts-expect-error something else is not
    expect(() => new WhatsAppGateway({ client: {} })).not.toThrow();
    expect(() => new WhatsAppGateway({})).toThrow(TypeError);
  });
});
