import { describe, expect, test } from '@jest/globals';
import { LidLookups } from '../../../../src/chat/gateways/whatsapp/lidLookups.js';
import { FakeClock } from '../../../support/fakeClock.js';

const minutes = (count: number) => count * 60_000;

function open(ask: (lid: string) => Promise<string | null>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const learned: string[] = [];
  let failures = 0;
  const lookups = new LidLookups({
    clock,
    ask: (lid) => {
      asked.push(lid);
      return ask(lid);
    },
    learned: async (lid, phone) => {
      learned.push(`${lid} ${phone}`);
    },
    onFailure: () => {
      failures += 1;
    },
  });
  return { clock, lookups, asked, learned, failures: () => failures };
}

describe('whose a LID is', () => {
  test('is asked once a person, however many messages come meanwhile, and told', async () => {
    const { clock, lookups, asked, learned } = open(async () => '+12025550100');
    await Promise.all([lookups.resolve(['lid:1', 'lid:1']), lookups.resolve(['lid:1'])]);
    await lookups.resolve(['lid:1']);
    expect(asked).toEqual(['lid:1']);
    expect(learned).toEqual(['lid:1 +12025550100']);
    expect(clock.pending).toBe(0);
  });

  test('is asked one after the other', async () => {
    let underWay = 0;
    let most = 0;
    const { lookups } = open(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return null;
    });
    await lookups.resolve(['lid:1', 'lid:2', 'lid:3']);
    expect(most).toBe(1);
  });

  test('what was found is asked for again after a day, what was not after minutes, a failure sooner', async () => {
    const answers: Record<string, () => Promise<string | null>> = {
      'lid:1': async () => '+12025550100',
      'lid:2': async () => null,
      'lid:3': () => Promise.reject(new Error('open')),
    };
    const { clock, lookups, asked, failures } = open((lid) => answers[lid]!());
    const round = async () => {
      asked.length = 0;
      await lookups.resolve(Object.keys(answers));
      return [...asked];
    };
    expect(await round()).toEqual(['lid:1', 'lid:2', 'lid:3']);
    expect(await round()).toEqual([]);
    await clock.advance(minutes(1));
    expect(await round()).toEqual(['lid:3']);
    await clock.advance(minutes(5));
    expect(await round()).toEqual(['lid:2', 'lid:3']);
    await clock.advance(minutes(24 * 60));
    expect(await round()).toEqual(['lid:1', 'lid:2', 'lid:3']);
    expect(failures()).toBe(4);
  });

  test('is asked for anew when somebody has changed their number', async () => {
    const { lookups, asked } = open(async () => '+12025550100');
    await lookups.resolve(['lid:1']);
    lookups.forget();
    await lookups.resolve(['lid:1']);
    expect(asked).toHaveLength(2);
  });

  test('nobody waits for ever, and beyond a hundred nobody waits at all', async () => {
    const { clock, lookups, asked } = open(() => new Promise(() => {}));
    const first = lookups.resolve(Array.from({ length: 100 }, (_, index) => `lid:${index}`));
    await lookups.resolve(['lid:999']);
    await clock.advance(15_000);
    await first;
    expect(asked).toEqual(['lid:0']);
  });
});
