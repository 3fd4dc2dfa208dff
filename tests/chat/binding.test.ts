import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Person } from '../../src/access/person.js';
import { named, oneOf, optional, person, rest, word } from '../../src/chat/argument.js';
import { bind, type Surroundings, usageOf } from '../../src/chat/binding.js';
import { type Command, defineCommand } from '../../src/chat/command.js';
import type { IncomingMessage } from '../../src/chat/message.js';
import { UserError } from '../../src/config/userError.js';
import { failureOf } from '../support/failureOf.js';
import { HOSTILE, hostileText } from './support/hostile.js';

const somebody = (address: string, name: string | null = null): Person => ({
  id: null,
  address,
  name,
  role: 'USER',
  isActive: true,
  isListed: false,
});
const ana = somebody('+12025550100', 'Ana');
const known = [
  ana,
  somebody('+12025550101', 'Bo'),
  somebody('+12025550102', 'Cy'),
  somebody('+12025550103', 'Cy'),
];
known.push(somebody('+12025550104', 'Admin'), somebody('+12025550105', 'Dee Dee'));

function around(more: Partial<IncomingMessage> = {}, country?: string): Surroundings {
  return {
    person: ana,
    message: {
      key: 'k',
      channel: 'console',
      chat: { id: 'c', isGroup: false },
      sender: { address: ana.address },
      text: '',
      at: 0,
      mentions: [],
      ...more,
    },
    people: {
      find: async (address) => known.find((one) => one.address === address) ?? somebody(address),
      named: async (name) => known.filter((one) => one.name?.toLowerCase() === name.toLowerCase()),
    },
    prefix: '!',
    country,
  };
}

const make = <const Args extends Command['args']>(args: Args) =>
  defineCommand({
    name: 'try it',
    group: 'Bot',
    summary: 'Tries',
    role: 'USER',
    leaves: 'nothing',
    args,
    examples: ['try it +12025550101'],
    handle: async () => ({}),
  });

const promote = make({
  person: person(),
  role: optional(oneOf('USER', 'ADMIN', 'OWNER')),
  reason: optional(named()),
});
const query = make({ query: optional(rest()), for: optional(named()) });
const usage = make({ person: optional(person()), period: optional(word()) });
const why = make({ person: person(), command: rest() });

/** Values with people as their addresses. */
async function bound(command: Command, text: string, surroundings = around()): Promise<unknown> {
  const values = (await bind(command, text, surroundings)) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? (value as Person).address : value,
    ]),
  );
}

const nothing = { role: null, reason: null };

describe('somebody', () => {
  test.each<[string, string, unknown]>([
    ['a number', '+12025550101', { person: '+12025550101', ...nothing }],
    ['a number in groups', '+1 202 555-0101', { person: '+12025550101', ...nothing }],
    [
      'a number in groups and a role',
      '+1 (202) 555 0101 admin',
      {
        person: '+12025550101',
        role: 'ADMIN',
        reason: null,
      },
    ],
    ['as WhatsApp writes it', '12025550101@c.us', { person: '+12025550101', ...nothing }],
    ['a LID', 'lid:12345', { person: 'lid:12345', ...nothing }],
    ['the console', 'console:local', { person: 'console:local', ...nothing }],
    ['oneself', 'me', { person: '+12025550100', ...nothing }],
    ['a known name', 'bo OWNER', { person: '+12025550101', role: 'OWNER', reason: null }],
    ['a known name of two words', '"Dee Dee"', { person: '+12025550105', ...nothing }],
    ['a known name as a mention', '@Bo', { person: '+12025550101', ...nothing }],
    ['a stranger by number', '@+12025550177', { person: '+12025550177', ...nothing }],
  ])('is %s: %s', async (_, text, expected) => {
    expect(await bound(promote, text)).toEqual(expected);
  });

  test.each<[string, string]>([
    ['030 23125 001', '+493023125001'],
    ['0049 30 23125 001', '+493023125001'],
    ['(030) 23125001', '+493023125001'],
  ])('%s is a number of the own country', async (text, address) => {
    expect(await bound(promote, text, around({}, 'DE'))).toMatchObject({ person: address });
  });

  test('is a mention, by its digits, by its name, or by its place', async () => {
    const mentions = [
      { address: 'lid:777888', name: 'Zed' },
      { address: '+12025550101' },
      { address: '+12025550102', name: 'Cy Young' },
    ];
    const surroundings = around({ mentions });
    expect(await bound(promote, '@777888', surroundings)).toMatchObject({ person: 'lid:777888' });
    expect(await bound(promote, '@12025550101 admin', surroundings)).toMatchObject({
      person: '+12025550101',
      role: 'ADMIN',
    });
    expect(await bound(promote, '@Cy Young admin', surroundings)).toMatchObject({
      person: '+12025550102',
      role: 'ADMIN',
    });
    expect(await bound(promote, '@Whoever', around({ mentions: [{ address: 'lid:9' }] }))).toMatchObject({
      person: 'lid:9',
    });
  });

  test('is not guessed from a mention that stands elsewhere', async () => {
    const mentions = [{ address: '+12025550199' }];
    const guessed = (text: string, more = {}) => bound(promote, text, around({ mentions, ...more }));
    // The only mention is that of the reason.
    expect(await guessed('@12025550101 reason:"asked by @777888"')).toMatchObject({ person: '+12025550101' });
    const two = [{ address: 'lid:1' }, { address: 'lid:2' }];
    expect(await guessed('reason:"asked by @777" @888', { mentions: two })).toMatchObject({
      person: 'lid:2',
    });
    // Somebody calls themselves by another's digits.
    const asAnother = [{ address: '+12025550199', name: '12025550101' }];
    expect(await guessed('@12025550101', { mentions: asAnother })).toMatchObject({ person: '+12025550101' });
    const twice = [
      { address: '+12025550199', name: 'Zed' },
      { address: '+12025550198', name: 'zed' },
    ];
    expect(await failureOf(guessed('@Zed', { mentions: twice }))).toMatchObject({ code: 'AMBIGUOUS_NAME' });
  });

  test('has the name of the mention where none is stored', async () => {
    const written = (address: string, name: string) =>
      bind(promote, `@${name}`, around({ mentions: [{ address, name }] }));
    expect((await written('+12025550199', 'Zed')).person).toMatchObject({ name: 'Zed', id: null });
    expect((await written('+12025550101', 'Robert')).person).toMatchObject({ name: 'Bo' });
  });

  const quoted = around({ quoted: { sender: '+12025550101' } });

  test.each<[string, unknown]>([
    ['', { person: '+12025550101', ...nothing }],
    ['admin', { person: '+12025550101', role: 'ADMIN', reason: null }],
    ['reason:"on call" admin', { person: '+12025550101', role: 'ADMIN', reason: 'on call' }],
    ['+12025550102 admin', { person: '+12025550102', role: 'ADMIN', reason: null }],
    ['"Dee Dee" admin', { person: '+12025550105', role: 'ADMIN', reason: null }],
    ['me', { person: '+12025550100', ...nothing }],
  ])('is whoever wrote what is answered, where nobody is named: %j', async (text, expected) => {
    expect(await bound(promote, text, quoted)).toEqual(expected);
  });

  test('is not somebody who calls themselves like a role', async () => {
    expect(await bound(promote, 'admin', quoted)).toMatchObject({ person: '+12025550101', role: 'ADMIN' });
  });

  test('may be left out where that is allowed, and what follows is still read', async () => {
    expect(await bound(usage, '')).toEqual({ person: null, period: null });
    expect(await bound(usage, '7d')).toEqual({ person: null, period: '7d' });
    expect(await bound(usage, 'me 7d')).toEqual({ person: '+12025550100', period: '7d' });
    expect(await bound(usage, '7d', quoted)).toEqual({ person: '+12025550101', period: '7d' });
  });

  test('comes before a rest', async () => {
    expect(await bound(why, 'Bo role  promote')).toEqual({
      person: '+12025550101',
      command: 'role  promote',
    });
    expect(await bound(why, 'audit list', quoted)).toEqual({ person: '+12025550101', command: 'audit list' });
  });
});

describe('what is written with a name', () => {
  test.each(['Bo reason:"left us" admin', 'reason:"left us" Bo admin', 'Bo admin REASON: "left us"'])(
    'may stand anywhere: %s',
    async (text) => {
      expect(await bound(promote, text)).toEqual({
        person: '+12025550101',
        role: 'ADMIN',
        reason: 'left us',
      });
    },
  );

  test('is no part of the rest, and other colons are', async () => {
    expect(await bound(query, 'actor:"+1 202"  for:30m -outcome:success "a  b"')).toEqual({
      query: 'actor:"+1 202" -outcome:success "a  b"',
      for: '30m',
    });
    expect(await bound(query, 'for:30m')).toEqual({ query: null, for: '30m' });
  });
});

describe('a mistake', () => {
  test.each<[Command, string, string]>([
    [promote, '', 'MISSING_ARGUMENT'],
    [promote, 'Bo boss', 'BAD_ARGUMENT'],
    [promote, 'Bo admin now', 'TOO_MANY_WORDS'],
    [promote, 'Bo reason:', 'EMPTY_VALUE'],
    [promote, 'Bo reason:a reason:b', 'GIVEN_TWICE'],
    [promote, 'Nobody', 'UNKNOWN_PERSON'],
    [promote, 'cy', 'AMBIGUOUS_NAME'],
    [promote, '+1234', 'BAD_NUMBER'],
    [promote, '0302312500', 'BAD_NUMBER'],
    [promote, 'me', 'none'],
    [why, 'Bo', 'MISSING_ARGUMENT'],
    [usage, 'Nobody 7d', 'TOO_MANY_WORDS'],
  ])('of %# in %j %j is %s, with the way it is written and an example', async (command, text, code) => {
    const outcome: unknown = await bind(command, text, around()).then(
      () => null,
      (error: unknown) => error,
    );
    if (code === 'none') return expect(outcome).toBeNull();
    expect(outcome).toMatchObject({ code, example: '!try it +12025550101' });
    expect((outcome as UserError).hint).toContain(`!${usageOf(command)}`);
    return undefined;
  });

  test('repeats no number', async () => {
    const { message } = await failureOf(bind(promote, 'Bo 12025550199x', around()));
    expect(message).not.toContain('2025550199');
  });

  test('says how a command is written', () => {
    expect(usageOf(promote)).toBe('try it <person> [role] [reason:…]');
    expect(usageOf(query)).toBe('try it [query…] [for:…]');
  });
});

describe('anything', () => {
  test('is bound, or is a mistake that says so', async () => {
    const commands: Command[] = [promote, query, usage, why];
    await fc.assert(
      fc.asyncProperty(hostileText, fc.constantFrom(...commands), async (text, command) => {
        try {
          await bind(command, text, around());
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 16, numRuns: 400 },
    );
  });

  test.each(HOSTILE)('of 64 KiB of %s takes no time', async (_, text) => {
    let best = Number.POSITIVE_INFINITY;
    for (const command of [promote, query, promote] as Command[]) {
      const start = process.cpuUsage();
      await bind(command, text, around()).catch(() => {});
      best = Math.min(best, process.cpuUsage(start).user / 1000);
    }
    expect(best).toBeLessThan(50);
  });
});
