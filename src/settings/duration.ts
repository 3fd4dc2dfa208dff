const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/**
 * Milliseconds from a number and a unit; null where it is neither.
 *
 * @example durationFrom('90s') // 90000
 */
export function durationFrom(text: string): number | null {
  const [, digits, unit] = /^(\d{1,9}) ?(ms|[smhd])$/i.exec(text.trim()) ?? [];
  const [, ms] = UNITS.find(([name]) => name === unit?.toLowerCase()) ?? [];
  return ms === undefined ? null : Number(digits) * ms;
}

/** The same time as it would be written: in the largest unit that it is a whole number of. */
export function durationText(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms !== 0 && ms % size === 0) ?? ['s', 1000];
  return `${ms / size}${unit}`;
}
