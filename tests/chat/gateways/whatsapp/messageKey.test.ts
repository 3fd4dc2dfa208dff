import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyFrom, messageKey } from '../../../../src/chat/gateways/whatsapp/messageKey.js';
import { addressOf, widFor, widOf } from '../../../../src/chat/gateways/whatsapp/wid.js';

const chat = '12025550100@c.us';
const group = '120363000000000001@g.us';
const lid = '90000000000001@lid';

describe('the id of somebody or of a chat', () => {
  test('is the same from a text and from an object, with and without its own text', () => {
    const forms = [
      chat,
      '12025550100:7@c.us',
      '12025550100@s.whatsapp.net',
      { server: 'c.us', user: '12025550100', _serialized: chat },
      { server: 'c.us', user: '12025550100', $1: chat },
      { server: 'c.us', user: '12025550100' },
    ];
    for (const form of forms) expect(widOf(form)).toBe(chat);
    expect(widOf('1203630-1600000@g.us')).toBe('1203630-1600000@g.us');
  });

  test('is none for a channel, a status, a broadcast and whatever else', () => {
    const others = [
      'status@broadcast',
      '1@newsletter',
      '1@broadcast',
      '',
      'x@c.us',
      5,
      null,
      undefined,
      {},
      [],
    ];
    for (const other of others) expect(widOf(other)).toBeNull();
  });

  test('a LID is never the phone of the same digits', () => {
    expect(addressOf('12025550100@lid')).toBe('lid:12025550100');
    expect(addressOf('12025550100@c.us')).toBe('+12025550100');
    expect(addressOf(group)).toBeNull();
  });

  test('an address leads back to the same chat', () => {
    for (const wid of [chat, lid]) expect(widFor(addressOf(wid)!)).toBe(wid);
    expect(() => widFor('console:local')).toThrow(TypeError);
  });
});

describe('the key of a message', () => {
  const parts = { fromMe: false, remote: chat, id: '3EB0AA' };

  test('is the same in every shape that the page has had', () => {
    const key = 'false_12025550100@c.us_3EB0AA';
    const shapes = [
      key,
      parts,
      { ...parts, _serialized: key },
      { ...parts, $1: key },
      { ...parts, remote: { server: 'c.us', user: '12025550100', _serialized: chat } },
      { ...parts, remote: { server: 'c.us', user: '12025550100', $1: chat } },
      { _serialized: key },
      { $1: key },
    ];
    for (const shape of shapes) expect(messageKey(shape)).toBe(key);
  });

  test('of a group names the writer, as a text or as an object', () => {
    const key = `false_${group}_3EB0AA_${lid}`;
    const inGroup = { ...parts, remote: group };
    expect(messageKey({ ...inGroup, participant: lid })).toBe(key);
    expect(messageKey({ ...inGroup, participant: { user: '90000000000001', server: 'lid' } })).toBe(key);
    expect(messageKey(key)).toBe(key);
    expect(messageKey({ ...inGroup, participant: chat })).not.toBe(key);
  });

  test('tells our own messages', () => {
    expect(messageKey({ ...parts, fromMe: true })).toBe('true_12025550100@c.us_3EB0AA');
  });

  test('is none where there is no chat or no id', () => {
    const broken = [
      undefined,
      null,
      7,
      '',
      'x',
      {},
      { id: 'A' },
      { ...parts, id: 'a b' },
      { ...parts, remote: 'x' },
    ];
    for (const id of broken) expect(messageKey(id)).toBeNull();
    expect(messageKey({ ...parts, id: 'A'.repeat(300) })).toBeNull();
  });

  test('never throws, and never joins two messages', () => {
    fc.assert(
      fc.property(fc.anything(), (id) => {
        messageKey(id);
      }),
      { seed: 11, numRuns: 300 },
    );
    const id = fc.stringMatching(/^[0-9A-F]{6,32}$/);
    const remote = fc.constantFrom(chat, group, lid);
    fc.assert(
      fc.property(id, id, remote, remote, (a, b, here, there) => {
        const same = a === b && here === there;
        expect(keyFrom(false, here, a, null) === keyFrom(false, there, b, null)).toBe(same);
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
