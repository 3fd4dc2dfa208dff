import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Person } from '../../src/access/person.js';
import { defineCommand } from '../../src/chat/command.js';
import { CONFIRM_WITHIN_MS, Confirmations } from '../../src/chat/confirmations.js';
import { FakeClock } from '../support/fakeClock.js';

const somebody = (address: string): Person => ({
  id: null,
  address,
  name: null,
  role: 'ADMIN',
  isActive: true,
  isListed: false,
});
const ana = somebody('+12025550100');
const bo = somebody('+12025550101');

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

describe('a confirmation', () => {
  let clock: FakeClock;
  let confirmations: Confirmations;
  let numbers: number;
  beforeEach(() => {
    clock = new FakeClock();
    numbers = 41;
    const random = () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(++numbers);
      return bytes;
    };
    confirmations = new Confirmations({ clock, random });
  });

  const ask = (person = ana, chatId = 'chat', text = 'danger') =>
    confirmations.ask({ person, chatId, command, text, run: async () => ({}) });
  const take = (code: string, person = ana, chatId = 'chat') => confirmations.take(code, { person, chatId });

  test('has a code of six digits, and gives the act that was asked for', () => {
    const code = ask(ana, 'chat', 'danger one');
    expect(code).toBe('000042');
    expect(take(code)).toMatchObject({ command, text: 'danger one' });
  });

  test('works once', () => {
    const code = ask();
    take(code);
    expect(take(code)).toBe('unknown');
  });

  test('works for two minutes, and not any longer', async () => {
    const [one, two] = [ask(), ask()];
    await clock.advance(CONFIRM_WITHIN_MS - 1);
    expect(take(one)).toMatchObject({ command });
    await clock.advance(1);
    expect(take(two)).toBe('unknown');
  });

  test('is of one person and one chat, and stays theirs when others try', () => {
    const code = ask();
    expect(take(code, bo)).toBe('unknown');
    expect(take(code, ana, 'another chat')).toBe('unknown');
    expect(take(code)).toMatchObject({ command });
  });

  test('is lost after five wrong codes, and nothing is taken for two minutes', async () => {
    const code = ask();
    for (let attempt = 0; attempt < 4; attempt++) expect(take('999999')).toBe('unknown');
    expect(take('999999')).toBe('too-many-tries');
    expect(take(code)).toBe('too-many-tries');
    await clock.advance(CONFIRM_WITHIN_MS);
    expect(take(code)).toBe('unknown');
    expect(take(ask())).toMatchObject({ command });
  });

  test('of somebody else is not lost by that', () => {
    const code = ask(bo);
    for (let attempt = 0; attempt < 6; attempt++) take('999999', ana);
    expect(take(code, bo)).toMatchObject({ command });
  });

  test('takes the place of the oldest of one person where there are many', () => {
    const codes = Array.from({ length: 6 }, () => ask());
    expect(take(codes[0]!)).toBe('unknown');
    expect(take(codes[1]!)).toMatchObject({ command });
  });

  test('is never one that waits already, nor one that is likelier than others', () => {
    const given = [4_294_000_000, 7, 7, 8];
    const scripted = new Confirmations({
      clock,
      random: () => {
        const bytes = Buffer.alloc(4);
        bytes.writeUInt32BE(given.shift()!);
        return bytes;
      },
    });
    const parts = { person: ana, chatId: 'chat', command, text: 'danger', run: async () => ({}) };
    expect([scripted.ask(parts), scripted.ask(parts)]).toEqual(['000007', '000008']);
  });
});
