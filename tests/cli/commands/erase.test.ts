import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { Desk } from '../commandLine.js';

const BOB = '+12025550101';

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  await desk.record(
    { action: 'CONFIG_CHANGE', actorPhone: BOB, actorName: 'Bob Quillfeather' },
    { action: 'CONFIG_CHANGE', actorPhone: '+12025550100', description: 'asked by bob quillfeather' },
  );
});

test('erases, prints the certificate, and the ledger verifies', async () => {
  const said = await desk.reeve(['erase', '+1 202 555 0101', '--yes', '--out', 'certificate.json']);
  expect(said.stderr).toBe('');
  expect(said.stdout).toMatch(/^reeve\/\S+\/certificate\nCertificate of erasure\n/);
  expect(said.stdout).toMatch(/From 2 entries[\s\S]*Kept in .*certificates.default-3\.txt\n$/);
  const data = JSON.parse(readFileSync(join(desk.folder, 'certificate.json'), 'utf8'));
  expect(data).toMatchObject({
    format: 'reeve-certificate/1',
    cases: [3],
    orderedBy: { channel: 'cli', role: null },
  });
  const checked = await desk.reeve(['certificate', 'certificate.json']);
  expect([checked.status, checked.stdout]).toEqual([0, data.note]);
  writeFileSync(join(desk.folder, 'changed.json'), JSON.stringify({ ...data, cases: [4] }));
  const changed = await desk.reeve(['certificate', 'changed.json', '--json']);
  expect([changed.status, changed.stdout]).toEqual([1, '{"isValid":false}\n']);
  // What is sent in a chat is the text.
  writeFileSync(join(desk.folder, 'certificate.txt'), data.note);
  const text = await desk.reeve(['certificate', 'certificate.txt']);
  expect([text.status, text.stdout]).toEqual([0, data.note]);
  for (const other of [
    data.note.replace('From 2 entries', 'From 9 entries'),
    (await desk.reeve(['checkpoint'])).stdout,
  ]) {
    writeFileSync(join(desk.folder, 'certificate.txt'), other);
    expect((await desk.reeve(['certificate', 'certificate.txt'])).status).toBe(1);
  }
  const verdict = JSON.parse((await desk.reeve(['verify', '--json'])).stdout);
  expect(verdict).toMatchObject({ verdict: 'intact', erased: 2 });
  expect((await desk.reeve(['query', 'quillfeather'])).stdout).not.toContain('Quillfeather');
});

test('asks, and does nothing where there is nobody to ask', async () => {
  const { status, stderr } = await desk.reeve(['erase', BOB]);
  expect(status).toBe(2);
  expect(stderr).toContain('--yes');
});

test('says who it could not find', async () => {
  expect((await desk.reeve(['erase', 'Nobody Known', '--yes'])).stderr).toContain(
    'no phone number and no LID',
  );
  expect((await desk.reeve(['erase', '+12025550133', '--yes'])).stderr).toContain('Nothing is kept');
});

test('a hold is laid, listed and released, and stands in the way meanwhile', async () => {
  const laid = await desk.reeve(['hold', 'add', '--range', '1-2', '--reason', 'the case of May', '--json']);
  const { id } = JSON.parse(laid.stdout);
  const refused = await desk.reeve(['erase', BOB, '--yes']);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('the case of May');
  expect((await desk.reeve(['hold', 'list'])).stdout).toMatch(
    /^#3 range 1-2 · .* UTC · SYSTEM: the case of May\n$/,
  );
  expect((await desk.reeve(['hold', 'release', id])).stdout).toContain('is released, as case #4');
  expect((await desk.reeve(['erase', BOB, '--yes'])).status).toBe(0);
  expect((await desk.reeve(['hold', 'list'])).stdout).toBe('Nothing is held.\n');
});

test.each([
  [['hold', 'add', '--reason', 'x'], 'one of --person, --query and --range'],
  [['hold', 'add', '--range', '1-2'], 'needs a --reason'],
  [['hold', 'add', '--query', 'seq:nonsense', '--reason', 'x'], 'seq'],
  [['hold', 'release'], 'number of a hold'],
  [['hold', 'keep'], 'add, list and release'],
  [['hold', 'release', '77'], 'no such hold'],
])('%j is told how it is written', async (argv, words) => {
  const { status, stderr } = await desk.reeve(argv);
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});
