import { expect, test } from '@jest/globals';
import type { Segment } from '../../../src/lifecycle/archive/archive.js';
import { chainOf } from '../../../src/lifecycle/archive/chain.js';

const segments = (...ranges: [number, number][]): Segment[] =>
  ranges.map(
    ([from, to]): Segment => ({
      file: `${from}-${to}`,
      origin: 'reeve/test/acme',
      from,
      to,
      firstAt: 0,
      lastAt: 0,
      leavesSha256: '',
      sha256: '',
      bytes: 0,
      archivedAt: 0,
    }),
  );
const chosen = (anchor: number, ...ranges: [number, number][]) => {
  const { segments: chain, idle } = chainOf(segments(...ranges), anchor);
  return [chain, idle].map((some) => some.map(({ file }) => file));
};

test('segments follow one another up to the anchor; one that is not deleted yet is idle', () => {
  expect(chosen(20, [11, 20], [1, 10], [21, 30])).toEqual([['1-10', '11-20'], ['21-30']]);
  expect(chosen(0, [1, 10])).toEqual([[], ['1-10']]);
});

test('what a step that was given up has left is in nobody’s way, be it shorter or longer', () => {
  expect(chosen(643, [619, 630], [631, 642], [631, 638], [639, 643])).toEqual([
    ['619-630', '631-638', '639-643'],
    ['631-642'],
  ]);
  expect(chosen(301, [285, 289], [290, 296], [290, 301])).toEqual([['285-289', '290-301'], ['290-296']]);
});

test('where one is missing, the others still count, on both sides', () => {
  expect(chosen(30, [1, 10], [21, 30])).toEqual([['1-10', '21-30'], []]);
  expect(chosen(30, [11, 20], [5, 8])).toEqual([['5-8', '11-20'], []]);
});
