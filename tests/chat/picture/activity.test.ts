import { describe, expect, test } from '@jest/globals';
import { drawActivity } from '../../../src/chat/picture/activity.js';
import { bucketLength, bucketsOf, type PeriodsByOutcome } from '../../../src/chat/picture/buckets.js';
import { renderPng } from '../../../src/chat/picture/render.js';
import { scaleFor, shortNumber } from '../../../src/chat/picture/scale.js';
import { readPng } from './png.js';

const DAY = 86_400_000;
const until = Date.UTC(2031, 4, 14, 12);

function drawn(periods: PeriodsByOutcome, { days = 7, query = '', timeZone = 'Europe/Berlin' } = {}): string {
  const since = until - days * DAY;
  const length = bucketLength(since, until);
  const buckets = bucketsOf(periods, { since, until, length, timeZone });
  const total = Object.values(periods)
    .flat()
    .reduce((sum, { count }) => sum + count, 0);
  return drawActivity({ total, period: 'since 2031-05-07', query, length, timeZone, buckets });
}

const someDays: PeriodsByOutcome = {
  success: [
    { start: Date.UTC(2031, 4, 8, 22), count: 40 },
    { start: Date.UTC(2031, 4, 11, 22), count: 12 },
  ],
  denied: [{ start: Date.UTC(2031, 4, 11, 22), count: 9 }],
};

/** What the drawing says, in words. */
const wordsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

describe('the picture of activity', () => {
  test('is a PNG that fills a phone, with bars in the colours of the legend', async () => {
    const png = readPng(await renderPng(drawn(someDays)));
    expect([png.width, png.height]).toEqual([1080, 1080]);
    expect(png.colours.get('#2563eb')).toBeGreaterThan(10_000);
    expect(png.colours.get('#f59e0b')).toBeGreaterThan(1_000);
    // Letters are there: ink in many shades of grey.
    expect(png.at(0, 0)).toBe('#ffffff');
    expect(png.colours.get('#0f172a')).toBeGreaterThan(1_000);
    expect(png.colours.get('#64748b')).toBeGreaterThan(1_000);
  });

  test('is the same, byte by byte, for the same figures', async () => {
    const [once, again] = [await renderPng(drawn(someDays)), await renderPng(drawn(someDays))];
    expect(once.equals(again)).toBe(true);
  });

  test('names the period, the axes, and each outcome with its number', () => {
    const words = wordsOf(drawn(someDays));
    expect(words).toEqual(expect.arrayContaining(['61 events', 'since 2031-05-07', 'Events per day']));
    expect(words).toEqual(expect.arrayContaining(['Success', '52', 'Denied', '9']));
    expect(words).toEqual(expect.arrayContaining(['0', '40', '7', '14', 'May']));
    expect(words).not.toContain('Failure');
  });

  test('says so where nothing was recorded', async () => {
    const svg = drawn({});
    expect(wordsOf(svg)).toEqual(expect.arrayContaining(['0 events', 'Nothing was recorded']));
    expect(readPng(await renderPng(svg)).colours.has('#2563eb')).toBe(false);
  });

  test('carries the query as text, whatever is in it', async () => {
    const hostile = `<image href="file:///etc/passwd"/>&amp;"пароль" ${'x'.repeat(9000)} \u0000\u202e😀`;
    const svg = drawn(someDays, { query: hostile });
    expect(svg).not.toContain('<image');
    expect(wordsOf(svg).join('').length).toBeLessThan(400);
    await expect(renderPng(svg)).resolves.toBeInstanceOf(Buffer);
  });

  test('shows hours of a day in its time zone, also where that is half an hour off', () => {
    const words = wordsOf(
      drawn({ failure: [{ start: until - 3_600_000, count: 1 }] }, { days: 1, timeZone: 'Asia/Kolkata' }),
    );
    expect(words).toEqual(expect.arrayContaining(['Events per hour', '1 event', 'Failure', '14 May']));
    expect(words.filter((word) => /^\d\d:30$/.test(word!)).length).toBeGreaterThan(3);
  });
});

describe('the bars', () => {
  const zone = { timeZone: 'Europe/Berlin' };

  test('are hours, days, weeks or months, never too many', () => {
    const lengths = [1, 2, 3, 31, 61, 90, 400, 1000].map((days) => bucketLength(until - days * DAY, until));
    expect(lengths).toEqual(['hour', 'hour', 'day', 'day', 'day', 'week', 'week', 'month']);
    for (const days of [1, 2, 3, 61, 62, 90, 427, 428, 1800]) {
      const since = until - days * DAY;
      const buckets = bucketsOf({}, { since, until, length: bucketLength(since, until), ...zone });
      expect(buckets.length).toBeLessThanOrEqual(63);
      expect(buckets.length).toBeGreaterThan(0);
    }
  });

  test('follow one another without a gap where the clock changes', () => {
    const range = { since: Date.UTC(2031, 2, 28), until: Date.UTC(2031, 3, 2), length: 'day' as const };
    const starts = bucketsOf({}, { ...range, ...zone }).map(({ start }) => new Date(start).toISOString());
    expect(starts).toEqual([
      '2031-03-27T23:00:00.000Z',
      '2031-03-28T23:00:00.000Z',
      '2031-03-29T23:00:00.000Z',
      '2031-03-30T22:00:00.000Z',
      '2031-03-31T22:00:00.000Z',
      '2031-04-01T22:00:00.000Z',
    ]);
  });

  test('hold everything that was counted, weeks from Monday and months from the first', () => {
    const periods = { success: [1, 9, 40, 80].map((day) => ({ start: Date.UTC(2031, 1, day), count: day })) };
    const range = { since: Date.UTC(2031, 1, 1), until: Date.UTC(2031, 4, 1), timeZone: 'UTC' };
    const weeks = bucketsOf(periods, { ...range, length: 'week' });
    const months = bucketsOf(periods, { ...range, length: 'month' });
    const sum = (buckets: typeof weeks) => buckets.reduce((total, { counts }) => total + counts.success, 0);
    expect([sum(weeks), sum(months)]).toEqual([130, 130]);
    expect(weeks.slice(1).every(({ start }) => new Date(start).getUTCDay() === 1)).toBe(true);
    expect(months.map(({ counts }) => counts.success)).toEqual([10, 40, 80]);
  });
});

describe('the scale', () => {
  test('goes in steps of 1, 2 or 5 up to the highest bar', () => {
    expect(scaleFor(0)).toEqual([0, 1]);
    expect(scaleFor(3)).toEqual([0, 1, 2, 3]);
    expect(scaleFor(24)).toEqual([0, 10, 20, 30]);
    expect(scaleFor(197)).toEqual([0, 50, 100, 150, 200]);
    for (const most of [1, 7, 99, 101, 12_345, 9_999_999]) {
      const marks = scaleFor(most);
      expect(marks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(marks.length).toBeLessThanOrEqual(6);
    }
  });

  test('says large numbers shortly', () => {
    expect([0, 950, 1200, 35_000, 1_400_000].map(shortNumber)).toEqual(['0', '950', '1.2k', '35k', '1.4M']);
  });
});
