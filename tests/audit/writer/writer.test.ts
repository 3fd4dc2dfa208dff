import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Draft } from '../../../src/audit/writer/draft.js';
import type { Fate } from '../../../src/audit/writer/fate.js';
import type { Loss } from '../../../src/audit/writer/losses.js';
import type { FailureMessage } from '../../../src/audit/writer/protocol.js';
import { Spool } from '../../../src/audit/writer/spool.js';
import { Writer, type WriterSettings } from '../../../src/audit/writer/writer.js';
import { Turns } from '../../../src/store/turns.js';
import { sampleDraft, sampleDrafts } from '../../support/drafts.js';
import { FakeClock } from '../../support/fakeClock.js';
import { tempFolder } from '../../support/tempFolder.js';
import { AWAY, MISMATCH, ScriptedThread } from './scriptedThread.js';

const CHECKPOINT_WITHIN_MS = 600_000;

let thread: ScriptedThread;
let clock: FakeClock;
let turns: Turns;
let folder: string;
let losses: Loss[];
let troubles: FailureMessage[];
beforeEach(() => {
  thread = new ScriptedThread();
  clock = new FakeClock();
  turns = new Turns();
  folder = join(tempFolder(), 'spool');
  losses = [];
  troubles = [];
});

function makeWriter({
  room = 1024 * 1024,
  ...settings
}: Partial<WriterSettings> & { room?: number } = {}): Writer {
  return new Writer({
    thread,
    spool: new Spool(folder, 'acme', room),
    turns,
    clock,
    settings: { batchMax: 500, batchWaitMs: 0, blockMaxMs: 2000, ...settings },
    checkpointWithinMs: CHECKPOINT_WITHIN_MS,
    lossDraft(loss) {
      losses.push(loss);
      return sampleDraft(0);
    },
    onTrouble: (failure) => void troubles.push(failure),
    onCommitted: () => {},
  });
}

const statuses = (fates: Fate[]) => fates.map((fate) => fate.status);
const idsOf = (drafts: Draft[]) => drafts.map((draft) => draft.id);
const appendAll = (writer: Writer, drafts: Draft[]) =>
  Promise.all(drafts.map((draft) => writer.append(draft)));
const settled = async <T>(promise: Promise<T>): Promise<T | 'pending'> => {
  await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([promise, Promise.resolve('pending' as const)]);
};

describe('group commit', () => {
  test('writes what is recorded in one turn of the loop together, in the order of the calls', async () => {
    const drafts = sampleDrafts(120);
    const fates = await appendAll(makeWriter(), drafts);
    expect(thread.batches).toEqual([120]);
    expect(fates).toEqual(drafts.map(({ id }, index) => ({ status: 'committed', seq: index + 1, id })));
  });

  test('puts what arrives meanwhile into the next batches, none above the ceiling', async () => {
    const writer = makeWriter({ batchMax: 50 });
    const first = sampleDrafts(10);
    const then = sampleDrafts(120);
    thread.mood = 'silent';
    const early = appendAll(writer, first);
    await settled(early);
    const late = appendAll(writer, then);
    await settled(late);
    thread.release();
    expect(statuses([...(await early), ...(await late)])).toEqual(Array(130).fill('committed'));
    expect(thread.batches).toEqual([10, 50, 50, 20]);
    expect(thread.written).toEqual(idsOf([...first, ...then]));
  });

  test('waits for company only where it is told to', async () => {
    const writer = makeWriter({ batchWaitMs: 20 });
    const [one, two] = sampleDrafts(2);
    const first = writer.append(one!);
    await clock.advance(10);
    const second = writer.append(two!);
    await clock.advance(10);
    await Promise.all([first, second]);
    expect(thread.batches).toEqual([2]);
  });
});

describe('when the database is away', () => {
  test('the batch goes to the spool, and what follows behind it, until all is written in order', async () => {
    const writer = makeWriter();
    const drafts = sampleDrafts(6);
    thread.mood = AWAY;
    const first = await appendAll(writer, drafts.slice(0, 2));
    const second = await appendAll(writer, drafts.slice(2, 4));
    expect(statuses([...first, ...second])).toEqual(Array(4).fill('spooled'));
    expect(writer.status()).toMatchObject({
      state: 'degraded',
      why: 'it is away',
      spooled: 4,
      since: clock.now(),
    });
    expect(troubles.map(({ code }) => code)).toEqual(['AWAY']);

    thread.mood = 'well';
    // Back as it is, nothing overtakes what waits.
    const third = await appendAll(writer, drafts.slice(4));
    expect(statuses(third)).toEqual(['spooled', 'spooled']);
    await clock.advance(250);
    expect(thread.written).toEqual(idsOf(drafts));
    const fates = [...first, ...second, ...third];
    const receipts = await Promise.all(fates.map((fate) => fate.status === 'spooled' && fate.committed));
    expect(receipts).toEqual(drafts.map(({ id }, index) => ({ seq: index + 1, id })));
    expect(writer.status()).toMatchObject({ state: 'ok', why: null, spooled: 0, since: null, shed: 0 });
    expect(statuses(await appendAll(writer, sampleDrafts(1)))).toEqual(['committed']);
  });

  test('nothing overtakes a batch that fails while the next one is under way', async () => {
    const writer = makeWriter({ batchMax: 2 });
    const drafts = sampleDrafts(8);
    thread.mood = AWAY;
    const fates = appendAll(writer, drafts);
    await Promise.resolve();
    expect(statuses(await fates)).toEqual(Array(8).fill('spooled'));
    thread.mood = 'well';
    await clock.advance(250);
    expect(thread.written).toEqual(idsOf(drafts));
    expect(troubles.map(({ code }) => code)).toEqual(['AWAY']);
  });

  test('it is asked again after longer and longer pauses, up to five seconds', async () => {
    const writer = makeWriter();
    thread.mood = AWAY;
    await appendAll(writer, sampleDrafts(1));
    const asked: number[] = [];
    const ask = thread.ask;
    const began = clock.now();
    thread.ask = ((job) => {
      asked.push(clock.now() - began);
      return ask(job);
    }) as typeof ask;
    await clock.advance(20_000);
    expect(asked).toEqual([250, 750, 1750, 3750, 7750, 12_750, 17_750]);
  });

  test('flush() does not wait for the next pause, and does not wait for ever', async () => {
    const writer = makeWriter();
    thread.mood = AWAY;
    await appendAll(writer, sampleDrafts(2));
    await writer.flush();
    expect(thread.written).toEqual([]);
    thread.mood = 'well';
    await writer.flush();
    expect(thread.written).toHaveLength(2);
  });

  test('closing leaves what is spooled to the next start, which writes it before anything else', async () => {
    const writer = makeWriter();
    const drafts = sampleDrafts(3);
    thread.mood = AWAY;
    const fates = await appendAll(writer, drafts);
    await writer.close();
    const [fate] = fates;
    await expect(fate?.status === 'spooled' && fate.committed).rejects.toThrow('next start');
    expect(statuses(await appendAll(writer, sampleDrafts(1)))).toEqual(['shed']);
    expect(clock.pending).toBe(0);

    thread.restart();
    const next = makeWriter();
    await next.start();
    const after = sampleDraft(9);
    await next.append(after);
    expect(thread.written).toEqual(idsOf([...drafts, after]));
  });
});

describe('nobody is kept waiting longer than the limit', () => {
  test('by a database that does not answer', async () => {
    const writer = makeWriter();
    thread.mood = 'silent';
    const fate = writer.append(sampleDraft(1));
    await clock.advance(1999);
    expect(await settled(fate)).toBe('pending');
    await clock.advance(1);
    expect((await fate).status).toBe('spooled');
  });

  test('not even those who came just after a batch that took its time', async () => {
    const writer = makeWriter({ batchMax: 1 });
    thread.mood = 'silent';
    const early = appendAll(writer, sampleDrafts(2));
    await clock.advance(1900);
    const late = writer.append(sampleDraft(3));
    await clock.advance(2000);
    expect(statuses([...(await early), await late])).toEqual(['spooled', 'spooled', 'spooled']);
  });

  test('by a signature that takes its time', async () => {
    const writer = makeWriter();
    thread.signMood = 'silent';
    await appendAll(writer, sampleDrafts(1000));
    const next = writer.append(sampleDraft(1001));
    await clock.advance(2000);
    expect((await next).status).toBe('spooled');
    thread.release();
    await clock.advance(500);
    expect(thread.written).toHaveLength(1001);
  });

  test('by somebody else’s turn', async () => {
    const writer = makeWriter();
    let over: () => void = () => {};
    const turn = turns.run(
      () =>
        new Promise<void>((resolve) => {
          over = resolve;
        }),
    );
    const fate = writer.append(sampleDraft(1));
    await clock.advance(2000);
    expect((await fate).status).toBe('spooled');
    over();
    await turn;
    await clock.advance(250);
    expect(thread.written).toHaveLength(1);
  });

  test('and what was written after all is not written twice', async () => {
    const writer = makeWriter();
    thread.mood = 'silent';
    const draft = sampleDraft(1);
    const fate = writer.append(draft);
    await clock.advance(2000);
    const spooled = await fate;
    thread.release();
    await clock.advance(250);
    expect(thread.written).toEqual([draft.id]);
    expect(spooled.status === 'spooled' && (await spooled.committed)).toEqual({ seq: 1, id: draft.id });
  });
});

describe('what cannot be kept', () => {
  const SMALL = 1500;

  test('is shed with a reason, counted, and told in one entry with the count', async () => {
    const writer = makeWriter({ room: SMALL });
    thread.mood = AWAY;
    const from = clock.now();
    const fates = await appendAll(writer, sampleDrafts(10));
    const kept = fates.filter((fate) => fate.status === 'spooled').length;
    expect(kept).toBeGreaterThan(0);
    expect(fates.slice(kept).map((fate) => fate.status === 'shed' && fate.reason)).toEqual(
      Array(10 - kept).fill(expect.stringContaining('AUDIT_SPOOL_MAX_BYTES')),
    );
    expect(writer.status()).toMatchObject({ state: 'failing', spooled: kept, shed: 10 - kept });
    await clock.advance(100);
    await appendAll(writer, sampleDrafts(1));
    thread.mood = 'well';
    await clock.advance(150);
    expect(losses).toEqual([
      { count: 11 - kept, from, until: from + 100, reason: expect.stringContaining('AUDIT_SPOOL_MAX_BYTES') },
    ]);
    expect(thread.written).toHaveLength(kept + 1);
    expect(writer.status()).toMatchObject({ state: 'ok', shed: 11 - kept });
  });

  test('while that entry is being written is told in the next one', async () => {
    const writer = makeWriter({ room: SMALL });
    thread.mood = AWAY;
    await appendAll(writer, sampleDrafts(10));
    const first = writer.status().shed;
    thread.mood = 'silent';
    await clock.advance(250);
    thread.releaseOne();
    await clock.advance(1);
    const more = await appendAll(writer, sampleDrafts(10));
    const second = more.filter((fate) => fate.status === 'shed').length;
    thread.release();
    await clock.advance(500);
    expect(losses.map(({ count }) => count)).toEqual([first, second]);
    expect(writer.status()).toMatchObject({ state: 'ok', shed: first + second });
  });

  test('is told once, also where the entry that tells it had to be tried again', async () => {
    const writer = makeWriter({ room: SMALL });
    thread.mood = AWAY;
    await appendAll(writer, sampleDrafts(10));
    thread.mood = 'silent';
    await clock.advance(250 + 2000);
    thread.release();
    await clock.advance(10_000);
    expect(losses).toHaveLength(1);
    expect(new Set(thread.written).size).toBe(thread.written.length);
    expect(writer.status().state).toBe('ok');
  });

  test('is told by the next start where this one ends before it could', async () => {
    const writer = makeWriter({ room: SMALL });
    thread.mood = AWAY;
    await appendAll(writer, sampleDrafts(10));
    const { spooled } = writer.status();
    await writer.close();
    expect(losses).toHaveLength(1);
    thread.restart();
    await makeWriter({ room: SMALL }).start();
    expect(thread.written).toHaveLength(spooled + 1);
  });

  test('an event that never became one is counted without sending the others to the spool', async () => {
    const writer = makeWriter();
    expect(writer.lose('it could not be read')).toMatchObject({
      status: 'shed',
      reason: 'it could not be read',
    });
    expect(statuses(await appendAll(writer, sampleDrafts(2)))).toEqual(['committed', 'committed']);
    await clock.advance(250);
    expect(losses).toEqual([expect.objectContaining({ count: 1, reason: 'it could not be read' })]);
    expect(thread.written).toHaveLength(3);
    expect(writer.status()).toMatchObject({ state: 'ok', shed: 1 });
  });

  test('an event the database will never take is found among the others, which are written', async () => {
    const writer = makeWriter();
    const drafts = sampleDrafts(9);
    thread.poison.add(drafts[4]!.id);
    thread.poison.add(drafts[7]!.id);
    const fates = await appendAll(writer, drafts);
    expect(statuses(fates)).toEqual(Array(9).fill('spooled'));
    await clock.advance(250);
    const outcomes = await Promise.allSettled(
      fates.map((fate) => fate.status === 'spooled' && fate.committed),
    );
    expect(
      outcomes.map(({ status }, index) => (status === 'rejected' ? index : null)).filter(Number),
    ).toEqual([4, 7]);
    expect(thread.written.slice(0, 7)).toEqual(idsOf(drafts.filter((_, index) => ![4, 7].includes(index))));
    expect(losses.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(writer.status()).toMatchObject({ state: 'ok', spooled: 0, shed: 2 });
  });
});

describe('checkpoints', () => {
  test('are signed after a thousand entries, and ten minutes after the first that is not covered', async () => {
    const writer = makeWriter();
    await appendAll(writer, sampleDrafts(999));
    expect([thread.signed, writer.status().unsigned]).toEqual([0, 999]);
    await appendAll(writer, sampleDrafts(1));
    await clock.advance(0);
    expect([thread.signed, writer.status().unsigned]).toEqual([1000, 0]);
    await appendAll(writer, sampleDrafts(3));
    await clock.advance(CHECKPOINT_WITHIN_MS - 1);
    expect(thread.signed).toBe(1000);
    await clock.advance(1);
    expect([thread.signed, writer.status().unsigned, clock.pending]).toEqual([1003, 0, 0]);
  });

  test('that could not be signed are tried again, also when nothing more is recorded', async () => {
    const writer = makeWriter();
    await appendAll(writer, sampleDrafts(2));
    thread.signMood = AWAY;
    await clock.advance(CHECKPOINT_WITHIN_MS);
    expect([thread.signed, writer.status().unsigned]).toEqual([0, 2]);
    thread.signMood = 'well';
    await clock.advance(CHECKPOINT_WITHIN_MS);
    expect([thread.signed, writer.status().unsigned]).toEqual([2, 0]);
  });

  test('are signed when the record is closed', async () => {
    const writer = makeWriter();
    await appendAll(writer, sampleDrafts(2));
    await writer.close();
    expect([thread.signed, clock.pending]).toEqual([2, 0]);
  });

  test('that the key refuses end all writing: events wait in the spool, and changes are refused', async () => {
    const writer = makeWriter();
    await appendAll(writer, sampleDrafts(2));
    writer.demandWritable();
    thread.signMood = MISMATCH;
    await expect(writer.checkpoint()).rejects.toThrow(MISMATCH.message);
    expect(statuses(await appendAll(writer, sampleDrafts(2)))).toEqual(['spooled', 'spooled']);
    await clock.advance(60_000);
    await writer.flush();
    expect(thread.written).toHaveLength(2);
    expect(() => writer.demandWritable()).toThrow(
      expect.objectContaining({ code: MISMATCH.code, hint: MISMATCH.hint }),
    );
    expect(writer.status()).toMatchObject({ state: 'failing', why: MISMATCH.message });
    expect(troubles.map(({ code }) => code)).toContain(MISMATCH.code);
  });
});
