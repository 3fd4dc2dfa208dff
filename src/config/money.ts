/** Money is counted in whole millionths of its unit: sums of fractions would drift. */
const MICROS = 1_000_000;

/**
 * Millionths from an amount as people write it; null where it is none.
 *
 * @example microsFrom('0.15') // 150000
 */
export function microsFrom(text: string): number | null {
  const [, whole, fraction = ''] = /^(\d{1,7})(?:\.(\d{1,6}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? null : Number(whole) * MICROS + Number(fraction.padEnd(6, '0'));
}

/** The amount as it would be written, with no fewer than two decimals: `1.50`, `0.000123`. */
export function moneyText(micros: number): string {
  const fraction = String(micros % MICROS)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${Math.floor(micros / MICROS)}.${fraction}`;
}
