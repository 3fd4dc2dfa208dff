import { setTimeout as after, setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type FreshDatabase, freshSqlite, usePostgres } from '../support/databases.js';
import { Chance } from './chance.js';
import { byForm, PATIENCE_MS } from './form.js';
import { type Numbered, newPlace, type Place, readEntries } from './place.js';
import { Recording } from './recording.js';
import { reeve, verify } from './reeve.js';

/**
 * A process that is killed at any moment takes nothing with it that it has given a receipt for, and leaves a
 * ledger that verifies. Events carry ids of our own, so what became of each of them can be told afterwards.
 */
const BURST = 40;
const AHEAD = 400;

/** After how many receipts, and how much later. */
interface Moment {
  receipts: number;
  ms: number;
}

class Killing {
  readonly #place: Place;
  readonly #chance: Chance;
  /** The number that the first receipt of each id told. */
  readonly #receipts = new Map<string, number>();
  readonly #sent = new Map<string, string>();

  constructor(place: Place, chance: Chance) {
    this.#place = place;
    this.#chance = chance;
  }

  get receiptCount(): number {
    return this.#receipts.size;
  }

  /** Starts, streams, kills, and looks at what is there. */
  async round(moment: Moment): Promise<void> {
    const recording = new Recording(this.#place);
    // Some that have no receipt are sent again, as a caller would who does not know; and a few that have one.
    recording.send(this.#again());
    await this.#streamUntil(recording, moment);
    this.#keep(recording);
    await this.#look();
  }

  /** The last process ends by itself; then everything that was ever sent is there, once. */
  async finish(): Promise<void> {
    const recording = new Recording(this.#place);
    const unreceipted = [...this.#sent].filter(([id]) => !this.#receipts.has(id));
    recording.send(unreceipted.map(([, line]) => line));
    expect(await recording.end()).toBe(0);
    this.#keep(recording);
    expect(this.#receipts.size).toBe(this.#sent.size);
    expect(await this.#look()).toHaveLength(this.#sent.size);
  }

  async #streamUntil(recording: Recording, { receipts, ms }: Moment): Promise<void> {
    let killed = false;
    const stream = async (): Promise<void> => {
      for (let sent = 0; !killed; sent += BURST) {
        recording.send(Array.from({ length: BURST }, () => this.#newLine()));
        await recording.answered(sent + BURST - AHEAD);
        await turn();
      }
    };
    const streaming = stream();
    await recording.answered(receipts);
    await after(ms);
    killed = true;
    await recording.kill();
    await streaming;
  }

  #newLine(): string {
    const id = this.#chance.uuid();
    const line = JSON.stringify({
      action: 'CONFIG_CHANGE',
      id,
      actorPhone: '+12025550100',
      entityId: `setting-${this.#sent.size}`,
      after: { value: this.#sent.size },
    });
    this.#sent.set(id, line);
    return line;
  }

  #again(): string[] {
    return [...this.#sent]
      .filter(([id]) => this.#chance.between(1, this.#receipts.has(id) ? 20 : 2) === 1)
      .map(([, line]) => line);
  }

  #keep(recording: Recording): void {
    expect(recording.answers.filter((answer) => 'error' in answer)).toEqual([]);
    // Whoever asks again is told the same.
    const others = recording.receipts.filter(({ id, seq }) => (this.#receipts.get(id) ?? seq) !== seq);
    expect(others).toEqual([]);
    for (const { id, seq } of recording.receipts) this.#receipts.set(id, seq);
  }

  async #look(): Promise<Numbered[]> {
    if (this.#receipts.size === 0 && (await this.#hasNothingYet())) return [];
    const verdict = await verify(this.#place);
    const entries = await readEntries(this.#place);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    const seqs = new Map(entries.map(({ id, seq }) => [id, seq]));
    expect(seqs.size).toBe(entries.length);
    expect([...this.#receipts].filter(([id, seq]) => seqs.get(id) !== seq)).toEqual([]);
    expect(entries.filter(({ id }) => !this.#sent.has(id))).toEqual([]);
    expect(verdict).toMatchObject({ status: 0, totalRecords: entries.length, gaps: [], altered: [] });
    // One that was killed between its first breath and its first signature has written nothing either.
    if (entries.length > 0) expect(verdict.verdict).toBe('intact');
    return entries;
  }

  /** Killed before there was a ledger at all, or before its first checkpoint. */
  async #hasNothingYet(): Promise<boolean> {
    const { status, stdout, stderr } = await reeve(this.#place, ['verify', '--json']);
    if (status === 2 && /"(NO_LEDGER|MIGRATION_NEEDED)"/.test(stderr)) return true;
    return status === 1 && JSON.parse(stdout).verdict === 'unverifiable' && JSON.parse(stdout).to === 0;
  }
}

/** Kills at moments spread over a start and a load, again and again in one place. */
async function killAgain(fresh: FreshDatabase, rounds: number, seed: number): Promise<void> {
  const chance = new Chance(seed);
  const killing = new Killing(await newPlace(fresh), chance);
  for (let round = 0; round < rounds; round++) {
    const isStarting = round > 0 && chance.between(1, 4) === 1;
    await killing.round(
      isStarting
        ? { receipts: 0, ms: chance.between(0, 700) }
        : { receipts: chance.between(1, 600), ms: chance.between(0, 25) },
    );
  }
  await killing.finish();
  // One that only ever kills what has not begun yet would prove nothing.
  expect(killing.receiptCount).toBeGreaterThan(rounds * 50);
}

/** Kills the very first start, which migrates and makes the key; what comes next must find its way from there. */
async function killFirstStarts(fresh: FreshDatabase, rounds: number, seed: number): Promise<void> {
  const chance = new Chance(seed);
  const first = new Recording(await newPlace(fresh));
  const before = performance.now();
  first.send(['{"action":"CONFIG_CHANGE"}']);
  await first.answered(1);
  const startMs = performance.now() - before;
  await first.end();
  for (let round = 0; round < rounds; round++) {
    const killing = new Killing(await newPlace(fresh), chance);
    await killing.round({ receipts: 0, ms: startMs * (0.5 + chance.fraction() / 2) });
    await killing.round({ receipts: 1, ms: 0 });
    if (round === rounds - 1) await killing.finish();
  }
}

describe('every receipt that was printed outlives any number of kills', () => {
  const postgres = usePostgres();
  test('on SQLite', () => killAgain(freshSqlite, byForm(6, 60), 1), PATIENCE_MS);
  test('on PostgreSQL', () => killAgain(postgres, byForm(3, 25), 2), PATIENCE_MS);
  test(
    'from the first start on, on SQLite',
    () => killFirstStarts(freshSqlite, byForm(2, 40), 3),
    PATIENCE_MS,
  );
  test(
    'from the first start on, on PostgreSQL',
    () => killFirstStarts(postgres, byForm(1, 20), 4),
    PATIENCE_MS,
  );
});
