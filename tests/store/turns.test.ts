import { expect, test } from '@jest/globals';
import { Turns } from '../../src/store/turns.js';

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

test('one runs at a time, in the order in which they asked', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const first = deferred();
  const one = turns.run(async () => {
    seen.push('one begins');
    await first.promise;
    seen.push('one ends');
    return 1;
  });
  const two = turns.run(async () => {
    seen.push('two');
    return 2;
  });
  const three = turns.run(async () => {
    seen.push('three');
    return 3;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['one begins']);
  first.resolve();
  expect(await Promise.all([one, two, three])).toEqual([1, 2, 3]);
  expect(seen).toEqual(['one begins', 'one ends', 'two', 'three']);
});

test('a failure reaches its own caller and nobody else', async () => {
  const turns = new Turns();
  const first = deferred();
  const failing = turns.run(() => first.promise);
  const next = turns.run(async () => 'next');
  first.reject(new Error('no'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
  await expect(
    turns.run(() => {
      throw new Error('at once');
    }),
  ).rejects.toThrow('at once');
  expect(await turns.run(async () => 'still running')).toBe('still running');
});

test('those who share a turn run side by side; whoever wants to be alone waits for them, and they for him', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const [first, second, alone] = [deferred(), deferred(), deferred()];
  const step = (name: string, until?: { promise: Promise<void> }) => async () => {
    seen.push(`${name} begins`);
    await until?.promise;
    seen.push(`${name} ends`);
  };
  const all = [
    turns.share(step('first', first)),
    turns.share(step('second', second)),
    turns.run(step('alone', alone)),
    turns.share(step('third')),
    turns.run(step('last')),
  ];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(seen.splice(0)).toEqual(['first begins', 'second begins']);
  second.resolve();
  await settle();
  expect(seen.splice(0)).toEqual(['second ends']);
  first.resolve();
  await settle();
  expect(seen.splice(0)).toEqual(['first ends', 'alone begins']);
  alone.resolve();
  await Promise.all(all);
  expect(seen).toEqual(['alone ends', 'third begins', 'third ends', 'last begins', 'last ends']);
});

test('a failure in a shared turn stops nobody', async () => {
  const turns = new Turns();
  const failing = turns.share(async () => {
    throw new Error('no');
  });
  const alone = turns.run(async () => 'alone');
  await expect(failing).rejects.toThrow('no');
  expect(await alone).toBe('alone');
  expect(await turns.share(async () => 'shared')).toBe('shared');
});
