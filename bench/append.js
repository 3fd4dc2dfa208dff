/** Appending: naive Prisma, createMany, the bare driver and ours, on the same table, in turns, from empty. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Catalogue } from '../dist/audit/catalogue/catalogue.js';
import { makeEvent } from '../dist/audit/event.js';
import { createRedactor } from '../dist/audit/redaction/redactor.js';
import { AUDIT_COLUMNS, AUDIT_TABLE } from '../dist/audit/table.js';
import { placeDraft } from '../dist/audit/writer/draft.js';
import { openPool, PostgresqlConnection } from '../dist/store/postgresql.js';
import { openSqlite } from '../dist/store/sqlite.js';
import { Databases, events, floor, median, openRecord, percentile, rate, table } from './support.js';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const IN_FLIGHT = 1000;
const SIZES = { naive: 2000, createMany: 10_000, bare: 40_000, ours: 40_000, single: 400 };

const catalogue = new Catalogue();
const shape = { tenant: 'default', redactor: createRedactor({}), entryMaxBytes: 16_384, now: Date.now };

/** Rows that are ready to be stored: the other sides are not charged for making them. */
function readyRows(count) {
  const source = events(7);
  return Array.from({ length: count }, (_, index) => {
    const { action, content } = source.next().value;
    return placeDraft(makeEvent(catalogue.get(action), content, shape), index + 1);
  });
}

const INTEGERS = new Set(['seq', 'at', 'status', 'erasedAt']);

/** A row as Prisma's typed client wants it. */
function asPrisma(row) {
  const data = {};
  AUDIT_COLUMNS.forEach((name, i) => {
    const value = row[i];
    data[name] = value !== null && INTEGERS.has(name) ? BigInt(value) : value;
  });
  return data;
}

/** The database with our schema, guards and pragmas, and nothing in it but the head. */
async function prepared(databases, kind) {
  const target = await databases.fresh(kind);
  await (await openRecord(target.database, target.dataDir)).close();
  return target;
}

async function withPrisma(databases, kind, work) {
  const { database, dataDir } = await prepared(databases, kind);
  const record = await openRecord(database, dataDir);
  try {
    return await work(await record.store.prisma());
  } finally {
    await record.close();
  }
}

const sides = {
  naive: (databases, kind) =>
    withPrisma(databases, kind, async (prisma) => {
      const rows = readyRows(SIZES.naive).map(asPrisma);
      const start = performance.now();
      for (const data of rows) await prisma.auditLog.create({ data });
      return rate(rows.length, performance.now() - start);
    }),
  createMany: (databases, kind) =>
    withPrisma(databases, kind, async (prisma) => {
      const rows = readyRows(SIZES.createMany).map(asPrisma);
      const start = performance.now();
      for (let i = 0; i < rows.length; i += 500)
        await prisma.auditLog.createMany({ data: rows.slice(i, i + 500) });
      return rate(rows.length, performance.now() - start);
    }),
  bare: async (databases, kind) => {
    const { database } = await prepared(databases, kind);
    const rows = readyRows(SIZES.bare);
    return kind === 'sqlite' ? bareSqlite(database, rows) : barePostgresql(database, rows);
  },
  ours: async (databases, kind) => {
    const { database, dataDir } = await prepared(databases, kind);
    const record = await openRecord(database, dataDir);
    const source = events(7);
    const inputs = Array.from({ length: SIZES.ours }, () => source.next().value);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        while (next < inputs.length) {
          const { action, content } = inputs[next++];
          const fate = await record.write(action, content);
          if (fate.status !== 'committed') throw new Error(`not committed but ${fate.status}`);
        }
      }),
    );
    const result = rate(inputs.length, performance.now() - start);
    delay.disable();
    await record.close();
    return { result, delay: delay.percentile(99) / 1e6 };
  },
};

function bareSqlite(database, rows) {
  const db = openSqlite(database.path);
  const insert = db.prepare(
    `INSERT INTO "AuditLog" (${AUDIT_COLUMNS.map((name) => `"${name}"`).join(',')}) VALUES (${AUDIT_COLUMNS.map(() => '?').join(',')})`,
  );
  const batch = db.transaction((some) => {
    for (const row of some) insert.run(...row);
  });
  const start = performance.now();
  for (let i = 0; i < rows.length; i += 500) batch.immediate(rows.slice(i, i + 500));
  const result = rate(rows.length, performance.now() - start);
  db.close();
  return result;
}

async function barePostgresql(database, rows) {
  const connection = new PostgresqlConnection(openPool(database.url, { max: 1 }));
  const start = performance.now();
  for (let i = 0; i < rows.length; i += 500) {
    await connection.transaction((tx) => tx.insertMany(AUDIT_TABLE, rows.slice(i, i + 500)));
  }
  const result = rate(rows.length, performance.now() - start);
  await connection.close();
  return result;
}

/** One at a time, awaited: Prisma's create and ours in turn on the same ledger's table, so noise hits both. */
async function single(databases, kind) {
  const naiveTimes = [];
  const ourTimes = [];
  const one = await prepared(databases, kind);
  const two = await prepared(databases, kind);
  const naive = await openRecord(one.database, one.dataDir);
  const ours = await openRecord(two.database, two.dataDir);
  const prisma = await naive.store.prisma();
  const rows = readyRows(SIZES.single).map(asPrisma);
  const source = events(7);
  for (const data of rows) {
    let start = performance.now();
    await prisma.auditLog.create({ data });
    naiveTimes.push(performance.now() - start);
    const { action, content } = source.next().value;
    start = performance.now();
    await ours.write(action, content);
    ourTimes.push(performance.now() - start);
  }
  await naive.close();
  await ours.close();
  return { naive: percentile(naiveTimes.slice(50), 0.5), ours: percentile(ourTimes.slice(50), 0.5) };
}

export async function append(kind) {
  const databases = new Databases();
  const rates = { naive: [], createMany: [], bare: [], ours: [] };
  const delays = [];
  const singles = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of Object.keys(rates)) {
        const answer = await sides[side](databases, kind);
        rates[side].push(typeof answer === 'number' ? answer : answer.result);
        if (typeof answer !== 'number') delays.push(answer.delay);
      }
      singles.push(await single(databases, kind));
    }
  } finally {
    await databases.close();
  }
  const of = Object.fromEntries(Object.entries(rates).map(([side, all]) => [side, median(all)]));
  table(`Appends, durable, ${kind} (median of ${ROUNDS})`, [
    { name: 'prisma.create, one by one', value: of.naive },
    { name: 'createMany of 500', value: of.createMany },
    { name: 'bare driver, 500 a transaction', value: of.bare },
    { name: 'ours, 1,000 in flight, proven', value: of.ours },
  ]);
  const perRound = (side) => median(rates.ours.map((value, i) => value / rates[side][i]));
  floor(`${kind}: ours / naive create`, perRound('naive'), kind === 'sqlite' ? 12 : 9);
  floor(`${kind}: ours / bare driver`, perRound('bare'), 0.5);
  floor(`${kind}: event-loop delay p99, ms`, median(delays), 20, 'less');
  const ratio = median(singles.map(({ ours, naive }) => ours / naive));
  const ms = (side) => median(singles.map((times) => times[side])).toFixed(2);
  floor(`${kind}: one append awaited, p50 ${ms('ours')} ms / create ${ms('naive')} ms`, ratio, 1, 'less');
}
