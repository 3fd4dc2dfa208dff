/** Errors are wrapped, but not endlessly. */
const DEEPEST = 8;

/**
 * Why a call failed, in a few words that may stand in the record and in a chat: the code or the status, never the
 * error's text, which may repeat what was sent.
 */
export function causeOf(error: unknown): string {
  let layer = error;
  let code: string | null = null;
  let status: number | null = null;
  for (let depth = 0; depth < DEEPEST && typeof layer === 'object' && layer !== null; depth++) {
    const { code: itsCode, status: itsStatus, cause } = layer as Record<string, unknown>;
    if (typeof itsCode === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(itsCode)) code = itsCode;
    if (typeof itsStatus === 'number' && itsStatus >= 100 && itsStatus <= 599)
      status ??= Math.trunc(itsStatus);
    layer = cause;
  }
  if (status !== null) return `status ${status}`;
  if (code !== null) return code;
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z]{1,64}$/.test(name) ? name : 'an error';
}
