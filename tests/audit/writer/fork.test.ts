import { expect, test } from '@jest/globals';
import { readMemory } from '../../../src/signing/memory.js';
import { startChild } from '../../support/children.js';
import { describeOnBothDatabases } from '../../support/databases.js';
import { dataDirFor, ledgerProblems, openTestRecord, reading, recordSettings } from '../../support/record.js';

const PROCESSES = 3;
const WRITERS = 3;
const EVENTS = 21;
/** Each writer asks for a checkpoint after so many events of its own. */
const SIGN_EVERY = 7;
const TOTAL = PROCESSES * WRITERS * EVENTS;

// That numbers neither fork nor repeat, with the whole program and a verifier looking on, is shown in tests/system.
describeOnBothDatabases('several processes that sign one ledger while all of them write to it', (fresh) => {
  test('sign one history, and each goes on from what the others have signed', async () => {
    const database = await fresh();
    const settings = recordSettings(database, { blockMaxMs: 20_000 });
    const children = Array.from({ length: PROCESSES }, (_, index) =>
      startChild('forkWriter.js', {
        settings,
        writers: WRITERS,
        events: EVENTS,
        signEvery: SIGN_EVERY,
        name: `process ${index}`,
      }),
    );
    // They also open the ledger, make its key and sign its beginning all at once.
    for (const child of children) await child.next();
    for (const child of children) child.tell('go');
    const asked = await Promise.all(children.map((child) => child.next<number[]>()));
    await Promise.all(children.map((child) => child.end()));

    expect(await ledgerProblems(database)).toEqual([]);
    const rows = await reading(database, (reads) =>
      reads.all<{ size: number }>(`SELECT "size" FROM "LedgerCheckpoint"`),
    );
    const sizes = new Set(rows.map(({ size }) => size));
    expect(asked.flat()).toHaveLength(TOTAL / SIGN_EVERY);
    expect(asked.flat().filter((size) => !sizes.has(size))).toEqual([]);
    // More than one of them got to sign something that no other had signed already.
    expect(sizes.size).toBeGreaterThan(PROCESSES);
    expect(readMemory(dataDirFor(database), 'acme')?.size).toBe(TOTAL);
    await openTestRecord(database);
  });
});
