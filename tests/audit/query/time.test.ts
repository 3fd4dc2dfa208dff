import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTime } from '../../../src/audit/query/time.js';
import { instantOf, wallTime } from '../../../src/audit/query/zone.js';

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';

/** A Saturday, 15:30 in Berlin. */
const SATURDAY = Date.parse('2026-11-14T14:30:15.250Z');
/** A Monday, 09:00 in Berlin. */
const MONDAY = Date.parse('2026-11-16T08:00:00Z');

function span(text: string, now = SATURDAY, timeZone = BERLIN): [string, string] {
  const reading = readTime(text, { now, timeZone });
  if (!reading.ok) throw new Error(`not understood: ${text}`);
  return [new Date(reading.span.start).toISOString(), new Date(reading.span.end).toISOString()];
}

const start = (text: string, now?: number, timeZone?: string) => span(text, now, timeZone)[0];
const end = (text: string, now?: number, timeZone?: string) => span(text, now, timeZone)[1];

describe('days', () => {
  test.each([
    ['today', '2026-11-13T23:00:00.000Z', '2026-11-14T23:00:00.000Z'],
    ['yesterday', '2026-11-12T23:00:00.000Z', '2026-11-13T23:00:00.000Z'],
    ['Yesterday', '2026-11-12T23:00:00.000Z', '2026-11-13T23:00:00.000Z'],
    ['tomorrow', '2026-11-14T23:00:00.000Z', '2026-11-15T23:00:00.000Z'],
    ['2026-11-01', '2026-10-31T23:00:00.000Z', '2026-11-01T23:00:00.000Z'],
    ['monday', '2026-11-08T23:00:00.000Z', '2026-11-09T23:00:00.000Z'],
    ['last monday', '2026-11-08T23:00:00.000Z', '2026-11-09T23:00:00.000Z'],
    ['last  Monday', '2026-11-08T23:00:00.000Z', '2026-11-09T23:00:00.000Z'],
    ['fri', '2026-11-12T23:00:00.000Z', '2026-11-13T23:00:00.000Z'],
    ['saturday', '2026-11-13T23:00:00.000Z', '2026-11-14T23:00:00.000Z'],
    ['last saturday', '2026-11-06T23:00:00.000Z', '2026-11-07T23:00:00.000Z'],
    ['sunday', '2026-11-07T23:00:00.000Z', '2026-11-08T23:00:00.000Z'],
  ])('%s', (text, from, to) => expect(span(text)).toEqual([from, to]));

  test('on a Monday, monday is today and last monday a week ago', () => {
    expect(start('monday', MONDAY)).toBe('2026-11-15T23:00:00.000Z');
    expect(start('last monday', MONDAY)).toBe('2026-11-08T23:00:00.000Z');
  });

  test('the day is that of the time zone, not of UTC', () => {
    const lateInNewYork = Date.parse('2026-11-14T03:30:00Z');
    expect(start('today', lateInNewYork, NEW_YORK)).toBe('2026-11-13T05:00:00.000Z');
    expect(start('today', lateInNewYork, 'Asia/Tokyo')).toBe('2026-11-13T15:00:00.000Z');
  });
});

describe('clock times', () => {
  test.each([
    ['2026-11-01T10:30', '2026-11-01T09:30:00.000Z', '2026-11-01T09:31:00.000Z'],
    ['2026-11-01 10:30:05', '2026-11-01T09:30:05.000Z', '2026-11-01T09:30:06.000Z'],
    ['2026-11-01T10:30:05.123Z', '2026-11-01T10:30:05.123Z', '2026-11-01T10:30:05.124Z'],
    ['2026-11-01T10:30:05.1239999Z', '2026-11-01T10:30:05.123Z', '2026-11-01T10:30:05.124Z'],
    ['2026-11-01T10:30Z', '2026-11-01T10:30:00.000Z', '2026-11-01T10:31:00.000Z'],
    ['2026-11-01T10:30+02:00', '2026-11-01T08:30:00.000Z', '2026-11-01T08:31:00.000Z'],
    ['2026-11-01T10:30-0330', '2026-11-01T14:00:00.000Z', '2026-11-01T14:01:00.000Z'],
    ['yesterday 14:00', '2026-11-13T13:00:00.000Z', '2026-11-13T13:01:00.000Z'],
    ['last monday at 9:15', '2026-11-09T08:15:00.000Z', '2026-11-09T08:16:00.000Z'],
    ['1794645015250', '2026-11-14T08:30:15.250Z', '2026-11-14T08:30:15.251Z'],
  ])('%s', (text, from, to) => expect(span(text)).toEqual([from, to]));
});

describe('periods', () => {
  test.each([
    ['this week', '2026-11-08T23:00:00.000Z', '2026-11-15T23:00:00.000Z'],
    ['last week', '2026-11-01T23:00:00.000Z', '2026-11-08T23:00:00.000Z'],
    ['this month', '2026-10-31T23:00:00.000Z', '2026-11-30T23:00:00.000Z'],
    ['last month', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    ['last year', '2024-12-31T23:00:00.000Z', '2025-12-31T23:00:00.000Z'],
    ['2026-02', '2026-01-31T23:00:00.000Z', '2026-02-28T23:00:00.000Z'],
    ['2025', '2024-12-31T23:00:00.000Z', '2025-12-31T23:00:00.000Z'],
  ])('%s', (text, from, to) => expect(span(text)).toEqual([from, to]));
});

describe('times ago', () => {
  test.each([
    ['now', '2026-11-14T14:30:15.250Z'],
    ['30s', '2026-11-14T14:29:45.250Z'],
    ['30m', '2026-11-14T14:00:15.250Z'],
    ['2h', '2026-11-14T12:30:15.250Z'],
    ['1h30m', '2026-11-14T13:00:15.250Z'],
    ['7d', '2026-11-07T14:30:15.250Z'],
    ['7 days', '2026-11-07T14:30:15.250Z'],
    ['7 days ago', '2026-11-07T14:30:15.250Z'],
    ['last 7 days', '2026-11-07T14:30:15.250Z'],
    ['2w', '2026-10-31T14:30:15.250Z'],
    ['1d12h', '2026-11-13T02:30:15.250Z'],
    ['1y', '2025-11-14T14:30:15.250Z'],
  ])('%s', (text, from) => {
    expect(start(text)).toBe(from);
    expect(Date.parse(end(text)) - Date.parse(from)).toBe(1);
  });

  test('months keep the day, or take the last of a shorter month', () => {
    const lastOfMarch = Date.parse('2026-03-31T10:00:00Z');
    expect(start('1mo', lastOfMarch, 'UTC')).toBe('2026-02-28T10:00:00.000Z');
    expect(start('3mo', lastOfMarch, 'UTC')).toBe('2025-12-31T10:00:00.000Z');
    expect(start('1y', Date.parse('2028-02-29T10:00:00Z'), 'UTC')).toBe('2027-02-28T10:00:00.000Z');
  });

  test('days keep the time of day across a change of clocks, hours count real time', () => {
    // Berlin went back on 25 October 2026, New York on 1 November 2026.
    expect(start('30d')).toBe('2026-10-15T13:30:15.250Z');
    const evening = Date.parse('2026-11-01T17:00:00Z');
    expect(start('1d', evening, NEW_YORK)).toBe('2026-10-31T16:00:00.000Z');
    expect(start('24h', evening, NEW_YORK)).toBe('2026-10-31T17:00:00.000Z');
  });
});

describe('clocks that jump', () => {
  test('a day of 25 and a day of 23 hours', () => {
    expect(span('2026-10-25')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']);
    expect(span('2026-03-29')).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z']);
    expect(span('2026-11-01', SATURDAY, NEW_YORK)).toEqual([
      '2026-11-01T04:00:00.000Z',
      '2026-11-02T05:00:00.000Z',
    ]);
    expect(span('2026-03-08', SATURDAY, NEW_YORK)).toEqual([
      '2026-03-08T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
    ]);
  });

  test('a time that occurs twice makes the wider range', () => {
    expect(span('2026-10-25T02:30')).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-25T01:31:00.000Z']);
    expect(span('2026-11-01T01:30', SATURDAY, NEW_YORK)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T06:31:00.000Z',
    ]);
  });

  test('a time that never occurs is the moment of the jump', () => {
    expect(start('2026-03-29T02:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(start('2026-03-08T02:15', SATURDAY, NEW_YORK)).toBe('2026-03-08T07:00:00.000Z');
  });

  test('a day without midnight begins at the jump', () => {
    expect(start('2018-11-04', SATURDAY, 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
  });

  test('a day that was skipped altogether is empty, and its neighbours are whole', () => {
    expect(start('2011-12-29', SATURDAY, 'Pacific/Apia')).toBe('2011-12-29T10:00:00.000Z');
    expect(end('2011-12-29', SATURDAY, 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z');
    expect(start('2011-12-31', SATURDAY, 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z');
  });

  test('clock and instant agree wherever the clock does not jump', () => {
    const zones = [BERLIN, NEW_YORK, 'UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Kiritimati'];
    const instants = fc.integer({ min: Date.parse('1990-01-01'), max: Date.parse('2040-01-01') });
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const wall = wallTime(instant, zone);
        const answers = [instantOf(wall, zone, 'first'), instantOf(wall, zone, 'second')];
        return answers.includes(instant);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('a zone that does not exist is an error of the program', () => {
    expect(() => wallTime(0, 'Mars/Olympus')).toThrow(RangeError);
  });
});

describe('what is not understood', () => {
  test.each([
    '',
    'soon',
    '7',
    'd',
    '7x',
    '7dd',
    'last',
    'last 7',
    'montag',
    '1.5h',
    '-7d',
    'mo',
    'constructor',
  ])('%p has no form', (text) => {
    expect(readTime(text, { now: SATURDAY, timeZone: BERLIN })).toEqual({ ok: false, about: 'form' });
  });

  test.each(['2026-13-01', '2026-11-31', '2026-02-29', '2026-00-10', '2026-11-01T25:00', 'today 9:75'])(
    '%p is in no calendar',
    (text) => {
      expect(readTime(text, { now: SATURDAY, timeZone: BERLIN })).toEqual({ ok: false, about: 'calendar' });
    },
  );

  test.each(['999999y', '999999w', '0001-01-01', '200y'])('%p is out of reach', (text) => {
    expect(readTime(text, { now: SATURDAY, timeZone: BERLIN })).toEqual({ ok: false, about: 'reach' });
  });
});
