import type { Parsed } from '../argument.js';

/** The number of a case as people write it: `1234` or `#1234`. */
export function readCase(text: string): Parsed<number> {
  const digits = /^#?(\d{1,15})$/.exec(text.trim())?.[1];
  return digits === undefined || Number(digits) === 0
    ? { ok: false, rule: 'the number of a case', example: '1234' }
    : { ok: true, value: Number(digits) };
}
