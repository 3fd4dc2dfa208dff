/**
 * Puts a segment into an archive, or lets retention put one there, and is killed once it was `written` beside its place
 * or `renamed` to it.
 */
import { createReadStream } from 'node:fs';
import { pino } from 'pino';
import { AuditRecord } from '../../../dist/audit/record.js';
import { systemClock } from '../../../dist/config/clock.js';
import { DirectoryArchive } from '../../../dist/lifecycle/archive/directoryArchive.js';
import { Retention } from '../../../dist/lifecycle/retention/retention.js';

const { archiveDir, origin, killedAt, put, retain } = JSON.parse(process.argv[2]);
const die = () => process.kill(process.pid, 'SIGKILL');

class MortalArchive extends DirectoryArchive {
  #isPutting = false;

  async put(segment, bytes) {
    this.#isPutting = true;
    await super.put(segment, killedAt === 'written' ? lastBytes(bytes) : bytes);
  }

  /** What is being put is first read by its name when it bears it. */
  read(file) {
    if (this.#isPutting) die();
    return super.read(file);
  }
}

async function* lastBytes(bytes) {
  yield* bytes;
  die();
}

const archive = new MortalArchive(archiveDir, origin);
if (put !== undefined) await archive.put(put.segment, createReadStream(put.path));
else {
  const { settings, now, segmentEntries } = retain;
  const clock = { now: () => now, setTimeout: systemClock.setTimeout };
  const log = pino({ level: 'silent' });
  await new Retention({
    record: await AuditRecord.open(settings, clock, log),
    database: settings.database,
    dataDir: settings.dataDir,
    clock,
    log,
    settings: { days: 90, keepForever: false, archiveDays: 2555 },
    holds: { firstHeld: async () => null },
    archive,
    notifyOwners: async () => {},
    segmentEntries,
  }).run();
}
console.log(JSON.stringify('alive'));
