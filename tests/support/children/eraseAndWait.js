/** Erases somebody, and stands still at one step of it until it is killed. */
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { wireErasure } from '../../../dist/chat/forgetting.js';
import { systemClock } from '../../../dist/config/clock.js';
import { loadConfig } from '../../../dist/config/config.js';
import { LegalHolds } from '../../../dist/lifecycle/hold/legalHolds.js';

const { database, dataDir, person, step } = JSON.parse(process.argv[2]);
const config = loadConfig({ env: { REEVE_DATA_DIR: dataDir, REEVE_TENANT: 'acme' }, cwd: dataDir });
const settings = { ...config, database, instance: 'test' };
const record = await AuditRecord.open(settings, systemClock, pino({ level: 'silent' }));
const clock = { now: () => Date.UTC(2031, 4, 14, 13), setTimeout: systemClock.setTimeout };
const holds = new LegalHolds({ record, clock });
const onStep = async (now) => {
  if (now !== step) return;
  console.log(JSON.stringify(step));
  await new Promise(() => setInterval(() => {}, 1000));
};
const erasure = wireErasure({ config, record, clock, holds, archive: null, onStep });
await erasure.erase(person);
await record.close();
