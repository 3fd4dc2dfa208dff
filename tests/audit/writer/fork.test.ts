import { expect, test } from '@jest/globals';
import { readMemory } from '../../../src/signing/memory.js';
import { startChild } from '../../support/children.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import {
  dataDirFor,
  ledgerProblems,
  openTestRecord,
  readEntries,
  recordSettings,
} from '../../support/record.js';

const PROCESSES = 6;
const WRITERS = 8;
const EVENTS = 20;
const TOTAL = PROCESSES * WRITERS * EVENTS;

interface Written {
  seq: number;
  what: string;
}

describeOnBothDatabases('six processes of eight writers each on one ledger', (fresh) => {
  test('never fork, skip or repeat a number, keep each writer’s order, and their signatures hold', async () => {
    const database = await fresh();
    const settings = recordSettings(database, { blockMaxMs: 20_000 });
    const children = Array.from({ length: PROCESSES }, (_, index) =>
      startChild('forkWriter.js', { settings, writers: WRITERS, events: EVENTS, name: `process ${index}` }),
    );
    // They also open the ledger, make its key and sign its beginning all at once.
    for (const child of children) await child.next();
    for (const child of children) child.tell('go');
    const written = (await Promise.all(children.map((child) => child.next<Written[]>()))).flat();
    await Promise.all(children.map((child) => child.end()));

    expect(written.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: TOTAL }, (_, index) => index + 1),
    );
    const entries = await readEntries(database);
    const told = new Map(written.map(({ seq, what }) => [seq, what]));
    expect(entries.map((entry) => entry.rest?.description)).toEqual(
      entries.map((entry) => told.get(entry.public.seq)),
    );
    const orders = new Map<string, number[]>();
    for (const entry of entries) {
      const [, writer, n] = /^(.*) (\d+)$/.exec(entry.rest?.description ?? '') ?? [];
      orders.set(writer!, [...(orders.get(writer!) ?? []), Number(n)]);
    }
    expect(orders.size).toBe(PROCESSES * WRITERS);
    for (const order of orders.values()) expect(order).toEqual(Array.from({ length: EVENTS }, (_, n) => n));

    expect(await ledgerProblems(database)).toEqual([]);
    expect(readMemory(dataDirFor(database), 'acme')?.size).toBe(TOTAL);
    await openTestRecord(database);
  });
});
