/** One of several processes on one ledger: writes with several hands at once, and prints every receipt. */
import { once } from 'node:events';
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { systemClock } from '../../../dist/config/clock.js';

const { settings, writers, events, name } = JSON.parse(process.argv[2]);
const record = await AuditRecord.open(settings, systemClock, pino({ level: 'silent' }));
console.log(JSON.stringify('ready'));
await once(process.stdin, 'data');
const receipts = [];
const write = async (writer) => {
  for (let n = 0; n < events; n++) {
    const what = `${name} ${writer} ${n}`;
    const fate = await record.write('CONFIG_CHANGE', { description: what });
    const receipt = fate.status === 'spooled' ? await fate.committed : fate;
    receipts.push({ seq: receipt.seq, what });
    if (n % 7 === 6) await record.sign();
  }
};
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
await record.close();
console.log(JSON.stringify(receipts));
process.stdin.destroy();
