import { describe, expect, test } from '@jest/globals';
import { holdsRepeatedMember } from '../../src/cli/intake/repeated.js';
import { type Answer, Desk, someEvent } from './commandLine.js';

const refusals = (answers: Answer[]) => answers.map(({ error }) => error && [error.line, error.code]);

test('a line in which a member is there twice is refused by name, at any depth, and stops no other', async () => {
  const lines = [
    JSON.stringify(someEvent),
    '{"action":"CONFIG_CHANGE","actorPhone":"+12025550100","actorPhone":"+12025550101"}',
    '{"action":"CONFIG_CHANGE","actorPhone":"+12025550100","metadata":{"list":[{"a":1,"\\u0061":2}]}}',
    JSON.stringify({ ...someEvent, description: '{"a":1,"a":2}' }),
  ];
  const { status, answers } = await new Desk().recordLines(lines.join('\n'));
  expect(status).toBe(1);
  expect(refusals(answers)).toEqual([undefined, [2, 'REPEATED_MEMBER'], [3, 'REPEATED_MEMBER'], undefined]);
  expect(answers[1]?.error?.message).toBe(
    'The member "actorPhone" is there twice: the line could be read in two ways.',
  );
  expect(answers[2]?.error?.message).toContain('"a"');
});

describe('what is counted as a repeated member', () => {
  test.each([
    ['{}', false],
    ['{"a":1}', false],
    ['{"a":1,"a":1}', true],
    ['{"a" \t:1,"\\u0061"\r\n : 2}', true],
    ['{"a":{"a":{"a":[]}}}', false],
    ['[{"a":1},{"a":1}]', false],
    ['{"a":"\\"b\\":1,\\"a\\":2"}', false],
    ['{"\\\\":1,"\\\\\\"":2,"":3}', false],
    ['{"":1,"":2}', true],
    ['{"__proto__":1,"__proto__":2}', true],
    ['{"__proto__":{"a":1},"a":1,"constructor":2}', false],
    ['{"2":1,"1":2,"a":"b","b":":"}', false],
    [`${'['.repeat(5000)}{"a":1,"a":2}${']'.repeat(5000)}`, true],
  ])('%s', (text, isRepeated) => {
    expect(holdsRepeatedMember(text, JSON.parse(text))).toBe(isRepeated);
  });
});

test('a user has an address, and whoever has none is told the four forms', async () => {
  const desk = new Desk();
  const action = 'CONFIG_CHANGE';
  const { answers } = await desk.record(
    { action, actorId: 'u1' },
    { action, actorName: 'Ana', actorType: 'user' },
    { action, actorType: 'user' },
    { action, actorPhone: '0301234' },
    { action, actorPhone: 'console:elsewhere' },
  );
  expect(refusals(answers)).toEqual([
    [1, 'PHONE_MISSING'],
    [2, 'PHONE_MISSING'],
    [3, 'PHONE_MISSING'],
    [4, 'BAD_PHONE'],
    [5, 'BAD_PHONE'],
  ]);
  for (const { error } of answers) {
    expect(error?.message).toMatch(/^actorPhone .*E\.164.*"lid:".*"console:local" or "SYSTEM"/);
    expect(error?.message).not.toContain('0301234');
  }
});

test('system and agent speak for themselves, and every address is kept', async () => {
  const desk = new Desk();
  const action = 'CONFIG_CHANGE';
  await desk.record(
    { action },
    { action, actorId: 'nightly', actorType: 'system' },
    { action, actorId: 'helper-7', actorName: 'Helper', actorType: 'agent' },
    { action, actorPhone: 'lid:100200300', actorId: 'u1' },
    { action, actorPhone: 'console:local' },
    { action, actorPhone: 'SYSTEM' },
  );
  const { stdout } = await desk.reeve(['query', '--json']);
  const items = (JSON.parse(stdout).items as Record<string, string | null>[]).reverse();
  expect(items.map(({ actorType, actorPhone, actorId }) => [actorType, actorPhone, actorId])).toEqual([
    ['system', 'SYSTEM', null],
    ['system', 'SYSTEM', 'nightly'],
    ['agent', 'SYSTEM', 'helper-7'],
    ['user', 'lid:100200300', 'u1'],
    ['user', 'console:local', null],
    ['system', 'SYSTEM', null],
  ]);
});
