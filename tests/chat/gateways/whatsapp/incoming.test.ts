import { describe, expect, test } from '@jest/globals';
import { incomingFrom } from '../../../../src/chat/gateways/whatsapp/incoming.js';

const ana = '12025550100@c.us';
const team = '120363000000000001@g.us';
const lid = '90000000000001@lid';

/** As the library hands a message over, and what it was made from. */
const wire = (data: object = {}, more: object = {}) => {
  const _data = {
    id: { fromMe: false, remote: ana, id: '3EB0AA' },
    from: ana,
    body: '!help',
    type: 'chat',
    t: 1_900_000_000,
    notifyName: 'Ana',
    ...data,
  };
  const { id, from, body, type, t } = _data;
  return { id, from, body, type, timestamp: t, fromMe: false, mentionedIds: [], _data, ...more };
};

const inTeam = (author: unknown, data: object = {}) =>
  wire({
    id: { fromMe: false, remote: team, id: '3EB0BB', participant: author },
    from: team,
    author,
    ...data,
  });

describe('a message from the wire', () => {
  test('says who wrote what, where and when', () => {
    expect(incomingFrom(wire())).toEqual({
      key: 'false_12025550100@c.us_3EB0AA',
      channel: 'whatsapp',
      chat: { id: ana, isGroup: false },
      sender: { address: '+12025550100', name: 'Ana' },
      text: '!help',
      at: 1_900_000_000_000,
      mentions: [],
    });
  });

  test('in a group its sender is the author, known by a phone or by a LID', () => {
    expect(incomingFrom(inTeam(ana))).toMatchObject({
      chat: { id: team, isGroup: true },
      sender: { address: '+12025550100' },
    });
    const object = { user: '90000000000001', server: 'lid', $1: lid };
    // The library reads `_serialized` where there is none any more, and hands over nothing.
    const message = { ...inTeam(object), author: undefined };
    expect(incomingFrom(message)).toMatchObject({ sender: { address: 'lid:90000000000001' } });
  });

  test('in a direct chat the sender may be known by a LID', () => {
    const message = wire({ id: { fromMe: false, remote: lid, id: '3EB0AA' }, from: lid });
    expect(incomingFrom(message)).toMatchObject({
      chat: { id: lid, isGroup: false },
      sender: { address: 'lid:90000000000001' },
    });
  });

  test('mentions are people, whatever form their ids have', () => {
    const mentionedJidList = [
      lid,
      { user: '12025550101', server: 'c.us', $1: '12025550101@c.us' },
      team,
      'x',
    ];
    expect(incomingFrom(inTeam(ana, { mentionedJidList }))!.mentions).toEqual([
      { address: 'lid:90000000000001' },
      { address: '+12025550101' },
    ]);
  });

  test('names the message it answers and who wrote that', () => {
    const quotes = { quotedStanzaID: '3EB0CC', quotedParticipant: lid };
    expect(incomingFrom(inTeam(ana, quotes))!.quoted).toEqual({
      sender: 'lid:90000000000001',
      key: `false_${team}_3EB0CC_${lid}`,
    });
    expect(incomingFrom(wire({ quotedStanzaID: '3EB0CC', quotedParticipant: ana }))!.quoted).toEqual({
      sender: '+12025550100',
      key: `false_${ana}_3EB0CC`,
    });
  });

  test('knows the words of what it answers, where they are words', () => {
    const quotes = { quotedStanzaID: '3EB0CC', quotedParticipant: ana };
    const answering = (quotedMsg: unknown) => incomingFrom(wire({ ...quotes, quotedMsg }))!.quoted?.text;
    expect(answering({ type: 'chat', body: 'what it said' })).toBe('what it said');
    for (const other of [{ type: 'image', body: '/9j/4AAQ' }, { type: 'chat' }, 'x', null])
      expect(answering(other)).toBeUndefined();
  });

  test('of a file the caption counts, never its thumbnail', () => {
    const file = { type: 'image', body: '/9j/4AAQ', caption: '!audit list' };
    expect(incomingFrom(wire(file))!.text).toBe('!audit list');
    expect(incomingFrom(wire({ ...file, caption: undefined }))!.text).toBe('');
  });

  test('an edit has the key of what was edited and the new text', () => {
    expect(incomingFrom(wire(), { change: 'edited', text: '!role list' })).toMatchObject({
      key: incomingFrom(wire())!.key,
      text: '!role list',
      change: 'edited',
    });
    expect(incomingFrom(wire(), { change: 'edited', text: undefined })).toBeNull();
  });

  test('a revocation has the key of what was revoked, also where it comes under a key of its own', () => {
    const revoked = wire({ type: 'revoked', body: '' });
    expect(incomingFrom(revoked, { change: 'revoked' })).toMatchObject({
      key: incomingFrom(wire())!.key,
      text: '',
      change: 'revoked',
    });
    const other = wire({ id: { fromMe: false, remote: ana, id: '3EB0DD' }, type: 'revoked' });
    const protocolMessageKey = { fromMe: false, remote: ana, id: '3EB0AA' };
    expect(incomingFrom({ ...other, protocolMessageKey }, { change: 'revoked' })!.key).toBe(
      incomingFrom(wire())!.key,
    );
  });

  test('what nobody wrote to us is nothing', () => {
    const nothing = [
      wire({ id: { fromMe: true, remote: ana, id: '3EB0AA' } }),
      wire({}, { fromMe: true }),
      wire({ type: 'e2e_notification' }),
      wire({ type: 'revoked' }),
      wire({ type: 'location' }),
      wire({ from: 'status@broadcast' }, { from: 'status@broadcast' }),
      wire({ id: { fromMe: false, remote: '1@newsletter', id: 'A' } }),
      wire({ body: undefined }),
      {},
    ];
    for (const message of nothing) expect(incomingFrom(message)).toBeNull();
  });
});
