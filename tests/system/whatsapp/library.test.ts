import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import wweb, { type Message } from 'whatsapp-web.js';
import { whatsAppShim } from '../../../src/chat/gateways/whatsapp/shim.js';
import { endAll, type Linked, linked } from './clients.js';
import { describeWithBrowser } from './describeWithBrowser.js';

/** That the page is one the library works on as on the site: the library alone, without anything of ours but the shim. */

const ANA = '12025550100@c.us';
const BO = '12025550101@c.us';
const BO_LID = '90000000000101@lid';
const TEAM = '120363000000000001@g.us';

const CSV = Buffer.from('\ufeffcase,action\r\n1,ROLE_CHANGE\r\n');
const PNG = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256));

const media = (mime: string, bytes: Buffer, name: string) =>
  new wweb.MessageMedia(mime, bytes.toString('base64'), name);
const document = { sendMediaAsDocument: true, waitUntilMsgSent: true, sendSeen: false };

/** What the library says of a message, where its types and its values differ. */
const keyOf = (message: Message | undefined) => message?.id._serialized;

describeWithBrowser('the library on the page', () => {
  describe.each([
    { shape: 'classic', options: {} },
    { shape: '2026-09', options: { evalOnNewDoc: whatsAppShim } },
  ] as const)('$shape', ({ shape, options }) => {
    let { client, remote, heard } = {} as Linked;
    beforeAll(async () => {
      ({ client, remote, heard } = await linked({ shape }, options));
      await remote.group(TEAM, { name: 'Team' });
    });
    afterAll(endAll);
    const receive = async (message: Parameters<typeof remote.receive>[0]) => {
      const id = await remote.receive(message);
      return { id, message: heard.at(-1)! };
    };

    test('knows its own number and name', () => {
      expect(client.info).toMatchObject({ wid: { _serialized: '12025550199@c.us' }, pushname: 'Reeve' });
    });

    test('hears who wrote, in a direct chat', async () => {
      const at = Date.UTC(2026, 10, 21);
      const { id, message } = await receive({ from: ANA, name: 'Ana', text: '!help \u{1f642}', at });
      expect(message).toMatchObject({ from: ANA, body: '!help \u{1f642}', timestamp: at / 1000 });
      expect(message).toMatchObject({ author: undefined, fromMe: false, type: 'chat' });
      expect(message.id).toMatchObject({ remote: ANA, id, _serialized: `false_${ANA}_${id}` });
      expect(message.rawData).toMatchObject({ notifyName: 'Ana' });
    });

    test('hears who wrote in a group, who was mentioned, and what was answered', async () => {
      const first = await receive({ from: BO, group: TEAM, text: 'I am new' });
      const mentions = [BO_LID];
      const { id, message } = await receive({
        from: ANA,
        group: TEAM,
        text: '!role show @90000000000101',
        mentions,
        quotes: first.id,
      });
      expect(message).toMatchObject({ from: TEAM, author: ANA, hasQuotedMsg: true });
      expect(message.mentionedIds).toMatchObject([{ _serialized: BO_LID }]);
      expect(keyOf(message)).toBe(`false_${TEAM}_${id}_${ANA}`);
      expect((await message.getQuotedMessage()).body).toBe('I am new');
      expect(await message.getChat()).toMatchObject({ isGroup: true, name: 'Team' });
    });

    test('hears somebody of whom only the LID is known', async () => {
      expect((await receive({ from: BO_LID, text: 'hello' })).message).toMatchObject({ from: BO_LID });
    });

    test('hears what is said about a file', async () => {
      const file = { kind: 'image', mime: 'image/png', name: 'a.png' } as const;
      const { message } = await receive({ from: ANA, text: '!help', file });
      expect(message).toMatchObject({ type: 'image', hasMedia: true, body: '!help' });
    });

    test('answers with a quotation', async () => {
      const { id, message } = await receive({ from: ANA, text: '!status' });
      const answer = await message.reply('all well', undefined, { sendSeen: false, linkPreview: false });
      expect(keyOf(answer)).toMatch(`true_${ANA}_3EB0`);
      expect((await remote.sent()).at(-1)).toMatchObject({ chat: ANA, text: 'all well', quotes: id });
    });

    test('sends a document and a picture, every byte of them', async () => {
      const csv = await client.sendMessage(ANA, media('text/csv', CSV, 'list.csv'), {
        ...document,
        caption: '1 row',
      });
      await client.sendMessage(TEAM, media('image/png', PNG, 'chart.png'), { sendSeen: false });
      expect(keyOf(csv)).toMatch(`true_${ANA}_3EB0`);
      const picture = await remote.sees(({ kind }) => kind === 'image');
      expect(picture).toMatchObject({ chat: TEAM, media: { name: 'chart.png', mime: 'image/png' } });
      const list = await remote.sees(({ kind }) => kind === 'document');
      expect(list).toMatchObject({ chat: ANA, text: '1 row', media: { name: 'list.csv', mime: 'text/csv' } });
      expect([list, picture].map((sent) => sent.media!.bytes)).toEqual([CSV, PNG]);
    });

    test('reacts', async () => {
      const { id, message } = await receive({ from: BO, group: TEAM, text: 'done?' });
      await message.react('\u{1f44d}');
      expect((await remote.sent()).at(-1)).toMatchObject({ chat: TEAM, quotes: id, reaction: '\u{1f44d}' });
    });

    test('finds the phone of a LID, where the server tells it', async () => {
      await remote.setPhoneOf(BO_LID, BO);
      await remote.setPhoneOf('90000000000102@lid', null);
      const ask = async (id: string) => (await client.getContactLidAndPhone([id]))[0];
      expect(await ask(BO_LID)).toEqual({ lid: BO_LID, pn: BO });
      expect(await ask(BO)).toEqual({ lid: BO_LID, pn: BO });
      expect(await ask('90000000000102@lid')).toEqual({ lid: '90000000000102@lid' });
      expect(await ask('90000000000103@lid')).toEqual({});
      await remote.setPhoneOf(BO_LID, ANA);
      expect(await ask(BO_LID)).toEqual({ lid: BO_LID, pn: ANA });
      expect(await remote.asked()).toHaveLength(5);
    });

    test('tells of an edit and of a deletion, each with the key of the message', async () => {
      const told: [string, string | undefined, unknown][] = [];
      const tell = (what: string) => (message: Message, more?: unknown) => {
        told.push([what, keyOf(message), more]);
      };
      const [edited, revoked] = [tell('edited'), tell('revoked')];
      client.on('message_edit', edited).on('message_revoke_everyone', revoked);
      const { id, message } = await receive({ from: ANA, text: '!halp' });
      await remote.edit(id, '!help');
      await remote.revoke(id);
      client.off('message_edit', edited).off('message_revoke_everyone', revoked);
      expect(told).toMatchObject([
        ['edited', keyOf(message), '!help'],
        ['revoked', keyOf(message), { body: '!help' }],
      ]);
    });

    test('a deletion may have an id of its own, and names the message by its key', async () => {
      const { id } = await receive({ from: ANA, text: '!help' });
      const revoked = once(client, 'message_revoke_everyone');
      await remote.revoke(id, { underNewId: true });
      const [message] = (await revoked) as [Message & { protocolMessageKey: { id: string } }];
      expect(message.id.id).not.toBe(id);
      expect(message.protocolMessageKey.id).toBe(id);
    });

    test('hears a message again where the page says it again, under the same key', async () => {
      const before = heard.length;
      await remote.receive({ from: ANA, text: '!help', times: 3 });
      const keys = heard.slice(before).map(keyOf);
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
    });

    test('hears a message when it can be read, and not before', async () => {
      const before = heard.length;
      const id = await remote.receive({ from: ANA, text: '!help', hidden: true });
      expect(heard).toHaveLength(before);
      await remote.decrypt(id);
      expect(heard.slice(before)).toMatchObject([{ body: '!help', type: 'chat' }]);
    });

    test('tells the own messages of the account apart', async () => {
      const before = heard.length;
      const created = once(client, 'message_create');
      await remote.receive({ fromMe: true, to: ANA, text: 'written on the phone' });
      expect((await created)[0]).toMatchObject({ fromMe: true, to: ANA, body: 'written on the phone' });
      expect(heard).toHaveLength(before);
    });

    test('lists chats and people', async () => {
      expect((await client.getChats()).map(({ name }) => name)).toContain('Team');
      expect(await client.getContactById(ANA)).toMatchObject({ id: { _serialized: ANA } });
    });

    test('wants no module that the page does not have', async () => {
      expect(await remote.missing()).toEqual([]);
    });
  });

  describe('2026-09, without the shim, and with ids that come as texts', () => {
    let { client, remote, heard } = {} as Linked;
    beforeAll(async () => {
      const own = { phone: null, lid: BO_LID, name: 'Reeve' };
      ({ client, remote, heard } = await linked({ shape: '2026-09', ids: 'strings', own }));
    });
    afterAll(endAll);

    test('a message is heard all the same, and the account may be known by its LID alone', async () => {
      await remote.group(TEAM, { name: 'Team' });
      await remote.receive({ from: ANA, group: TEAM, text: 'hello', mentions: [BO_LID] });
      const message = heard.at(-1)!;
      expect(message).toMatchObject({ from: TEAM, author: ANA, to: BO_LID, mentionedIds: [BO_LID] });
      expect(message.rawData).toMatchObject({ from: TEAM, author: ANA });
      expect(client.info.wid).toMatchObject({ server: 'lid' });
    });

    test('a send is delivered, and the library does not know it', async () => {
      expect(await client.sendMessage(ANA, 'hello')).toBeUndefined();
      expect((await remote.sent()).at(-1)).toMatchObject({ chat: ANA, text: 'hello' });
    });

    test('an answer loses its quotation, and a reaction goes nowhere', async () => {
      const id = await remote.receive({ from: ANA, text: 'hello' });
      expect(heard.at(-1)!.id).toMatchObject({ id, $1: `false_${ANA}_${id}` });
      expect(keyOf(heard.at(-1))).toBeUndefined();
      const before = (await remote.sent()).length;
      await heard
        .at(-1)!
        .reply('hi')
        .catch(() => undefined);
      await heard.at(-1)!.react('\u{1f44d}');
      expect((await remote.sent()).slice(before)).toEqual([expect.not.objectContaining({ quotes: id })]);
    });

    test('a file cannot be sent', async () => {
      const sending = client.sendMessage(ANA, media('text/csv', CSV, 'list.csv'), document);
      await expect(sending).rejects.toThrow(/must include an id property/);
    });

    test('chats cannot be listed', async () => {
      await remote.receive({ from: ANA, text: 'hello' });
      await expect(client.getChats()).rejects.toThrow(/No key/);
    });
  });
});
