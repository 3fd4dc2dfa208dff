import type { Readable } from 'node:stream';

/** A line longer than this is no event; it is reported, and skipped without being kept in memory. */
export const LONGEST_LINE = 4 * 1024 * 1024;

export type Line = { number: number; text: string } | { number: number; tooLong: true };

/** The lines of a stream with their numbers. Empty ones are skipped, a last one without a line end is one too. */
export async function* readLines(stream: Readable): AsyncGenerator<Line[]> {
  let pieces: Buffer[] = [];
  let length = 0;
  let number = 0;
  const end = (last: Buffer): Line | null => {
    number += 1;
    const tooLong = length + last.length > LONGEST_LINE;
    const text = tooLong
      ? ''
      : Buffer.concat([...pieces, last])
          .toString('utf8')
          .replace(/\r$/, '');
    pieces = [];
    length = 0;
    if (tooLong) return { number, tooLong: true };
    return text.trim() === '' ? null : { number, text };
  };
  for await (const chunk of stream) {
    const lines: Line[] = [];
    let rest: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      const line = end(rest.subarray(0, at));
      if (line !== null) lines.push(line);
      rest = rest.subarray(at + 1);
    }
    length += rest.length;
    if (length <= LONGEST_LINE) pieces.push(rest);
    else pieces = [];
    if (lines.length > 0) yield lines;
  }
  if (length > 0) {
    const last = end(Buffer.alloc(0));
    if (last !== null) yield [last];
  }
}
