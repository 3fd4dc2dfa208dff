import { closeSync, fstatSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Child, startChild } from '../support/children.js';
import { freshSqlite } from '../support/databases.js';
import { type OwnPostgres, startOwnPostgres } from '../support/postgres.js';
import { smallDisk } from '../support/smallDisk.js';
import { tempFolder } from '../support/tempFolder.js';
import { Chance } from './chance.js';
import { byForm, PATIENCE_MS } from './form.js';
import { newPlace, type Place, readEntries } from './place.js';
import { Recording } from './recording.js';
import { verify } from './reeve.js';
import { until } from './until.js';

/**
 * The database goes away under a load and comes back. Nothing that was acknowledged is lost, receipts come in the
 * order of the lines, and numbers stand in the order of the lines.
 */

/** A way to take a place's database away, and to bring it back. */
interface Outage {
  place: Place;
  begin(): Promise<void>;
  end(): Promise<void>;
}

const locked = async (): Promise<Outage> => {
  const place = await newPlace(freshSqlite);
  let holder: Child;
  return {
    place,
    begin: async () => {
      if (place.database.kind !== 'sqlite') throw new Error('only SQLite has such a lock');
      holder = startChild('holdLock.js', place.database.path);
      expect(await holder.next()).toBe('held');
    },
    end: async () => {
      holder.tell('go');
      await holder.end();
    },
  };
};

describe('SQLite, its lock held by another process', () => comesBack(locked, 1));

describe('PostgreSQL, stopped and started again', () => {
  let server: OwnPostgres;
  beforeAll(async () => {
    server = await startOwnPostgres();
  });
  afterAll(() => server?.stop());

  comesBack(async () => {
    const place = await newPlace(async () => ({ kind: 'postgresql', url: await server.newDatabase() }));
    return { place, begin: () => server.stopServer(), end: () => server.startServer() };
  }, 2);
});

function comesBack(make: () => Promise<Outage>, seed: number): void {
  test(
    'during a load: what came meanwhile is recorded, in order, and nobody is told too early',
    async () => {
      const chance = new Chance(seed);
      const { place, begin, end } = await make();
      const lines = new Lines(chance);
      const recording = new Recording(place);
      recording.send(lines.next(100));
      await recording.answered(100);
      for (let outage = 0; outage < byForm(1, 6); outage++) {
        // The database goes in the middle of what it is doing.
        const before = recording.answers.length;
        recording.send(lines.next(600));
        await recording.answered(before + chance.between(1, 300));
        await begin();
        recording.send(lines.next(300));
        await until('events are spooled', () => spooled(place) > 0);
        const told = recording.answers.length;
        expect(told).toBeLessThan(lines.ids.length);
        recording.send(lines.next(50));
        await end();
        await recording.answered(lines.ids.length);
      }
      expect(await recording.end()).toBe(0);
      await expectAllInOrder(place, lines, recording);
      expect(spooled(place)).toBe(0);
    },
    PATIENCE_MS,
  );

  test(
    'while the process that recorded is killed, and so is the next one half-way through the spool',
    async () => {
      const chance = new Chance(seed + 10);
      const { place, begin, end } = await make();
      const lines = new Lines(chance);
      const first = new Recording(place);
      first.send(lines.next(20));
      await first.answered(20);
      await begin();
      first.send(lines.next(1900));
      await until('all events are spooled', () => spooled(place) === 1900);
      await first.kill();
      expect(first.receipts).toHaveLength(20);
      await end();

      let there = 20;
      for (let kill = 0; kill < byForm(2, 3); kill++) {
        const next = new Recording(place);
        const enough = there + chance.between(0, 500);
        await until('some of the spool is recorded', async () => {
          there = (await readEntries(place)).length;
          return there > Math.min(enough, lines.ids.length - 1);
        });
        await next.kill();
      }
      const last = new Recording(place);
      // Sent again by somebody who got no receipt: each gets the one it would have got.
      last.send(lines.texts);
      expect(await last.end()).toBe(0);
      expect(last.receipts.slice(0, 20)).toEqual(first.receipts);
      await expectAllInOrder(place, lines, last);
      expect(spooled(place)).toBe(0);
    },
    PATIENCE_MS,
  );
}

describe('a disk that is full', () => {
  test(
    'with the data directory elsewhere: events wait there, and are recorded once there is room',
    async () => {
      const disk = smallDisk('4m');
      if (disk === null) return;
      const path = join(disk.path, 'reeve.db');
      const place: Place = { database: { kind: 'sqlite', path }, dataDir: join(tempFolder(), 'data') };
      const lines = new Lines(new Chance(21));
      const recording = new Recording(place);
      recording.send(lines.next(30));
      await recording.answered(30);
      const filler = fill(disk.path);
      recording.send(lines.next(200));
      await until('events are spooled', () => spooled(place) > 0);
      rmSync(filler);
      await recording.answered(lines.ids.length);
      expect(await recording.end()).toBe(0);
      await expectAllInOrder(place, lines, recording);
      expect(spooled(place)).toBe(0);
    },
    PATIENCE_MS,
  );

  test(
    'with the spool on the same disk: what cannot be kept is refused line by line, and counted in the ledger later',
    async () => {
      const disk = smallDisk('4m');
      if (disk === null) return;
      const path = join(disk.path, 'reeve.db');
      const place: Place = { database: { kind: 'sqlite', path }, dataDir: disk.path };
      const lines = new Lines(new Chance(22));
      const recording = new Recording(place);
      recording.send(lines.next(30));
      await recording.answered(30);
      const filler = fill(disk.path);
      recording.send(lines.next(200));
      await recording.answered(230);
      const refused = recording.answers.filter((answer) => 'error' in answer);
      expect(refused.length).toBeGreaterThan(0);
      for (const { error } of refused) expect(error).toMatchObject({ code: 'SHED' });
      // Which line it was is told, so the caller knows what to send again.
      const refusedLines = refused.map(({ error }) => error.line);
      expect(
        recording.answers.map((answer, index) => ('error' in answer ? index + 1 : 0)).filter(Boolean),
      ).toEqual(refusedLines);

      rmSync(filler);
      await until('the loss is told', async () =>
        (await readEntries(place)).some(({ action }) => action === 'AUDIT_LOSS'),
      );
      const again = refusedLines.map((number) => lines.texts[number - 1]!);
      recording.send(again);
      await recording.answered(230 + again.length);
      expect(await recording.end()).toBe(1);

      const entries = await readEntries(place);
      const losses = entries.filter(({ action }) => action === 'AUDIT_LOSS');
      const counts = losses.map(({ metadata }) => (JSON.parse(metadata!) as { count: number }).count);
      expect(counts.reduce((sum, count) => sum + count)).toBe(refused.length);
      const seqs = new Map(entries.map(({ id, seq }) => [id, seq]));
      expect(recording.receipts).toHaveLength(lines.ids.length);
      for (const { id, seq } of recording.receipts) expect(seqs.get(id)).toBe(seq);
      expect(entries).toHaveLength(lines.ids.length + losses.length);
      expect(await verify(place)).toMatchObject({
        verdict: 'intact',
        status: 0,
        totalRecords: entries.length,
      });
    },
    PATIENCE_MS,
  );
});

/** Events with ids of our own, in the order in which they are sent. */
class Lines {
  readonly ids: string[] = [];
  readonly texts: string[] = [];
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  next(count: number): string[] {
    const texts = Array.from({ length: count }, () => {
      const id = this.#chance.uuid();
      const text = JSON.stringify({ action: 'CONFIG_CHANGE', id, metadata: { line: this.ids.push(id) } });
      this.texts.push(text);
      return text;
    });
    return texts;
  }
}

async function expectAllInOrder(place: Place, lines: Lines, recording: Recording): Promise<void> {
  const expected = lines.ids.map((id, index) => ({ seq: index + 1, id }));
  expect(recording.answers).toEqual(expected);
  const entries = await readEntries(place);
  expect(entries.map(({ seq, id }) => ({ seq, id }))).toEqual(expected);
  expect(await verify(place)).toMatchObject({
    verdict: 'intact',
    status: 0,
    covered: expected.length,
    totalRecords: expected.length,
  });
}

/** How many events lie in the spool of that place. */
function spooled(place: Place): number {
  let names: string[];
  try {
    names = readdirSync(join(place.dataDir, 'spool'));
  } catch {
    return 0;
  }
  let count = 0;
  for (const name of names) {
    let text: string;
    try {
      text = readFileSync(join(place.dataDir, 'spool', name), 'utf8');
    } catch {
      continue; // Drained meanwhile.
    }
    count += text.split('\n').length - 1;
  }
  return count;
}

/** Takes all the room that is left on a disk. Returns the file to remove. */
function fill(folder: string): string {
  const path = join(folder, 'filler');
  const descriptor = openSync(path, 'w');
  try {
    for (const size of [64 * 1024, 4096, 1]) {
      const piece = Buffer.alloc(size, 1);
      for (;;) writeSync(descriptor, piece, 0, size, fstatSync(descriptor).size);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(descriptor);
  }
  return path;
}
