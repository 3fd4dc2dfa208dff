import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { freshSqlite } from '../../support/databases.js';
import { openTestRecord } from '../../support/record.js';
import { tempFolder } from '../../support/tempFolder.js';

const note = { description: 'something happened' };

/** A log that keeps its lines. */
function listeningLog() {
  const lines: { level: number; msg: string; code?: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

/** Waits for what the mirror does on its own. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('a mirror that cannot be written fails no write, says why in the status, and warns once', async () => {
  const mirrorDir = join(tempFolder(), 'events');
  writeFileSync(mirrorDir, 'a file in the way');
  const { log, lines } = listeningLog();
  const record = await openTestRecord(await freshSqlite(), { mirrorDir, log, tenant: 'default' });
  const status = () => record.status().mirror;
  for (let i = 0; i < 3; i++) {
    expect(await record.write('CONFIG_CHANGE', note)).toMatchObject({ status: 'committed' });
    await until(() => status()?.failing !== null);
  }
  expect([record.status().state, status()?.seq]).toEqual(['ok', 0]);
  expect(status()?.failing).toBe(
    `the mirror in ${mirrorDir} cannot be written: it is a file, or lies below one (EEXIST)`,
  );
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([[40, status()?.failing]]);

  // Whoever mends it need not start anew: the next entry brings everything.
  rmSync(mirrorDir);
  await record.write('CONFIG_CHANGE', note);
  await until(() => status()?.seq === 4);
  expect(status()).toEqual({ folder: mirrorDir, seq: 4, failing: null });
  expect(readFileSync(join(mirrorDir, 'events.ndjson'), 'utf8').split('\n')).toHaveLength(5);
  await record.close();
});

test('a mirror of another ledger is not gone on with until it is written anew', async () => {
  const mirrorDir = tempFolder();
  const other = await openTestRecord(await freshSqlite(), { mirrorDir, tenant: 'default' });
  await other.write('CONFIG_CHANGE', note);
  await other.close();
  const before = readFileSync(join(mirrorDir, 'events.ndjson'), 'utf8');

  const record = await openTestRecord(await freshSqlite(), { mirrorDir, tenant: 'default' });
  await record.write('CONFIG_CHANGE', note);
  await until(() => record.status().mirror?.failing !== null);
  expect(record.status().mirror?.failing).toContain('an entry that this ledger does not hold');
  expect(readFileSync(join(mirrorDir, 'events.ndjson'), 'utf8')).toBe(before);

  expect(await record.mirror?.rebuild(() => {})).toBe(1);
  expect(record.status().mirror).toMatchObject({ seq: 1, failing: null });
  await record.write('CONFIG_CHANGE', note);
  await until(() => record.status().mirror?.seq === 2);
  await record.close();
});

test('a mirror goes on exactly where it was, also after a line that a crash left unfinished', async () => {
  const [database, mirrorDir] = [await freshSqlite(), tempFolder()];
  const path = join(mirrorDir, 'acme', 'events.ndjson');
  for (let round = 1; round <= 3; round++) {
    const record = await openTestRecord(database, { mirrorDir });
    await record.write('CONFIG_CHANGE', note);
    await record.close();
    expect(existsSync(path)).toBe(true);
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line).public.seq)).toEqual(
      Array.from({ length: round }, (_, i) => i + 1),
    );
    writeFileSync(path, '{"unfinished', { flag: 'a' });
  }
});
