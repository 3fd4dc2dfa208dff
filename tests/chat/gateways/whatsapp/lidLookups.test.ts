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
  const resolve = (lids: Iterable<string>) => lookups.resolve({ first: lids, by: '+12025550100' });
  const name = (lids: Iterable<string>, by = '+12025550100') => lookups.resolve({ others: lids, by });
  return { clock, lookups, resolve, name, asked, learned, failures: () => failures };
}

describe('whose a LID is', () => {
  test('is asked once a person, however many messages come meanwhile, and told', async () => {
    const { clock, resolve, asked, learned } = open(async () => '+12025550100');
    await Promise.all([resolve(['lid:1', 'lid:1']), resolve(['lid:1'])]);
    await resolve(['lid:1']);
    expect(asked).toEqual(['lid:1']);
    expect(learned).toEqual(['lid:1 +12025550100']);
    expect(clock.pending).toBe(0);
  });

  test('is asked one after the other', async () => {
    let underWay = 0;
    let most = 0;
    const { resolve } = open(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return null;
    });
    await resolve(['lid:1', 'lid:2', 'lid:3']);
    expect(most).toBe(1);
  });

  test('what was found is asked for again after a day, what was not after minutes, a failure sooner', async () => {
    const answers: Record<string, () => Promise<string | null>> = {
      'lid:1': async () => '+12025550100',
      'lid:2': async () => null,
      'lid:3': () => Promise.reject(new Error('open')),
    };
    const { clock, resolve, asked, failures } = open((lid) => answers[lid]!());
    const round = async () => {
      asked.length = 0;
      await resolve(Object.keys(answers));
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
    const { lookups, resolve, asked } = open(async () => '+12025550100');
    await resolve(['lid:1']);
    lookups.forget();
    await resolve(['lid:1']);
    expect(asked).toHaveLength(2);
  });

  test('nobody waits for ever, and beyond a hundred nobody waits at all', async () => {
    const { clock, resolve, asked } = open(() => new Promise(() => {}));
    const first = resolve(Array.from({ length: 100 }, (_, index) => `lid:${index}`));
    await resolve(['lid:999']);
    await clock.advance(15_000);
    await first;
    expect(asked).toEqual(['lid:0']);
  });

  test('nobody is asked about because somebody names them, beyond twenty of each in a minute', async () => {
    const { clock, name, resolve, asked } = open(async () => null);
    const strangers = (from: number) => Array.from({ length: 50 }, (_, index) => `lid:${from + index}`);
    await name(strangers(100));
    await name(strangers(200));
    expect(asked).toHaveLength(20);
    await name(strangers(300), '+12025550101');
    expect(asked).toHaveLength(40);
    await resolve(['lid:1']);
    expect(asked).toHaveLength(41);
    await clock.advance(minutes(1));
    await name(strangers(400));
    expect(asked).toHaveLength(61);
  });

  test('whoever writes goes before those who are named, also where they were named first', async () => {
    const waiting: (() => void)[] = [];
    const { name, resolve, asked } = open(() => new Promise((tell) => waiting.push(() => tell(null))));
    const named = name(['lid:1', 'lid:2', 'lid:3']);
    const written = resolve(['lid:3']);
    for (let index = 0; index < 3; index++) {
      waiting[index]!();
      await new Promise(setImmediate);
    }
    await Promise.all([named, written]);
    expect(asked).toEqual(['lid:1', 'lid:3', 'lid:2']);
  });

  test('is forgotten of some, and then asked for again', async () => {
    const { lookups, resolve, asked } = open(async () => '+12025550100');
    await resolve(['lid:1', 'lid:2']);
    expect(lookups.forget((lid) => lid === 'lid:1')).toBe(1);
    await resolve(['lid:1', 'lid:2']);
    expect(asked).toEqual(['lid:1', 'lid:2', 'lid:1']);
  });
});
