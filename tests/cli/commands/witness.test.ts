import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { noteLine } from '../../../src/signing/noteLine.js';
import { Desk } from '../commandLine.js';

const event = '{"action":"CONFIG_CHANGE","actorPhone":"SYSTEM"}\n';

test('the line that a chat was sent is a checkpoint like any other on the command line', async () => {
  const [desk, other] = [new Desk(), new Desk()];
  for (const one of [desk, other]) await one.reeve(['record'], { input: event });
  const file = join(desk.folder, 'from-the-chat.txt');
  const lineOf = async (from: Desk) => {
    const { note } = JSON.parse((await from.reeve(['checkpoint', '--json'])).stdout) as { note: string };
    return `\`${noteLine(note)}\`\nA signed checkpoint over the first 1 entries of the record.\n`;
  };
  writeFileSync(file, await lineOf(desk));
  await desk.reeve(['record'], { input: event });
  expect(await desk.reeve(['verify', '--checkpoint', file])).toMatchObject({ status: 0 });
  // One that nothing could be compared with is not taken for one that agrees.
  writeFileSync(file, await lineOf(other));
  expect(await desk.reeve(['verify', '--checkpoint', file])).toMatchObject({ status: 2 });
  writeFileSync(file, 'reeve-checkpoint:nothing\n');
  expect(await desk.reeve(['verify', '--checkpoint', file])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('holds no signed checkpoint'),
  });
});
