import { describe, expect, test } from '@jest/globals';
import { NotSent, SendQueue } from '../../../../src/chat/gateways/whatsapp/sendQueue.js';
import { FakeClock } from '../../../support/fakeClock.js';

function open(random = 0.5) {
  const clock = new FakeClock();
  const queue = new SendQueue({ clock, random: () => random });
  const sent: { what: string; at: number }[] = [];
  const start = clock.now();
  const push = (chat: string, what: string, isUnasked = false) =>
    queue.push(chat, isUnasked, async () => {
      sent.push({ what, at: clock.now() - start });
    });
  return { clock, queue, sent, push };
}

describe('the queue of what is sent', () => {
  test('one chat keeps its order and its distance; others do not wait for it', async () => {
    const { clock, sent, push } = open();
    const all = Promise.all([push('a', 'a1'), push('a', 'a2'), push('a', 'a3'), push('b', 'b1')]);
    await clock.advance(2_000);
    await all;
    expect(sent).toEqual([
      { what: 'a1', at: 0 },
      { what: 'b1', at: 0 },
      { what: 'a2', at: 500 },
      { what: 'a3', at: 1_000 },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('the distance changes by chance within its bounds, and counts after the last one as well', async () => {
    for (const [random, gap] of [
      [0, 250],
      [1, 750],
    ] as const) {
      const { clock, sent, push } = open(random);
      await push('a', 'a1');
      await clock.advance(100);
      const second = push('a', 'a2');
      await clock.advance(1_000);
      await second;
      expect(sent.map(({ at }) => at)).toEqual([0, gap]);
    }
  });

  test('a failure is told to its own sender, and the next one goes', async () => {
    const { clock, queue, sent, push } = open();
    const failed = queue.push('a', false, () => Promise.reject(new Error('no')));
    const next = push('a', 'a2');
    await expect(failed).rejects.toThrow('no');
    await clock.advance(1_000);
    await next;
    expect(sent).toHaveLength(1);
  });

  test('what nobody asked for has twenty places a minute, and answers pass it by', async () => {
    const { clock, sent, push } = open();
    const all = Array.from({ length: 30 }, (_, index) => push(`chat ${index}`, `unasked ${index}`, true));
    await clock.advance(0);
    expect(sent).toHaveLength(20);
    await push('chat 29', 'an answer');
    expect(sent.at(-1)!.what).toBe('an answer');
    await clock.advance(59_000);
    expect(sent).toHaveLength(21);
    await clock.advance(2_000);
    await Promise.all(all);
    expect(sent).toHaveLength(31);
    expect(clock.pending).toBe(0);
  });

  test('is drained when nothing waits and nothing is under way', async () => {
    const { clock, queue, push } = open();
    await queue.drained();
    let isDrained = false;
    const all = [push('a', 'a1'), push('a', 'a2')];
    const drained = queue.drained().then(() => {
      isDrained = true;
    });
    await all[0];
    expect(isDrained).toBe(false);
    await clock.advance(1_000);
    await drained;
  });

  test('closed, it rejects what waits and what comes, and lets what has begun end', async () => {
    const { clock, queue, push } = open();
    let finish = (): void => {};
    const begun = queue.push('a', false, () => new Promise((resolve) => (finish = resolve)));
    const waiting = [push('a', 'a2'), ...Array.from({ length: 21 }, () => push('b', 'b', true))];
    const outcomes = Promise.allSettled(waiting);
    queue.close(new NotSent('CLOSED', 'closed'));
    await expect(push('a', 'a3')).rejects.toThrow('closed');
    finish();
    await begun;
    expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(waiting.length - 1);
    expect(clock.pending).toBe(0);
  });

  test('what nobody asked for takes no room from answers: what would wait for minutes is refused', async () => {
    const { clock, queue, sent, push } = open();
    const all = Array.from({ length: 2_000 }, (_, index) => push(`chat ${index}`, 'unasked', true));
    const outcomes = Promise.allSettled(all);
    await expect(all[1_999]).rejects.toMatchObject({ code: 'TOO_MANY_WAITING' });
    await push('chat', 'an answer');
    expect(sent.at(-1)!.what).toBe('an answer');
    await clock.advance(61_000);
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
    await queue.drained();
  });

  test('whoever is erased is sent nothing more, nor is anybody sent what speaks of them', async () => {
    const { clock, queue, sent, push } = open();
    const tell = (chat: string, what: string, isUnasked = false) =>
      queue.push(
        chat,
        isUnasked,
        async () => {
          sent.push({ what, at: clock.now() });
        },
        (isAbout) => isAbout(what),
      );
    await push('a', 'first');
    await push('bob', 'first');
    const theirs = [push('bob', 'for him'), ...Array.from({ length: 21 }, () => push('bob', 'news', true))];
    const about = Promise.allSettled([tell('a', 'about bob'), tell('c', 'bob again', true)]);
    const others = [tell('a', 'about cy'), push('c', 'for cy')];
    expect(queue.forget((text) => text.includes('bob'))).toBeGreaterThan(20);
    // That it did not arrive is nothing to be known of them; whoever else waits for it hears of it.
    await Promise.all(theirs);
    expect(await about).toMatchObject([
      { status: 'rejected', reason: { code: 'ERASED' } },
      { status: 'rejected', reason: { code: 'ERASED' } },
    ]);
    await clock.advance(120_000);
    await Promise.all(others);
    expect(sent.map(({ what }) => what)).toEqual(['first', 'first', 'for cy', 'about cy']);
    expect(queue.forget((text) => text.includes('bob'))).toBe(0);
    expect(clock.pending).toBe(0);
    await queue.drained();
  });

  test('what is under way is dropped as long as it was not handed over', async () => {
    const { clock, queue } = open();
    let connect = (): void => {};
    const connected = new Promise<void>((resolve) => (connect = resolve));
    const handed: string[] = [];
    const push = (chat: string) =>
      queue.push(chat, false, async (isWanted) => {
        if (chat !== 'late') await connected;
        if (!isWanted()) return;
        handed.push(chat);
        await connected;
      });
    const all = [push('bob'), push('cy'), push('late')];
    expect(queue.forget((text) => text === 'bob' || text === 'late')).toBe(1);
    connect();
    await clock.advance(1_000);
    await Promise.all(all);
    expect(handed.sort()).toEqual(['cy', 'late']);
  });

  test('refuses what is beyond its bound', async () => {
    const { queue, push } = open();
    const all = Array.from({ length: 1_001 }, () => push('a', 'x'));
    await expect(all[1_000]).rejects.toMatchObject({ code: 'TOO_MANY_WAITING' });
    const rest = Promise.allSettled(all);
    queue.close(new NotSent('CLOSED', 'closed'));
    await rest;
  });
});
