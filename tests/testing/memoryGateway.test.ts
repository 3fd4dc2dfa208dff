import { expect, test } from '@jest/globals';
import type { Attachment } from '../../src/chat/gateway.js';
import { MemoryGateway } from '../../src/testing/memoryGateway.js';
import { describeGateway } from '../chat/gateways/contract.js';

const isThere = <T>(value: T | undefined): value is T => value !== undefined;

describeGateway('the gateway in memory', async () => {
  const gateway = new MemoryGateway();
  const newest = new Map<string, string>();
  return {
    gateway,
    write: async (text, { from, group }) => {
      newest.set(from, gateway.write({ text, from, group }));
    },
    answer: async (text, { from, group, to }) => {
      gateway.write({ text, from, group, quoted: { sender: to, key: newest.get(to) } });
    },
    edit: async (text, { from }) => {
      gateway.write({ text, from, key: newest.get(from), change: 'edited' });
    },
    seen: async (chatId) => {
      const messages = gateway.sent.filter((sent) => sent.chatId === chatId).map(({ message }) => message);
      return {
        texts: messages.map(({ text }) => text).filter(isThere),
        files: messages.flatMap(({ document, picture }): Attachment[] => [document, picture].filter(isThere)),
        reactions: messages.map(({ reaction }) => reaction).filter(isThere),
      };
    },
  };
});

test('a send fails as often as it was told to', async () => {
  const gateway = new MemoryGateway();
  await gateway.start(() => {});
  gateway.failNextSend();
  await expect(gateway.send('direct:x', { text: 'a' })).rejects.toThrow('the line is dead');
  await gateway.send('direct:x', { text: 'b' });
  expect(gateway.sent).toEqual([{ chatId: 'direct:x', message: { text: 'b' } }]);
});

test('nobody can write before it is started', () => {
  expect(() => new MemoryGateway().write({ from: '+12025550100', text: '!help' })).toThrow(/not started/);
});
