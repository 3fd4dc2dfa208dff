/**
 * One life of a process that does all that takes something away: it carries out what it is told, one after another,
 * says what became of each, and is killed at its step number `killAt` where one is named.
 */
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { wireErasure } from '../../../dist/chat/forgetting.js';
import { systemClock } from '../../../dist/config/clock.js';
import { loadConfig } from '../../../dist/config/config.js';
import { DirectoryArchive } from '../../../dist/lifecycle/archive/directoryArchive.js';
import { LegalHolds } from '../../../dist/lifecycle/hold/legalHolds.js';
import { Retention } from '../../../dist/lifecycle/retention/retention.js';

const { settings, now, archiveDir, killAt, doings } = JSON.parse(process.argv[2]);

let steps = 0;
const step = () => {
  steps += 1;
  if (steps === killAt) process.kill(process.pid, 'SIGKILL');
};

let time = now;
const clock = { now: () => time, setTimeout: systemClock.setTimeout };
const log = pino({ level: 'silent' });
const record = await AuditRecord.open(settings, clock, log);
const { database, dataDir } = settings;
const archive = new DirectoryArchive(archiveDir, record.ledger.origin);
const holds = new LegalHolds({ record, clock });
const retention = new Retention({
  record,
  database,
  dataDir,
  clock,
  log,
  settings: { days: 90, keepForever: false, archiveDays: 36_500 },
  holds,
  archive,
  notifyOwners: async () => {},
  segmentEntries: 12,
  onMilestone: step,
});
const env = { REEVE_DATA_DIR: dataDir, REEVE_TENANT: settings.tenant, REEVE_TIMEZONE: 'UTC' };
const config = loadConfig({ env, cwd: dataDir });
const erasure = wireErasure({ config, record, clock, holds, archive, onStep: step });

const person = (n) => ({ phone: `+120255501${n}`, name: `Quill${n}feather`, role: 'ADMIN' });

const WAYS = {
  async write({ about, count }) {
    const all = [];
    for (let i = 0; i < count; i += 1) {
      time += 100;
      const [by, whom] = i % 2 === 0 ? [person(about), '+12025550199'] : ['+12025550198', person(about)];
      all.push(
        record.logger.record('WHITELIST_CHANGE', { performedBy: by, targetUser: whom, change: 'added' }),
      );
    }
    const fates = await Promise.all(all);
    step();
    return Math.max(...fates.map(({ seq }) => seq));
  },
  sign: async () => (await record.sign()).size,
  hold: async ({ kind, what }) => (await holds.add({ kind, what, reason: 'a case' })).id,
  async release() {
    const [oldest] = await holds.list();
    if (oldest === undefined) return null;
    return (await holds.release(oldest.id)).case;
  },
  async retain() {
    const { removed, failure } = await retention.run();
    if (failure !== null) throw failure;
    return removed;
  },
  erase: async ({ about }) => (await erasure.erase(person(about).phone)).text.length,
};

const say = (value) => console.log(JSON.stringify(value));

say({ resumed: await erasure.resume() });
for (const doing of doings) {
  const answer = await WAYS[doing.does](doing).then(
    (value) => ({ ok: true, value }),
    (error) => ({ ok: false, code: error.code ?? String(error.stack) }),
  );
  say(answer);
  step();
}
await record.close();
say({ steps });
process.stdin.destroy();
