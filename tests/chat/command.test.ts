import { expect, test } from '@jest/globals';
import { optional, rest, word } from '../../src/chat/argument.js';
import { type Command, defineCommand } from '../../src/chat/command.js';

const GOOD = {
  name: 'stock put',
  group: 'Bot',
  summary: 'Puts something on the shelf',
  role: 'USER',
  leaves: 'nothing',
  args: {},
  examples: ['stock put'],
  handle: async () => ({}),
} as const;

test('a command has no aliases, words about who may, or bounds to a chat unless they are given', () => {
  expect(defineCommand(GOOD)).toMatchObject({ aliases: [], whoMay: null, isDirectOnly: false });
});

// A host without TypeScript makes these, and hears of it at its start.
test.each<[string, Partial<Record<keyof Command, unknown>>, RegExp]>([
  ['a name in upper case', { name: 'Stock' }, /one or two words in lower case, for example "audit list"/],
  ['three words', { name: 'stock put in' }, /one or two words/],
  ['a group there is not', { group: 'Shop' }, /group must be one of Record, People, Order, Bot/],
  ['a role there is not', { role: 'KING' }, /role must be one of USER, OPERATOR, ADMIN, OWNER/],
  ['nothing about what it leaves', { leaves: undefined }, /`leaves` must be 'nothing', \{ changes/],
  ['no example', { examples: [] }, /needs an example/],
  ['words after the rest', { args: { all: rest(), more: word() } }, /`rest` must be the last/],
  ['a gap', { args: { may: optional(word()), must: word() } }, /cannot follow one that may be left out/],
])('a command with %s is no command', (_, wrong, message) => {
  const definition = { ...GOOD, ...wrong } as unknown as Command;
  expect(() => defineCommand(definition)).toThrow(message);
});
