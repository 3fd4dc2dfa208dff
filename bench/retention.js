/** Retention of a ledger of which nine tenths have expired, while others go on writing. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { Catalogue } from '../dist/audit/catalogue/catalogue.js';
import { makeEvent } from '../dist/audit/event.js';
import { createRedactor } from '../dist/audit/redaction/redactor.js';
import { Commits } from '../dist/audit/writer/commit.js';
import { systemClock } from '../dist/config/clock.js';
import { DirectoryArchive } from '../dist/lifecycle/archive/directoryArchive.js';
import { Retention } from '../dist/lifecycle/retention/retention.js';
import { openConnection } from '../dist/store/connection.js';
import { Databases, events, floor, openRecord, percentile, rate, whole } from './support.js';

const ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000);
const EXPIRED = Math.floor(ROWS * 0.9);
const PER_SECOND = 50;
const BEFORE_MS = Number(process.env.BENCH_BEFORE_MS ?? 20_000);
const DAY = 86_400_000;
/** One of the two alone with BENCH_ARCHIVE=yes or no. */
const ARCHIVED = [false, true].filter(
  (is) => (process.env.BENCH_ARCHIVE ?? (is ? 'yes' : 'no')) === (is ? 'yes' : 'no'),
);

async function fill(database, dataDir) {
  const record = await openRecord(database, dataDir);
  const connection = openConnection(database, 60_000);
  const commits = new Commits(connection, { tenant: 'default', vkey: record.ledger.vkey });
  const catalogue = new Catalogue();
  const settings = { tenant: 'default', redactor: createRedactor({}), entryMaxBytes: 16_384, now: Date.now };
  const source = events(11);
  const now = Date.now();
  for (let done = 0; done < ROWS; ) {
    const drafts = [];
    while (drafts.length < 5000 && done < ROWS) {
      const { action, content } = source.next().value;
      const at = done < EXPIRED ? now - 200 * DAY + done : now - DAY + done;
      drafts.push(makeEvent(catalogue.get(action), { ...content, at }, settings));
      done += 1;
    }
    await commits.commit(drafts);
  }
  await connection.close();
  await record.sign();
  return record;
}

/** Writes as a busy bot does, one event at a time at its moment, and remembers how long each took. */
class Writing {
  times = [];
  #isOver = false;
  #done;

  constructor(record) {
    this.#done = this.#go(record);
  }

  async #go(record) {
    const source = events(7);
    const pending = [];
    const begun = performance.now();
    for (let n = 0; !this.#isOver; n += 1) {
      await wait(Math.max(0, begun + (n * 1000) / PER_SECOND - performance.now()));
      const { action, content } = source.next().value;
      const start = performance.now();
      pending.push(record.write(action, content).then(() => this.times.push(performance.now() - start)));
    }
    await Promise.all(pending);
  }

  /** What was measured since the last time. */
  taken() {
    return this.times.splice(0).sort((a, b) => a - b);
  }

  async stop() {
    this.#isOver = true;
    await this.#done;
  }
}

const bytesOf = (path) => (existsSync(path) ? statSync(path).size : 0);
const megabytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
const ms = (value) => `${value.toFixed(1)} ms`;

async function sizeOf(record, database) {
  if (database.kind === 'sqlite') return bytesOf(database.path) + bytesOf(`${database.path}-wal`);
  const row = await record.store.read.get(`SELECT pg_total_relation_size('"AuditLog"') AS "bytes"`);
  return Number(row.bytes);
}

export async function retention(kind) {
  const databases = new Databases();
  try {
    for (const archived of ARCHIVED) {
      const { database, dataDir } = await databases.fresh(kind);
      console.log(
        `\nretention, ${kind}, ${archived ? 'archived' : 'not archived'}: writing ${whole(ROWS)} entries …`,
      );
      const record = await fill(database, dataDir);
      const folder = join(dataDir, 'archive');
      mkdirSync(folder, { recursive: true });
      // A bot has changed something long before: the typed client is loaded by the first change.
      await record.logger.transact(async () => {});
      const phases = [];
      let phase = performance.now();
      const writing = new Writing(record);
      await wait(1000);
      writing.taken();
      await wait(BEFORE_MS);
      const before = writing.taken();
      const sizeBefore = await sizeOf(record, database);
      const run = new Retention({
        record,
        database,
        dataDir,
        clock: systemClock,
        log: pino({ level: 'warn' }),
        settings: { days: 90, keepForever: false, archiveDays: 2555 },
        holds: { firstHeld: async () => null },
        archive: archived ? new DirectoryArchive(folder, record.ledger.origin) : null,
        notifyOwners: async (text) => console.log(text),
        onMilestone: (name) => {
          const now = performance.now();
          phases.push([name, now - phase, writing.taken()]);
          phase = now;
        },
      });
      phase = performance.now();
      const begun = performance.now();
      const result = await run.run();
      const took = performance.now() - begun;
      phases.push(['space given back', performance.now() - phase, writing.taken()]);
      await writing.stop();
      const during = phases.flatMap(([, , times]) => times).sort((a, b) => a - b);
      if (result.failure !== null) throw result.failure;
      const spentOn = (...names) =>
        phases.filter(([name]) => names.includes(name)).reduce((sum, [, time]) => sum + time, 0);
      const clearing = spentOn('cleared');
      // Reading, verifying, packing, flushing and reading back; a second time where somebody was erased later.
      const archiving = spentOn('examined', 'archived');
      const archive = readdirSync(folder).reduce((sum, name) => sum + bytesOf(join(folder, name)), 0);
      const worst = new Map();
      for (const [name, time, times] of phases) {
        const known = worst.get(name) ?? { time: 0, times: [] };
        worst.set(name, { time: known.time + time, times: [...known.times, ...times] });
      }
      const line = (name, time, times) => {
        const [p50, p99] =
          times.length === 0 ? ['-', '-'] : [0.5, 0.99].map((at) => ms(percentile(times, at)));
        console.log(
          `  ${name.padEnd(18)} ${ms(time).padStart(12)}   appends p50 ${p50.padStart(9)}   p99 ${p99.padStart(9)}`,
        );
      };
      line('before', BEFORE_MS, before);
      line('during', took, during);
      for (const [name, { time, times }] of worst) line(`  ${name}`, time, times);
      floor(
        `p99 of appends, times its usual, ${kind}`,
        percentile(during, 0.99) / percentile(before, 0.99),
        2,
        'less',
      );
      console.log(
        `removed ${whole(result.removed)}, ${whole(rate(result.removed, clearing))} rows/s while deleting, ${whole(rate(result.removed, took))} rows/s in all`,
      );
      if (archived)
        console.log(
          `archive ${megabytes(archive)} in ${result.archived} segments, ${(archive / result.removed).toFixed(0)} bytes an entry, ${whole(rate(result.removed, archiving))} entries/s and ${megabytes(rate(archive, archiving))}/s of packed segments while archiving`,
        );
      // A server's table keeps its pages for the rows to come; SQLite's file gets smaller.
      const kept = database.kind === 'sqlite' ? null : await sizeOf(record, database);
      await record.close();
      const sizeAfter = kept ?? (await sizeOf(record, database));
      console.log(`database ${megabytes(sizeBefore)} before, ${megabytes(sizeAfter)} after`);
      if (database.kind === 'sqlite')
        floor(
          `size of SQLite's file after nine tenths have gone, to before`,
          sizeAfter / sizeBefore,
          0.25,
          'less',
        );
    }
  } finally {
    await databases.close();
  }
}
