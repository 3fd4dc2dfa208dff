import { expect, test } from '@jest/globals';
import type { Person } from '../../src/access/person.js';
import { defineCommand } from '../../src/chat/command.js';
import { Confirmations } from '../../src/chat/confirmations.js';
import { Seldom } from '../../src/chat/seldom.js';

const HOUR = 3_600_000;
const START = Date.UTC(2031, 4, 14, 12);

/** A clock that somebody sets, also back. */
function clockAt(start: number) {
  const clock = { at: start, now: () => clock.at, setTimeout: () => () => {} };
  return clock;
}

const ana: Person = {
  id: null,
  address: '+12025550100',
  name: null,
  role: 'ADMIN',
  isActive: true,
  isListed: false,
};
const command = defineCommand({
  name: 'danger',
  group: 'Bot',
  summary: 'Does it',
  role: 'ADMIN',
  leaves: 'nothing',
  args: {},
  examples: ['danger'],
  handle: async () => ({}),
});

test('a code is not good for longer because the clock was put back, but stands a clock that is put right', () => {
  const clock = clockAt(START);
  const confirmations = new Confirmations({ clock, random: () => Buffer.from([0, 0, 0, 7]) });
  const ask = () =>
    confirmations.ask({ person: ana, chatId: 'chat', command, text: 'danger', run: async () => ({}) });
  const code = ask();
  clock.at -= HOUR;
  expect(confirmations.take(code, { person: ana, chatId: 'chat' })).toBe('unknown');
  const again = ask();
  clock.at -= 2000;
  expect(confirmations.take(again, { person: ana, chatId: 'chat' })).toMatchObject({ text: 'danger' });
});

test('what is said seldom is not silent for longer because the clock was put back', () => {
  const clock = clockAt(START);
  const seldom = new Seldom(clock);
  expect(seldom.isDue('a')).toBe(true);
  clock.at -= HOUR;
  expect(seldom.isDue('a')).toBe(true);
  clock.at += 30_000;
  expect(seldom.isDue('a')).toBe(false);
});
