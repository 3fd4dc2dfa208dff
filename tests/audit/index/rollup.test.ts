import { describe, expect, test } from '@jest/globals';
import { actorKey, actorOfKey, HOUR_MS, hourOf, Rollup, stretchOf } from '../../../src/audit/index/rollup.js';

const common = { category: 'ADMIN', action: 'ROLE_CHANGE', outcome: 'success', actor: 'p+12025550100' };

describe('hours', () => {
  test('begin below zero as well', () => {
    expect([hourOf(0), hourOf(-1), hourOf(HOUR_MS - 1)]).toEqual([0, -1, 0]);
    expect([stretchOf(47, 24), stretchOf(-1, 24), stretchOf(47, 0)]).toEqual([24, -24, 0]);
  });

  test('remember their first and last number, also when times go back', () => {
    const rollup = new Rollup();
    rollup.add({ ...common, seq: 1, at: 5 * HOUR_MS });
    rollup.add({ ...common, seq: 2, at: 0 });
    rollup.add({ ...common, seq: 3, at: 5 * HOUR_MS + 7 });
    expect([...rollup.hours.values()]).toEqual([
      { hour: 5, count: 2, minSeq: 1, maxSeq: 3 },
      { hour: 0, count: 1, minSeq: 2, maxSeq: 2 },
    ]);
  });
});

describe('counts', () => {
  test('are made for hours, days and all of time', () => {
    const rollup = new Rollup();
    rollup.add({ ...common, seq: 1, at: 0 });
    rollup.add({ ...common, seq: 2, at: 3 * HOUR_MS });
    rollup.add({ ...common, seq: 3, at: 25 * HOUR_MS, outcome: 'denied' });
    const short = rollup.acts().map(({ span, start, outcome, count }) => [span, start, outcome, count]);
    expect(short).toEqual([
      [1, 0, 'success', 1],
      [1, 3, 'success', 1],
      [1, 25, 'denied', 1],
      [24, 0, 'success', 2],
      [24, 24, 'denied', 1],
      [0, 0, 'success', 2],
      [0, 0, 'denied', 1],
    ]);
    expect(rollup.actors([0])).toEqual([{ span: 0, start: 0, actor: common.actor, count: 3 }]);
  });
});

describe('an actor', () => {
  test('known by phone is not one known by an id that looks the same', () => {
    expect(actorKey('+12025550100', 'u1')).not.toBe(actorKey(null, '+12025550100'));
    expect(actorOfKey(actorKey('+12025550100', 'u1'))).toEqual({ actorPhone: '+12025550100', actorId: null });
    expect(actorOfKey(actorKey(null, 'u1'))).toEqual({ actorPhone: null, actorId: 'u1' });
    expect(actorOfKey(actorKey('SYSTEM', 'job-7'))).toEqual({ actorPhone: null, actorId: 'job-7' });
    expect(actorOfKey(actorKey('SYSTEM', null))).toEqual({ actorPhone: 'SYSTEM', actorId: null });
    expect(actorOfKey(actorKey(null, null))).toEqual({ actorPhone: null, actorId: null });
  });
});
