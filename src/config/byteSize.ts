const UNITS: Record<string, number> = {
  b: 1,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
};

/**
 * Bytes as people write them: `65536`, `64KiB`, `256 MiB`; `kB`, `MB` and `GB` are the powers of 1,000. Null
 * where it is none, or no whole number of bytes that can be counted exactly.
 */
export function byteSizeFrom(text: string): number | null {
  const match = /^(\d{1,16}(?:\.\d{1,3})?) ?([a-z]{1,3})?$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? 'b').toLowerCase()];
  if (match === null || unit === undefined) return null;
  const size = Number(match[1]) * unit;
  return Number.isSafeInteger(size) ? size : null;
}
