import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { startChild } from '../support/children.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { byForm, PATIENCE_MS } from './form.js';
import { environmentAt, newPlace, type Place, readCheckpointSizes, readEntries } from './place.js';
import { verify } from './reeve.js';

/** The furthest that two checkpoints may lie apart. */
const CHECKPOINT_EVERY = 1000;

const PROCESSES = 6;
const WRITERS = 8;

interface Told {
  writer: string;
  event: number;
  status: string;
  seq: number;
  id: string;
}

/** Verifies again and again, in full and from the newest checkpoint, until the writers have ended. */
async function watch(place: Place, end: Promise<unknown>): Promise<Awaited<ReturnType<typeof verify>>[]> {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  const verdicts = [];
  for (let look = 0; !isOver; look++) {
    verdicts.push(await (look % 2 === 0 ? verify(place) : verify(place, '--since-checkpoint')));
  }
  await over;
  return verdicts;
}

describeOnBothDatabases('six processes with eight writers each on one ledger', (fresh) => {
  const events = byForm(30, 500);

  test(
    'neither fork it, nor skip or repeat a number, from their common first start on',
    async () => {
      const place = await newPlace(fresh);
      const argument = { env: environmentAt(place), cwd: tmpdir(), writers: WRITERS, events };
      // All at once on nothing at all: one of them migrates and makes the key, the others take what it made.
      const children = Array.from({ length: PROCESSES }, (_, index) =>
        startChild('manyWriters.js', { ...argument, name: `p${index}` }),
      );
      for (const child of children) expect(await child.next()).toBe('ready');
      for (const child of children) child.tell('go');
      const watched = watch(place, Promise.all(children.map((child) => child.end())));
      const told = await Promise.all(
        children.map(async (child) => {
          const lines: Told[] = [];
          for (let i = 0; i < WRITERS * events; i++) lines.push(await child.next<Told>());
          return lines;
        }),
      );

      // Whoever verified while they wrote saw a ledger that was whole at that moment.
      for (const verdict of await watched)
        expect(verdict).toMatchObject({ isValid: true, status: 0, gaps: [] });
      const total = PROCESSES * WRITERS * events;
      const receipts = told.flat().sort((a, b) => a.seq - b.seq);
      expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
      const entries = await readEntries(place);
      expect(entries.map(({ seq, id }) => ({ seq, id }))).toEqual(
        receipts.map(({ seq, id }) => ({ seq, id })),
      );
      // Each writer waited for its receipt, so its events stand in the order in which it made them.
      for (const lines of told) {
        for (let writer = 0; writer < WRITERS; writer++) {
          const own = lines.filter((line) => line.writer.endsWith(`-${writer}`));
          expect(own.map(({ event }) => event)).toEqual(Array.from({ length: events }, (_, index) => index));
          expect(own.map(({ seq }) => seq)).toEqual(own.map(({ seq }) => seq).sort((a, b) => a - b));
        }
      }

      const verdict = await verify(place);
      expect(verdict).toMatchObject({ verdict: 'intact', status: 0, totalRecords: total, covered: total });
      const sizes = await readCheckpointSizes(place);
      expect(sizes[0]).toBe(0);
      expect(sizes.at(-1)).toBe(total);
      const steps = sizes.slice(1).map((size, index) => size - sizes[index]!);
      expect(Math.max(...steps)).toBeLessThanOrEqual(CHECKPOINT_EVERY);
    },
    PATIENCE_MS,
  );
});
