/** Reading a ledger of a million entries: verification, export, lists, statistics and search, with peak memory. */
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'csv-stringify/sync';
import { Catalogue } from '../dist/audit/catalogue/catalogue.js';
import { makeEvent } from '../dist/audit/event.js';
import { exportText } from '../dist/audit/export/formats.js';
import { scanRows } from '../dist/audit/ledgerRows.js';
import { parseQuery } from '../dist/audit/query/parse.js';
import { EXPORT_FIELDS } from '../dist/audit/reading/item.js';
import { createRedactor } from '../dist/audit/redaction/redactor.js';
import { rowToEntry } from '../dist/audit/table.js';
import { verifyLedger } from '../dist/audit/verify/verifyLedger.js';
import { Commits } from '../dist/audit/writer/commit.js';
import { openIndexedRepository } from '../dist/cli/indexedRepository.js';
import { openLedgerReader } from '../dist/cli/ledgerReader.js';
import { loadConfig } from '../dist/config/config.js';
import { inspect } from '../dist/ledger/verify.js';
import { openConnection } from '../dist/store/connection.js';
import { openSqlite } from '../dist/store/sqlite.js';
import { Databases, events, floor, median, openRecord, percentile, rate, table, whole } from './support.js';

const ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
/** A year of entries, evenly. */
const STEP = (365 * DAY) / ROWS;

const RARE = 'zanzibarite';

async function fill(database, dataDir) {
  const record = await openRecord(database, dataDir);
  const { ledger } = record;
  const connection = openConnection(database, 60_000);
  const commits = new Commits(connection, { tenant: 'default', vkey: ledger.vkey });
  const catalogue = new Catalogue();
  const settings = { tenant: 'default', redactor: createRedactor({}), entryMaxBytes: 16_384, now: Date.now };
  const source = events(11);
  const started = performance.now();
  for (let done = 0; done < ROWS; ) {
    const drafts = [];
    while (drafts.length < 5000 && done < ROWS) {
      const { action, content } = source.next().value;
      const at = Math.floor(START + done * STEP);
      // One rare word in fifty thousand entries.
      const reason = done % 50_000 === 777 ? `because of ${RARE}` : content.reason;
      drafts.push(makeEvent(catalogue.get(action), { ...content, at, reason }, settings));
      done += 1;
    }
    await commits.commit(drafts);
  }
  console.log(
    `\n${whole(ROWS)} entries written in ${Math.round((performance.now() - started) / 1000)} s; signing …`,
  );
  await connection.close();
  await record.sign();
  await record.close();
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

/** Both sides in turn, medians, in milliseconds. */
async function paired(rounds, ours, other) {
  const times = { ours: [], other: [] };
  for (let i = 0; i < rounds; i++) {
    times.other.push((await timed(() => other(i))).ms);
    times.ours.push((await timed(() => ours(i))).ms);
  }
  return { ours: median(times.ours), other: median(times.other) };
}

/** A command line in a process of its own: exit status, milliseconds, peak memory. */
function inProcess(args, env) {
  const script = fileURLToPath(new URL('./measured.js', import.meta.url));
  const child = spawnSync(process.execPath, [script, ...args], {
    env,
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return JSON.parse(String(child.stderr).trim().split('\n').at(-1));
}

export async function read(kind) {
  const databases = new Databases();
  const { database, dataDir } = await databases.fresh(kind);
  await fill(database, dataDir);
  const url = database.kind === 'sqlite' ? `file:${database.path}` : database.url;
  const env = { ...process.env, DATABASE_URL: url, REEVE_DATA_DIR: dataDir, REEVE_INSTANCE: 'bench' };
  const config = loadConfig({ env, cwd: dataDir });
  const reader = await openLedgerReader(config);
  const repository = await openIndexedRepository(config, reader);
  const caughtUp = await timed(() => repository.count(filterOf('"warm up"')));
  console.log(
    `The index followed in ${Math.round(caughtUp.ms / 1000)} s (${whole(rate(ROWS, caughtUp.ms))} rows/s)`,
  );
  try {
    await verification(kind, reader, database, dataDir, env);
    await csv(kind, repository, reader, database, env);
    await lists(kind, repository, reader);
    const record = await openRecord(database, dataDir);
    try {
      await search(kind, repository, reader, await record.store.prisma());
    } finally {
      await record.close();
    }
  } finally {
    await repository.close();
    await reader.close();
    await databases.close();
  }
}

const filterOf = (text) => {
  const parsed = parseQuery(text, { now: START + 365 * DAY, timeZone: 'UTC' });
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.error)}`);
  return parsed.filter;
};

async function verification(kind, reader, database, dataDir, env) {
  const { reads, keys } = reader;
  const sample = [];
  for await (const rows of scanRows(reads, 'default', 1, Math.min(ROWS, 200_000)))
    sample.push(rows.map(rowToEntry));
  const count = sample.reduce((sum, entries) => sum + entries.length, 0);
  const request = { reads, database, tenant: 'default', dataDir, keys, now: Date.now() };
  const memory = [];
  const full = [];
  for (let i = 0; i < ROUNDS; i++) {
    const hashed = await timed(async () => sample.map((entries) => inspect(entries, 'default').count));
    memory.push(rate(count, hashed.ms));
    const { ms, result } = await timed(() => verifyLedger(request));
    if (result.verdict !== 'intact' || result.totalRecords !== ROWS) throw new Error(JSON.stringify(result));
    full.push(rate(ROWS, ms));
  }
  sample.length = 0;
  const since = [];
  for (let i = 0; i < ROUNDS; i++) {
    const { ms, result } = await timed(() => verifyLedger({ ...request, sinceCheckpoint: true }));
    if (!result.isValid) throw new Error(JSON.stringify(result));
    since.push(ms);
  }
  const { peakMb, status } = inProcess(['verify', '--json'], env);
  table(`Verification of ${whole(ROWS)} entries, ${kind}`, [
    { name: 'hashing from memory, one core', value: median(memory) },
    {
      name: 'full verification',
      value: median(full),
      note: `peak ${whole(peakMb)} MB, exit status ${status}`,
    },
  ]);
  const ratio = median(full.map((value, i) => value / memory[i]));
  floor(`${kind}: verification / hashing from memory`, ratio, 0.7);
  floor(`${kind}: peak memory of verify, MB`, peakMb, 300, 'less');
  floor(`${kind}: verification of the newest entries, ms`, median(since), 100, 'less');
}

async function csv(kind, repository, reader, database, env) {
  const ours = async () => {
    const sink = createWriteStream('/dev/null');
    let rows = 0;
    for await (const text of exportText(
      'csv',
      counted(repository.stream(filterOf(''), { columns: EXPORT_FIELDS })),
    )) {
      if (!sink.write(text)) await new Promise((resolve) => sink.once('drain', resolve));
    }
    sink.end();
    return rows;
    async function* counted(batches) {
      for await (const batch of batches) {
        rows += batch.length;
        yield batch;
      }
    }
  };
  const columns = EXPORT_FIELDS.map((name) => `"${name}"`).join(',');
  const bare = async () => {
    const sink = createWriteStream('/dev/null');
    const db = openSqlite(database.path, { readOnly: true });
    let batch = [];
    const flush = async () => {
      if (!sink.write(stringify(batch))) await new Promise((resolve) => sink.once('drain', resolve));
      batch = [];
    };
    for (const row of db
      .prepare(`SELECT ${columns} FROM "AuditLog" WHERE "tenant" = 'default' ORDER BY "seq"`)
      .raw()
      .iterate()) {
      batch.push(row);
      if (batch.length === 1000) await flush();
    }
    await flush();
    db.close();
    sink.end();
  };
  const cursor = async () => {
    for await (const rows of scanRows(reader.reads, 'default', 1, ROWS)) stringify(rows);
  };
  const times = await paired(Math.min(3, ROUNDS), ours, kind === 'sqlite' ? bare : cursor);
  const { peakMb } = inProcess(['export', '--format', 'csv', '--out', '/dev/null'], env);
  table(`CSV of ${whole(ROWS)} entries, ${kind}`, [
    { name: 'bare driver + csv-stringify', value: rate(ROWS, times.other) },
    { name: 'ours', value: rate(ROWS, times.ours), note: `peak ${whole(peakMb)} MB` },
  ]);
  floor(`${kind}: CSV / bare driver + csv-stringify`, times.other / times.ours, 0.6);
  floor(`${kind}: peak memory of export, MB`, peakMb, 250, 'less');
}

async function lists(kind, repository, reader) {
  const cases = ['actor:+12025550123', 'category:security', 'action:CONFIG_CHANGE', ''];
  const some = await reader.reads.get(`SELECT "actorPhone" AS phone FROM "AuditLog" WHERE "seq" = ?`, [
    ROWS >> 1,
  ]);
  cases[0] = `actor:${some.phone}`;
  for (const text of cases) {
    const filter = filterOf(text);
    const times = [];
    const deep = [];
    for (let i = 0; i < 40; i++) {
      times.push((await timed(() => repository.query(filter, { limit: 50 }))).ms);
      deep.push((await timed(() => repository.query(filter, { limit: 50, before: ROWS - 500_000 + i }))).ms);
    }
    const name = text.replace(/\+\d+/, 'somebody') || 'everything';
    floor(`${kind}: newest 50 of ${name}, p50 ms`, percentile(times, 0.5), 3, 'less');
    floor(
      `${kind}: page 10,000 / page 1 of ${name}`,
      percentile(deep, 0.5) / percentile(times, 0.5),
      1.5,
      'less',
    );
  }
}

async function search(kind, repository, reader, prisma) {
  const { reads } = reader;
  const rounds = Math.max(3, ROUNDS);
  // A day in the past, so that the newest entries of the category are of no help.
  const [since, until] = [START + 40 * DAY, START + 41 * DAY];
  const window = filterOf(`category:security since:2026-02-10 until:2026-02-10`);
  const byDate = await paired(
    rounds,
    () => repository.query(window, { limit: 50 }),
    () =>
      reads.all(
        `SELECT * FROM "AuditLog" WHERE "tenant" = 'default' AND "category" = 'SECURITY' AND "at" >= ? AND "at" < ? ORDER BY "seq" DESC LIMIT 50`,
        [since, until],
      ),
  );
  floor(
    `${kind}: category and day, times faster (${byDate.ours.toFixed(2)} ms against ${byDate.other.toFixed(1)})`,
    byDate.other / byDate.ours,
    20,
  );
  const statistics = await paired(
    rounds,
    () => repository.getStatistics({}),
    () =>
      reads.all(
        `SELECT "category", "action", "outcome", COUNT(*) FROM "AuditLog" WHERE "tenant" = 'default' GROUP BY 1, 2, 3`,
      ),
  );
  floor(
    `${kind}: statistics, times faster (${statistics.ours.toFixed(2)} ms against ${whole(statistics.other)})`,
    statistics.other / statistics.ours,
    100,
  );
  const word = filterOf(RARE);
  const rare = await paired(
    rounds,
    () => repository.query(word, { limit: 50 }),
    () =>
      prisma.auditLog.findMany({
        where: { tenant: 'default', reason: { contains: RARE } },
        orderBy: { seq: 'desc' },
        take: 50,
      }),
  );
  floor(
    `${kind}: rare word, times faster (${rare.ours.toFixed(2)} ms against ${whole(rare.other)})`,
    rare.other / rare.ours,
    40,
  );
}
