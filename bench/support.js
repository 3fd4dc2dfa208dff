/** What the benchmarks share: fresh databases, the same rows for every side, medians, and tables to look at. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { AuditRecord } from '../dist/audit/record.js';
import { systemClock } from '../dist/config/clock.js';
import { openPool } from '../dist/store/postgresql.js';
import { startGuardian } from '../tests/support/postgresGuardian.js';

const silent = pino({ level: 'silent' });

/** A folder that goes when the process ends. */
export function scratch() {
  const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'reeve-bench-'));
  chmodSync(folder, 0o755);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function settingsFor(database, dataDir) {
  return {
    database,
    dataDir,
    instance: 'bench',
    tenant: 'default',
    signingKey: undefined,
    batch: { max: 500, waitMs: 0 },
    blockMaxMs: 60_000,
    spoolMaxBytes: 256 * 1024 * 1024,
    entryMaxBytes: 16_384,
  };
}

export const openRecord = (database, dataDir) =>
  AuditRecord.open(settingsFor(database, dataDir), systemClock, silent);

/** Fresh databases of either kind. PostgreSQL is a real server of its own, started on first use. */
export class Databases {
  #folder = scratch();
  #number = 0;
  #guardian;

  async fresh(kind) {
    const number = ++this.#number;
    const dataDir = join(this.#folder, String(number));
    if (kind === 'sqlite') return { database: { kind, path: join(dataDir, 'reeve.db') }, dataDir };
    this.#guardian ??= await startGuardian();
    const answer = await fetch(`${this.#guardian.address}/start`, { method: 'POST' });
    const { url } = await answer.json();
    const pool = openPool(url, { max: 1 });
    await pool.query(`CREATE DATABASE bench_${number}`);
    await pool.end();
    const own = new URL(url);
    own.pathname = `/bench_${number}`;
    return { database: { kind, url: own.href }, dataDir };
  }

  async close() {
    await this.#guardian?.stop();
  }
}

/** A reproducible stream of events like those of a busy bot. */
export function* events(seed = 1) {
  let state = seed;
  const next = (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % bound;
  };
  const actions = ['ROLE_CHANGE', 'CONFIG_CHANGE', 'AUDIT_LOG_EXPORTED', 'CONVERSATION_RESET'];
  for (let i = 0; ; i++) {
    const phone = `+1202555${String(next(5000)).padStart(4, '0')}`;
    yield {
      action: actions[next(actions.length)],
      content: {
        actor: { phone, name: `Person ${next(5000)}`, role: 'ADMIN' },
        actorType: 'user',
        channel: 'whatsapp',
        entityId: `u${next(20_000)}`,
        description: `${phone} made u${next(20_000)} OPERATOR in round ${i}`,
        reason: 'asked for by the owner',
        metadata: { round: i, source: 'bench' },
        before: { role: 'USER' },
        after: { role: 'OPERATOR' },
        chatId: `1202555${next(1000)}@c.us`,
        messageKey: `true_1202555${next(1000)}@c.us_3EB0${i.toString(16)}`,
      },
    };
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const rate = (count, ms) => count / (ms / 1000);
export const whole = (number) => Math.round(number).toLocaleString('en-US');

/** Prints a table with a bar, longest for the largest number. */
export function table(title, rows, unit = 'rows/s') {
  console.log(`\n${title}`);
  const width = Math.max(...rows.map((row) => row.name.length));
  const most = Math.max(...rows.map((row) => row.value));
  for (const { name, value, note = '' } of rows) {
    const bar = '█'.repeat(Math.max(1, Math.round((value / most) * 30)));
    console.log(`  ${name.padEnd(width)}  ${whole(value).padStart(10)} ${unit}  ${bar} ${note}`);
  }
}

const missed = [];

/** Holds a figure against its floor. `better` says which way is good. */
export function floor(what, value, bound, better = 'more') {
  const met = better === 'more' ? value >= bound : value <= bound;
  if (!met) missed.push(what);
  const shown = (n) => (Math.abs(n) >= 100 ? whole(n) : n.toFixed(2));
  console.log(
    `  ${met ? '✓' : '✗'} ${what}: ${shown(value)} (floor: ${better === 'more' ? '≥' : '≤'} ${shown(bound)})`,
  );
}

export function verdict() {
  console.log(missed.length === 0 ? '\nEvery floor was reached.' : `\nNot reached: ${missed.join('; ')}`);
}
