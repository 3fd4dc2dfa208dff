/** Runs retention once over a ledger, and is killed at a milestone of its first step where one is named. */
import { once } from 'node:events';
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { systemClock } from '../../../dist/config/clock.js';
import { DirectoryArchive } from '../../../dist/lifecycle/archive/directoryArchive.js';
import { Retention } from '../../../dist/lifecycle/retention/retention.js';

const { settings, now, archiveDir, segmentEntries, killedAt, waits } = JSON.parse(process.argv[2]);
const clock = { now: () => now, setTimeout: systemClock.setTimeout };
const log = pino({ level: 'silent' });
const record = await AuditRecord.open(settings, clock, log);
const retention = new Retention({
  record,
  database: settings.database,
  dataDir: settings.dataDir,
  clock,
  log,
  settings: { days: 90, keepForever: false, archiveDays: 2555 },
  holds: { firstHeld: async () => null },
  archive: archiveDir === null ? null : new DirectoryArchive(archiveDir, record.ledger.origin),
  notifyOwners: async () => {},
  segmentEntries,
  onMilestone: (milestone) => {
    if (milestone === killedAt) process.kill(process.pid, 'SIGKILL');
  },
});
if (waits) {
  console.log(JSON.stringify('ready'));
  await once(process.stdin, 'data');
}
const answer = await retention.run().then(
  ({ outcome, removed, failure }) => ({ outcome, removed, code: failure?.code ?? null }),
  (error) => ({ outcome: 'refused', removed: 0, code: error.code ?? String(error) }),
);
await record.close();
console.log(JSON.stringify(answer));
process.stdin.destroy();
