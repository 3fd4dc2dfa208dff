import { beforeEach, expect, test } from '@jest/globals';
import { Desk } from '../commandLine.js';

const ANA = '+12025550100';
const BOB = '+12025550101';

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  const old = Date.now() - 200 * 86_400_000;
  await desk.record(
    { action: 'CONFIG_CHANGE', actorPhone: ANA, at: old },
    { action: 'CONFIG_CHANGE', actorPhone: BOB, actorName: 'Bob Quillfeather', at: old + 1 },
    { action: 'WHITELIST_CHANGE', actorPhone: ANA, at: old + 2 },
    { action: 'CONFIG_CHANGE', actorPhone: ANA },
  );
});

async function laid(...how: string[]) {
  const argv = ['hold', 'add', ...how, '--reason', 'the case of May', '--json'];
  const { status, stdout, stderr } = await desk.reeve(argv);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as { id: string; kind: string; what: string; first: number | null };
}

const plan = async (): Promise<string> => (await desk.reeve(['retention', 'plan'])).stdout;

test('a person is held by any spelling of their number: retention stops before them, nobody erases them', async () => {
  const { id, ...hold } = await laid('--person', '+1 (202) 555-0101');
  expect(hold).toMatchObject({ kind: 'person', what: BOB, first: 2 });
  expect(await plan()).toContain('would remove 1 entry, 1 to 1; entry 2 is under a legal hold');
  const { status, stderr } = await desk.reeve(['erase', BOB, '--yes']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('the case of May')]);
  expect((await desk.reeve(['hold', 'list'])).stdout).toMatch(/^#\d+ person \+12025550101 · /);
  expect((await desk.reeve(['hold', 'release', id])).status).toBe(0);
  expect(await plan()).toContain('would remove 3 entries, 1 to 3');
});

test('what a query finds is held', async () => {
  const hold = await laid('--query', 'action:whitelist.*');
  expect(hold).toMatchObject({ kind: 'query', what: 'action:whitelist.*', first: 3 });
  expect(await plan()).toContain('would remove 2 entries, 1 to 2; entry 3 is under a legal hold');
  const said = await desk.reeve(['hold', 'add', '--query', 'actor:+12025550177', '--reason', 'to come']);
  expect(said).toMatchObject({ status: 0, stdout: expect.stringContaining('No entry is under it so far') });
});

test('a person whom nobody knows by that name is asked for in a way that works', async () => {
  const { status, stderr } = await desk.reeve([
    ...['hold', 'add', '--person', 'Nobody Known', '--reason', 'the case of May'],
  ]);
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/no phone number and no LID[\s\S]*reeve hold add --person/),
  ]);
});
