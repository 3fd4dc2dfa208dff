import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Role } from '../../src/access/role.js';
import { oneOf, optional, person, rest } from '../../src/chat/argument.js';
import { type Command, defineCommand } from '../../src/chat/command.js';
import { Commands } from '../../src/chat/commands.js';
import { inTime } from '../support/inTime.js';
import { HOSTILE, hostileText } from './support/hostile.js';

const command = (name: string, role: Role = 'USER', more: Partial<Command> = {}): Command => ({
  ...defineCommand({
    name,
    group: 'Bot',
    summary: `Does ${name}`,
    role,
    leaves: 'nothing',
    args: {},
    examples: [name],
    handle: async () => ({}),
  }),
  ...more,
});

const commands = new Commands([
  command('help', 'USER', { aliases: ['commands'], args: { command: optional(rest('command')) } }),
  command('role', 'OPERATOR'),
  command('role promote', 'ADMIN', { args: { person: person(), role: optional(oneOf('ADMIN', 'OWNER')) } }),
  command('audit list', 'ADMIN'),
  command('audit show', 'ADMIN'),
  command('whitelist on', 'ADMIN', { isDirectOnly: true }),
]);

/** The name that was found and the rest, or what was probably meant. */
function found(text: string): unknown {
  const matched = commands.match(text);
  if ('command' in matched) return [matched.command.name, matched.rest];
  return { unknown: matched.unknown, nearest: matched.nearest?.name ?? null };
}

describe('commands', () => {
  test.each<[string, unknown]>([
    ['help', ['help', '']],
    ['HELP  me ', ['help', 'me']],
    ['commands', ['help', '']],
    ['role promote  "Bo"  x', ['role promote', '"Bo"  x']],
    ['role\npromote Bo', ['role promote', 'Bo']],
    ['role demote', ['role', 'demote']],
    ['audit\u00a0list', ['audit list', '']],
    ['\u2066audit\u2069 list', ['audit list', '']],
    ['auditlist', { unknown: 'auditlist', nearest: 'audit list' }],
    ['audit', { unknown: 'audit', nearest: null }],
    ['audit lst', { unknown: 'audit lst', nearest: 'audit list' }],
    ['aduit list', { unknown: 'aduit', nearest: 'audit list' }],
    ['hlep', { unknown: 'hlep', nearest: 'help' }],
    ['xyzzy', { unknown: 'xyzzy', nearest: null }],
    ['', { unknown: '', nearest: null }],
    ['constructor', { unknown: 'constructor', nearest: null }],
    ['__proto__ toString', { unknown: '__proto__', nearest: null }],
  ])('%j is %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test('name those that begin alike, where a second word is wanting', () => {
    const matched = commands.match('audit');
    expect('family' in matched && matched.family.map(({ name }) => name)).toEqual([
      'audit list',
      'audit show',
    ]);
  });

  test('are found by name in any case', () => {
    expect(commands.named('Role  PROMOTE')?.name).toBe('role promote');
    expect(commands.named('nothing')).toBeNull();
  });

  test('cannot have one name twice', () => {
    expect(() => new Commands([command('help'), command('aid', 'USER', { aliases: ['help'] })])).toThrow(
      'two commands called "help"',
    );
  });

  test('are matched with anything, and what is left over is part of what was written', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const matched = commands.match(text);
        if ('command' in matched) expect(text).toContain(matched.rest);
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  test.each(HOSTILE)('in 64 KiB of %s are looked for in no time', (_, text) => {
    inTime(() => commands.match(text));
    inTime(() => commands.match(`role ${text}`));
    inTime(() => commands.completions(`!role ${text}`, { prefix: '!', role: 'OWNER', isGroup: false }));
  });
});

describe('completion', () => {
  const complete = (text: string, role: Role = 'OWNER', isGroup = false) =>
    commands.completions(text, { prefix: '!', role, isGroup, known: { person: ['Ana', 'Anton'] } });

  test.each<[string, string[]]>([
    ['!h', ['!help']],
    ['!', ['!help', '!role', '!audit', '!whitelist']],
    ['!audit ', ['list', 'show']],
    ['!audit s', ['show']],
    ['!role promote An', ['Ana', 'Anton']],
    ['!role promote Ana o', ['OWNER']],
    ['!help rol', ['role', 'role promote']],
    ['hello ', []],
    ['!nothing ', []],
  ])('of %j is %j', (text, expected) => {
    expect(complete(text)).toEqual(expected);
  });

  test('offers only what somebody may run here', () => {
    expect(complete('!', 'USER')).toEqual(['!help']);
    expect(complete('!w', 'ADMIN', true)).toEqual([]);
  });
});
