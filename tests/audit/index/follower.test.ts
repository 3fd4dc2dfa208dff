import { beforeEach, describe, expect, test } from '@jest/globals';
import { IndexFollower } from '../../../src/audit/index/follower.js';
import type { CatchUpOptions } from '../../../src/audit/index/grower.js';
import { FakeClock } from '../../support/fakeClock.js';

/** An index whose ledger has `pending` entries for it. */
class FakeIndex {
  pending = 0;
  runs = 0;
  failure: Error | null = null;
  hold: Promise<void> = Promise.resolve();
  signal: AbortSignal | undefined;

  async catchUp({ onProgress, signal }: CatchUpOptions = {}): Promise<number> {
    this.runs += 1;
    this.signal = signal;
    await this.hold;
    if (this.failure !== null) throw this.failure;
    if (this.pending > 0) onProgress?.({ seq: this.pending, until: this.pending });
    this.pending = 0;
    return 0;
  }
}

describe('a follower', () => {
  let clock: FakeClock;
  let index: FakeIndex;
  let troubles: unknown[];
  let follower: IndexFollower;

  beforeEach(() => {
    clock = new FakeClock();
    index = new FakeIndex();
    troubles = [];
    follower = new IndexFollower(index, clock, (error) => troubles.push(error));
  });

  test('looks at once, then rarely while nothing is new', async () => {
    follower.start();
    await clock.advance(0);
    expect(index.runs).toBe(1);
    await clock.advance(60_000);
    expect(index.runs).toBe(5);
  });

  test('looks again within a second after something was new', async () => {
    index.pending = 3;
    follower.start();
    await clock.advance(1000);
    expect(index.runs).toBe(2);
  });

  test('is nudged by a commit, once for many', async () => {
    follower.start();
    await clock.advance(0);
    for (let i = 0; i < 100; i++) follower.nudge();
    expect(clock.pending).toBe(1);
    await clock.advance(1000);
    expect(index.runs).toBe(2);
  });

  test('does not forget a nudge that comes while it is at work', async () => {
    let release = () => {};
    index.hold = new Promise((resolve) => {
      release = resolve;
    });
    follower.start();
    await clock.advance(0);
    follower.nudge();
    release();
    await clock.advance(1000);
    expect(index.runs).toBe(2);
  });

  test('tells of a failure and tries again later', async () => {
    index.failure = new Error('away');
    follower.start();
    await clock.advance(59_999);
    expect([index.runs, troubles.length]).toEqual([1, 1]);
    await clock.advance(1);
    expect(index.runs).toBe(2);
  });

  test('stops what it is at and leaves nothing behind', async () => {
    let release = () => {};
    index.hold = new Promise((resolve) => {
      release = resolve;
    });
    follower.start();
    await clock.advance(0);
    const stopped = follower.stop();
    expect(index.signal?.aborted).toBe(true);
    release();
    await stopped;
    expect(clock.pending).toBe(0);
    follower.nudge();
    expect(clock.pending).toBe(0);
  });

  test('that was never started does nothing', async () => {
    follower.nudge();
    await follower.stop();
    expect([clock.pending, index.runs]).toEqual([0, 0]);
  });
});
