/**
 * Opens the record and an inbox, waits for a word, and is then handed the same messages as everybody else, each three
 * times. Prints the keys of those that it ran.
 */
import { once } from 'node:events';
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { Inbox } from '../../../dist/chat/inbox.js';
import { systemClock } from '../../../dist/config/clock.js';
import { builtInSettings } from '../../../dist/settings/builtIn.js';
import { Settings } from '../../../dist/settings/settings.js';

const { settings: recordSettings, messages } = JSON.parse(process.argv[2]);
const clock = systemClock;
const log = pino({ level: 'silent' });
const record = await AuditRecord.open(recordSettings, clock, log);
const definitions = builtInSettings({ prefix: '!', timeZone: 'UTC', country: undefined });
const settings = await Settings.open({ record, definitions, clock });
const ran = [];
const handle = {
  kindOf: () => 'command',
  commandNamed: () => 'try',
  handle: async ({ key }, { isClaimed }) => void ran.push(isClaimed ? key : `${key} without a claim`),
  ignored: async () => {},
};
const inbox = await Inbox.open({ record, clock, settings, handle, log });
console.log(JSON.stringify('ready'));
await once(process.stdin, 'data');
for (const message of messages) {
  for (let times = 0; times < 3; times++) inbox.accept({ ...message, at: clock.now() });
  if (ran.length % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
await inbox.close();
console.log(JSON.stringify(ran));
await record.close();
process.stdin.destroy();
