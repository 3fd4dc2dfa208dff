import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Child, startChild } from '../support/children.js';
import { freshSqlite } from '../support/databases.js';
import { tempFolder } from '../support/tempFolder.js';
import { environmentAt, newPlace, type Place } from './place.js';

/** Starts a host that will await these one after another, and lets it open the record. */
async function startHost(place: Place, waits: string[]) {
  const env = environmentAt(place, {
    AUDIT_BLOCK_MAX_MS: '300',
    AUDIT_NDJSON_DIR: join(place.dataDir, 'mirror'),
  });
  const host = startChild('hostScript.js', { env, cwd: tempFolder(), waits });
  expect(await host.next()).toBe('open');
  return host;
}

/** What it says from there on. Node ends with 13 when nothing is left to do while a script still awaits something. */
async function endOf(host: Child): Promise<string[]> {
  host.tell('go');
  const lines: string[] = [];
  for (let line = ''; line !== 'done'; lines.push(line)) line = await host.next<string>();
  await host.end();
  return lines;
}

/** Somebody who has the write lock until the test is over. */
async function lock({ database }: Place): Promise<void> {
  if (database.kind === 'sqlite') await startChild('holdLock.js', database.path).next();
}

describe('a script that only uses the library comes to its own end', () => {
  test.each([
    'flush close',
    'fate flush flush close',
    'close',
    'transact close',
    'sign close',
    'search close',
  ])('awaiting %s while another process has the lock', async (waits) => {
    const place = await newPlace(() => freshSqlite());
    const host = await startHost(place, waits.split(' '));
    await lock(place);
    expect((await endOf(host)).at(-1)).toBe('done');
  });

  test('that opens the record when somebody has the lock already', async () => {
    const place = await newPlace(() => freshSqlite());
    await endOf(await startHost(place, ['close']));
    await lock(place);
    const host = await startHost(place, ['flush', 'close']);
    expect((await endOf(host)).at(-1)).toBe('done');
  });

  test('and with nothing in its way', async () => {
    const host = await startHost(await newPlace(() => freshSqlite()), [
      'fate',
      'flush',
      'transact',
      'sign',
      'search',
      'close',
    ]);
    expect(await endOf(host)).toEqual(['done']);
  });
});
