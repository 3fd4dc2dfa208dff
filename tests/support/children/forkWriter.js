/** One of several processes on one ledger: writes with several hands, and prints the size of every checkpoint it got. */
import { once } from 'node:events';
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { systemClock } from '../../../dist/config/clock.js';

const { settings, writers, events, signEvery, name } = JSON.parse(process.argv[2]);
const record = await AuditRecord.open(settings, systemClock, pino({ level: 'silent' }));
console.log(JSON.stringify('ready'));
await once(process.stdin, 'data');
const sizes = [];
const write = async (writer) => {
  for (let n = 1; n <= events; n++) {
    const fate = await record.write('CONFIG_CHANGE', { description: `${name} ${writer} ${n}` });
    if (fate.status === 'spooled') await fate.committed;
    if (n % signEvery === 0) sizes.push((await record.sign()).size);
  }
};
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
await record.close();
console.log(JSON.stringify(sizes));
process.stdin.destroy();
