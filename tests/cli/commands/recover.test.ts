import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Desk } from '../commandLine.js';

const event = (n: number) => `{"action":"CONFIG_CHANGE","actorPhone":"SYSTEM","entityId":"n${n}"}\n`;

test('after an older backup every command says what is wrong until the ledger is recovered', async () => {
  const desk = new Desk();
  const kept = join(desk.folder, 'backup');
  mkdirSync(kept);
  await desk.reeve(['record'], { input: event(1) + event(2) });
  const file = join(desk.dataDir, 'reeve.db');
  cpSync(file, join(kept, 'reeve.db'));
  await desk.reeve(['record'], { input: event(3) + event(4) });
  for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true });
  cpSync(join(kept, 'reeve.db'), file);

  for (const argv of [['record'], ['checkpoint'], ['prove', '1']])
    expect(await desk.reeve(argv, { input: event(5) })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('reeve recover'),
    });
  expect(await desk.reeve(['query'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('Nothing is written.'),
  });
  expect(await desk.reeve(['verify'])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('Truncated'),
    stderr: expect.stringContaining('reeve recover'),
  });
  expect(await desk.reeve(['recover'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('A recovery needs a reason'),
  });
  const recovered = await desk.reeve(['recover', '--reason', 'the disk of Sunday']);
  expect(recovered).toMatchObject({ status: 0, stdout: expect.stringContaining('Lost: entries 3 to 4') });
  expect(await desk.reeve(['record'], { input: event(6) })).toMatchObject({ status: 0 });
  expect(await desk.reeve(['verify'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('entries 3 to 4 that had been signed were lost'),
    stderr: '',
  });
});
