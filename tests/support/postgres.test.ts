import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { startChild } from './children.js';

test('a test run that is killed leaves neither its server nor its files', async () => {
  const child = startChild('startPostgres.js', null);
  const { port, folder } = await child.next<{ port: number; folder: string }>();
  expect([await isListening(port), existsSync(folder)]).toEqual([true, true]);
  await child.kill();
  const deadline = Date.now() + 20_000;
  while ((existsSync(folder) || (await isListening(port))) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect([await isListening(port), existsSync(folder)]).toEqual([false, false]);
});

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
