/** Short for `npm test`; long, with more rounds and more load, for `npm run proofs` (scripts/proofs.js). */
const isLong = process.env.PROOFS === 'long';

export function byForm<T>(short: T, long: T): T {
  return isLong ? long : short;
}

/** Enough for the long form; the short ones end long before. */
export const PATIENCE_MS = isLong ? 30 * 60_000 : 120_000;
