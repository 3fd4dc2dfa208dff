import { afterEach, describe, expect, test } from '@jest/globals';
import type { Gateway, Outgoing } from '../../../src/chat/gateway.js';
import type { IncomingMessage } from '../../../src/chat/message.js';

/** The other side of a gateway: what people there write, and what they get to see. */
export interface OtherSide {
  readonly gateway: Gateway;
  /** Somebody writes, in a direct chat where no group is named; resolves once the gateway has had it. */
  write(text: string, where: { from: string; group?: string }): Promise<void>;
  /** Somebody answers to the newest message of somebody else in that group. */
  answer?(text: string, where: { from: string; group: string; to: string }): Promise<void>;
  /** The writer changes the newest message of theirs in a direct chat. */
  edit?(text: string, where: { from: string }): Promise<void>;
  /** What has arrived in that chat. */
  seen(
    chatId: string,
  ): Promise<{ texts: string[]; files: { name: string; bytes: Buffer }[]; reactions: string[] }>;
}

/** What whoever reads from a gateway, or sends through it, may rely on. Each gateway's tests run this. */
export function describeGateway(name: string, open: () => Promise<OtherSide>): void {
  describe(`${name}, as every gateway`, () => {
    const opened: Gateway[] = [];
    const connect = async () => {
      const side = await open();
      opened.push(side.gateway);
      const received: IncomingMessage[] = [];
      await side.gateway.start((message) => received.push(message));
      return { ...side, received };
    };
    afterEach(async () => {
      for (const gateway of opened.splice(0)) await gateway.close();
    });

    const ana = '+12025550100';
    const bo = '+12025550101';

    test('hands over who wrote what, where and when, each message under a key of its own', async () => {
      const { gateway, write, received } = await connect();
      await write('!help', { from: ana });
      await write('  Grüße, "you" \u{1f642}', { from: bo });
      expect(received).toMatchObject([
        { channel: gateway.channel, sender: { address: ana }, chat: { isGroup: false }, text: '!help' },
        { channel: gateway.channel, sender: { address: bo }, text: '  Grüße, "you" \u{1f642}', mentions: [] },
      ]);
      expect(received[0]!.key).not.toBe(received[1]!.key);
      expect(received[0]!.change).toBeUndefined();
      expect(Number.isInteger(received[0]!.at)).toBe(true);
    });

    test('the direct chat with somebody is the one they write in', async () => {
      const { gateway, write, received } = await connect();
      await write('a', { from: ana });
      await write('b', { from: bo });
      expect(received.map(({ chat }) => chat.id)).toEqual([gateway.directChat(ana), gateway.directChat(bo)]);
    });

    test('a group is one chat, whoever writes in it, and has a name', async () => {
      const { write, received } = await connect();
      await write('a', { from: ana, group: 'Team' });
      await write('b', { from: bo, group: 'Team' });
      await write('c', { from: bo, group: 'Others' });
      const [first, second, third] = received.map(({ chat }) => chat);
      expect(first).toMatchObject({ isGroup: true, name: 'Team' });
      expect(second).toEqual(first);
      expect(third!.id).not.toBe(first!.id);
    });

    test('what is sent arrives in its chat, in order and whole', async () => {
      const { gateway, write, received, seen } = await connect();
      await write('hello', { from: ana, group: 'Team' });
      const group = received[0]!.chat.id;
      const long = `${'0123456789abcde\n'.repeat(255)}end`;
      await gateway.send(group, { text: 'first', quotes: received[0]!.key });
      await gateway.send(group, { text: long });
      await gateway.send(gateway.directChat(bo), { text: 'for Bo', isUnasked: true });
      expect((await seen(group)).texts).toEqual(['first', long]);
      expect((await seen(gateway.directChat(bo))).texts).toEqual(['for Bo']);
    });

    test('documents and pictures arrive byte for byte, with what is said about them', async () => {
      const { gateway, write, seen } = await connect();
      await write('hello', { from: ana });
      const chat = gateway.directChat(ana);
      const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
      const document = { name: 'list.csv', mime: 'text/csv', bytes };
      await gateway.send(chat, { text: '3 rows', document });
      await gateway.send(chat, { picture: { name: 'chart.png', mime: 'image/png', bytes } });
      const { texts, files } = await seen(chat);
      expect(texts).toEqual(['3 rows']);
      expect(files.map(({ name }) => name)).toEqual(['list.csv', 'chart.png']);
      for (const file of files) expect(file.bytes.equals(bytes)).toBe(true);
    });

    test('a reaction arrives', async () => {
      const { gateway, write, received, seen } = await connect();
      await write('hello', { from: ana });
      const reaction: Outgoing = { reaction: '\u{1f44d}', quotes: received[0]!.key };
      await gateway.send(received[0]!.chat.id, reaction);
      expect((await seen(received[0]!.chat.id)).reactions).toEqual(['\u{1f44d}']);
    });

    test('an answer to a message names who wrote that', async () => {
      const { write, answer, received } = await connect();
      if (answer === undefined) return;
      await write('I am new', { from: bo, group: 'Team' });
      await answer('!role promote', { from: ana, group: 'Team', to: bo });
      expect(received[1]).toMatchObject({ sender: { address: ana }, text: '!role promote' });
      expect(received[1]!.quoted).toMatchObject({ sender: bo, key: received[0]!.key });
    });

    test('an edited message keeps its key and says that it was edited', async () => {
      const { write, edit, received } = await connect();
      if (edit === undefined) return;
      await write('!halp', { from: ana });
      await edit('!help', { from: ana });
      expect(received[1]).toMatchObject({ key: received[0]!.key, text: '!help', change: 'edited' });
    });

    test('says that it is ready, and closes as often as one likes', async () => {
      const { gateway } = await connect();
      expect(gateway.status().state).toBe('ready');
      await gateway.close();
      await gateway.close();
      expect(gateway.status().state).not.toBe('ready');
    });

    test('once closed it hands nothing over, and rejects what is sent', async () => {
      const { gateway, write, received } = await connect();
      await write('before', { from: ana });
      await gateway.close();
      await write('after', { from: ana });
      expect(received.map(({ text }) => text)).toEqual(['before']);
      await expect(gateway.send(gateway.directChat(ana), { text: 'too late' })).rejects.toThrow(/closed/);
    });
  });
}
