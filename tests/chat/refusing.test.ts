import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Refusing } from '../../src/chat/refusing.js';
import { FakeClock } from '../../src/testing/fakeClock.js';
import { MemoryGateway } from '../../src/testing/memoryGateway.js';

const ANA = '+12025550100';
const BO = '+12025550101';

test('a bot whose record cannot be opened says why to whoever asks, to owners in full, and not without end', async () => {
  const clock = new FakeClock();
  const gateway = new MemoryGateway({ now: () => clock.now() });
  const why = { message: 'Entries 7 to 10 are gone.', hint: 'reeve recover --reason "…"' };
  const log = pino({ level: 'silent' });
  const refusing = new Refusing({ gateway, clock, log, prefix: '!', owners: [ANA], why });
  await refusing.start();
  const answers = () => gateway.sent.splice(0).map(({ chatId, message }) => `${chatId} ${message.text}`);

  gateway.write({ from: ANA, text: '!status' });
  expect(answers()).toEqual([
    expect.stringMatching(/^direct:\+12025550100 .*7 to 10 are gone\.\nreeve recover/),
  ]);
  gateway.write({ from: BO, text: '!help' });
  gateway.write({ from: ANA, text: '!help', group: 'Team' });
  for (const told of answers()) {
    expect(told).toContain('I can do nothing just now');
    expect(told).not.toContain('recover');
  }
  gateway.write({ from: BO, text: '!help' });
  gateway.write({ from: '+12025550102', text: 'good morning' });
  gateway.write({ from: '+12025550102', text: '!!!' });
  gateway.write({ from: '+12025550103', text: '!help', at: clock.now() - 3_600_000 });
  gateway.write({ from: '+12025550104', text: '!help', change: 'edited', key: 'x' });
  expect(answers()).toEqual([]);
  await clock.advance(60_000);
  gateway.failNextSend();
  gateway.write({ from: BO, text: '!help' });
  await clock.advance(0);
  await refusing.close();
  expect(gateway.status().state).toBe('closed');
});
