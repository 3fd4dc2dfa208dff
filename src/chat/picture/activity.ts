import { OUTCOMES, type Outcome } from '../../audit/catalogue/action.js';
import { wallTime } from '../../audit/query/zone.js';
import type { Bucket, BucketLength } from './buckets.js';
import { FONT_FAMILY } from './render.js';
import { scaleFor, shortNumber } from './scale.js';

/** What the picture of activity shows. */
export interface Activity {
  readonly total: number;
  /** The stretch of time in words. */
  readonly period: string;
  /** The query it is about; empty where it is about everything. */
  readonly query: string;
  readonly length: BucketLength;
  readonly timeZone: string;
  readonly buckets: readonly Bucket[];
}

const WIDTH = 1080;
const HEIGHT = 1080;
const MARGIN = 64;
/** Where the bars stand; below the line with the query, where there is one. */
const PLOT = { left: 152, right: WIDTH - MARGIN, top: 450, bottom: 934 };
const QUERY_LINE = 48;

const INK = '#0f172a';
const QUIET = '#64748b';
const FAINT = '#e2e8f0';

/** Told apart also by people who see few colours, and in grey. In the order in which they are piled up. */
const COLOURS: Record<Outcome, string> = {
  success: '#2563eb',
  ignored: '#94a3b8',
  denied: '#f59e0b',
  failure: '#be123c',
};
const PILED = Object.keys(COLOURS) as Outcome[];

const NAMES: Record<Outcome, string> = {
  success: 'Success',
  ignored: 'Ignored',
  denied: 'Denied',
  failure: 'Failure',
};

/**
 * Activity over time as a drawing: bars piled up by outcome, made to be read on a phone. Pure, so that the same
 * figures always give the same picture.
 */
export function drawActivity(activity: Activity): string {
  const { total, period, query, buckets } = activity;
  const down = query === '' ? 0 : QUERY_LINE;
  const amount = `${total.toLocaleString('en-US')} ${total === 1 ? 'event' : 'events'}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="${FONT_FAMILY}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    words({ x: MARGIN, y: 92, size: 34, fill: QUIET }, 'Activity'),
    words({ x: MARGIN, y: 172, size: 76, fill: INK, bold: true }, amount),
    words({ x: MARGIN, y: 228, size: 34, fill: QUIET }, fitted(period, 56)),
    query === '' ? '' : words({ x: MARGIN, y: 278, size: 32, fill: QUIET }, fitted(query, 58)),
    legend(buckets, 292 + down),
    total === 0 ? nothing() : bars(activity, PLOT.top + down),
    '</svg>',
  ].join('\n');
}

function legend(buckets: readonly Bucket[], top: number): string {
  const sums = PILED.map((outcome) => ({
    outcome,
    sum: buckets.reduce((sum, { counts }) => sum + counts[outcome], 0),
  })).filter(({ sum }) => sum > 0);
  const column = (WIDTH - 2 * MARGIN) / Math.max(3, sums.length);
  return sums
    .map(({ outcome, sum }, index) => {
      const x = MARGIN + index * column;
      return [
        `<rect x="${x}" y="${top}" width="26" height="26" rx="7" fill="${COLOURS[outcome]}"/>`,
        words({ x: x + 40, y: top + 24, size: 32, fill: QUIET }, NAMES[outcome]),
        words({ x: x + 40, y: top + 64, size: 34, fill: INK, bold: true }, sum.toLocaleString('en-US')),
      ].join('\n');
    })
    .join('\n');
}

function nothing(): string {
  const x = WIDTH / 2;
  const y = (PLOT.top + PLOT.bottom) / 2;
  return [
    `<circle cx="${x}" cy="${y - 70}" r="74" fill="#f1f5f9"/>`,
    `<path d="M${x - 34} ${y - 70}h68" stroke="${QUIET}" stroke-width="10" stroke-linecap="round"/>`,
    words({ x, y: y + 76, size: 44, fill: INK, bold: true, anchor: 'middle' }, 'Nothing was recorded'),
    words({ x, y: y + 130, size: 34, fill: QUIET, anchor: 'middle' }, 'Try a longer time, or a wider query.'),
  ].join('\n');
}

function bars({ buckets, length, timeZone }: Activity, top: number): string {
  const most = Math.max(...buckets.map(({ counts }) => sumOf(counts)));
  const marks = scaleFor(most);
  const heightOf = (count: number) => (count / marks.at(-1)!) * (PLOT.bottom - top);
  const slot = (PLOT.right - PLOT.left) / buckets.length;
  const width = Math.max(4, Math.min(96, slot * 0.72));
  const drawn = [words({ x: MARGIN, y: top - 32, size: 28, fill: QUIET }, `Events per ${length}`)];
  for (const mark of marks) {
    const y = round(PLOT.bottom - heightOf(mark));
    const stroke = mark === 0 ? QUIET : FAINT;
    drawn.push(
      `<path d="M${PLOT.left} ${y}H${PLOT.right}" stroke="${stroke}" stroke-width="${mark === 0 ? 3 : 2}"/>`,
      words({ x: PLOT.left - 22, y: y + 11, size: 32, fill: QUIET, anchor: 'end' }, shortNumber(mark)),
    );
  }
  buckets.forEach(({ counts }, index) => {
    const x = round(PLOT.left + slot * (index + 0.5) - width / 2);
    drawn.push(pile(counts, x, round(width), heightOf));
  });
  drawn.push(...labels(buckets, length, timeZone, slot));
  return drawn.join('\n');
}

/** One bar. What is there at all is at least a thin line high. */
function pile(
  counts: Bucket['counts'],
  x: number,
  width: number,
  heightOf: (count: number) => number,
): string {
  const present = PILED.filter((outcome) => counts[outcome] > 0);
  let bottom = PLOT.bottom;
  return present
    .map((outcome, index) => {
      const height = Math.max(5, heightOf(counts[outcome]));
      bottom -= height;
      const isTop = index === present.length - 1;
      const radius = isTop ? round(Math.min(8, width / 3, height)) : 0;
      return `<path d="${topped(x, round(bottom), width, round(height), radius)}" fill="${COLOURS[outcome]}"/>`;
    })
    .join('\n');
}

/** A rectangle whose upper corners are round. */
function topped(x: number, y: number, width: number, height: number, radius: number): string {
  const arc = (dx: number, dy: number) => `a${radius} ${radius} 0 0 1 ${dx} ${dy}`;
  return `M${x} ${round(y + height)}v${round(radius - height)}${arc(radius, -radius)}h${round(width - 2 * radius)}${arc(radius, radius)}v${round(height - radius)}z`;
}

/** The times below the bars: as many as there is room for, one below the middle of its bar. */
function labels(buckets: readonly Bucket[], length: BucketLength, timeZone: string, slot: number): string[] {
  const every = Math.max(1, Math.ceil((length === 'hour' ? 110 : 72) / slot));
  const steps = length === 'hour' ? [1, 2, 3, 4, 6, 8, 12, 24] : [1, 2, 3, 4, 5, 7, 10, 14, 21];
  const step = steps.find((candidate) => candidate >= every) ?? every;
  const drawn: string[] = [];
  let lastSecond = '';
  let taken = Number.NEGATIVE_INFINITY;
  buckets.forEach(({ start }, index) => {
    const wall = new Date(wallTime(start, timeZone));
    const place = length === 'hour' ? wall.getUTCHours() : index;
    if (place % step !== 0 || index - taken < every) return;
    taken = index;
    const { first, second } = labelOf(wall, length);
    const x = round(PLOT.left + slot * (index + 0.5));
    drawn.push(words({ x, y: PLOT.bottom + 50, size: 32, fill: QUIET, anchor: 'middle' }, first));
    if (second !== lastSecond)
      drawn.push(
        words({ x, y: PLOT.bottom + 94, size: 32, fill: INK, bold: true, anchor: 'middle' }, second),
      );
    lastSecond = second;
  });
  return drawn;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What stands below a bar, and below that whatever it is a part of. */
function labelOf(wall: Date, length: BucketLength): { first: string; second: string } {
  const month = MONTHS[wall.getUTCMonth()]!;
  const day = String(wall.getUTCDate());
  if (length === 'month') return { first: month, second: String(wall.getUTCFullYear()) };
  if (length !== 'hour') return { first: day, second: month };
  return { first: wall.toISOString().slice(11, 16), second: `${day} ${month}` };
}

const sumOf = (counts: Bucket['counts']): number =>
  OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);

const round = (number: number): number => Math.round(number * 100) / 100;

interface Style {
  x: number;
  y: number;
  size: number;
  fill: string;
  bold?: boolean;
  anchor?: 'middle' | 'end';
}

function words({ x, y, size, fill, bold = false, anchor }: Style, text: string): string {
  const weight = bold ? ' font-weight="600"' : '';
  const place = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}"${weight}${place}>${escaped(text)}</text>`;
}

/** Only what the fonts can show; the rest would be empty boxes. */
function escaped(text: string): string {
  return text
    .replace(/[^\u0020-\u007e\u00a0-\u017f\u0370-\u03ff\u0400-\u045f\u2013\u2014\u2018-\u201d\u2026]/gu, '·')
    .replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

function fitted(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
