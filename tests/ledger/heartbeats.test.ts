import { describe, expect, test } from '@jest/globals';
import { Heartbeats } from '../../src/ledger/heartbeats.js';

const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);

function heard(...days: string[]): Heartbeats {
  const heartbeats = new Heartbeats();
  for (const day of days) heartbeats.take(at(day));
  return heartbeats;
}

describe('days without a heartbeat', () => {
  test('are named from the first one on, today left out', () => {
    const [sentence, ...more] = heard('2031-05-10', '2031-05-12', '2031-05-15', '2031-05-15').remarks(
      at('2031-05-17'),
    );
    expect(more).toEqual([]);
    expect(sentence).toContain('of 4 days (2031-05-11, 2031-05-13 to 2031-05-14, 2031-05-16)');
  });

  test('there are none where each day has one, where there is none at all, and before the first', () => {
    expect(heard('2031-05-10', '2031-05-11').remarks(at('2031-05-12'))).toEqual([]);
    expect(heard().remarks(at('2031-05-12'))).toEqual([]);
    expect(heard('2031-05-12').remarks(at('2031-05-12'))).toEqual([]);
  });

  test('of a file only those between two are known', () => {
    expect(heard('2031-05-10', '2031-05-11').remarks(null)).toEqual([]);
    expect(heard('2031-05-10', '2031-05-12').remarks(null)[0]).toContain('one day (2031-05-11)');
  });

  test('a time that no calendar has takes neither long nor anything down', () => {
    const heartbeats = heard('2031-05-10');
    heartbeats.take(Number.MAX_SAFE_INTEGER);
    expect(heartbeats.remarks(at('2031-05-12'))[0]).toMatch(/2031-05-11 to day \d+/);
  });
});
