/**
 * What a database error means for whoever writes: `away` may come back (the spool keeps the event),
 * `duplicate` met a unique key, `refused` is the database's own rule (an append-only trigger), `value` is one
 * value that the database will never take, and `other` is whatever needs a person.
 */
export type FailureKind = 'away' | 'duplicate' | 'refused' | 'value' | 'other';

const SQLITE_AWAY = [
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_IOERR',
  'SQLITE_CANTOPEN',
  'SQLITE_PROTOCOL',
  'SQLITE_NOMEM',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
];

const SYSTEM_AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  'EACCES',
]);

// Classes 08 connection, 53 resources (disk full, too many connections), 57P operator intervention,
// 58 system error; 25006 read-only; 55P03 lock not available; 40001 and 40P01 serialisation and deadlock;
// 28 and 3D000: a server that is up but will not have us yet (restarting with other settings, restoring).
const POSTGRES_AWAY = /^(08|53|57|58|28)|^(25006|55P03|40001|40P01|3D000)$/;

// What Prisma says itself, without a code of the driver's: not reachable, timed out, closed, no connection free.
const PRISMA_AWAY = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024']);

/** Classifies what a driver threw. */
export function failureKind(error: unknown): FailureKind {
  const code = codeOf(error);
  if (code.startsWith('SQLITE_')) {
    // The guard against INSERT OR REPLACE speaks before the unique index can.
    if (code === 'SQLITE_CONSTRAINT_TRIGGER')
      return /already/.test(messageOf(error)) ? 'duplicate' : 'refused';
    if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'duplicate';
    if (/^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(code)) return 'value';
    return SQLITE_AWAY.some((away) => code.startsWith(away)) ? 'away' : 'other';
  }
  if (SYSTEM_AWAY.has(code) || PRISMA_AWAY.has(code)) return 'away';
  if (code === '23505') return 'duplicate';
  if (code === 'P0001') return 'refused';
  if (POSTGRES_AWAY.test(code)) return 'away';
  // 54: too large for the server, such as a text that is longer than an index can hold.
  if (/^(22|23|54)/.test(code)) return 'value';
  // node-postgres reports a connection that broke off, or could not be had in time, without a code.
  return /connection (terminated|timeout|ended)|timeout exceeded|read timeout|not queryable|Client has encountered/i.test(
    messageOf(error),
  )
    ? 'away'
    : 'other';
}

/** A driver's error, or one of the wrappings that Prisma puts around it. */
interface Layer {
  code?: unknown;
  message?: unknown;
  originalCode?: unknown;
  originalMessage?: unknown;
  cause?: unknown;
  meta?: { driverAdapterError?: unknown };
}

function* layersOf(error: unknown): Generator<Layer> {
  let layer = error;
  for (let depth = 0; depth < 8 && typeof layer === 'object' && layer !== null; depth++) {
    const { meta, cause } = layer as Layer;
    yield layer as Layer;
    layer = meta?.driverAdapterError ?? cause;
  }
}

/** The driver's words, also where Prisma has wrapped them. Asked for without `instanceof`: see `codeOf`. */
function messageOf(error: unknown): string {
  let outermost = '';
  for (const { message, originalMessage } of layersOf(error)) {
    if (typeof originalMessage === 'string') return originalMessage;
    if (outermost === '' && typeof message === 'string') outermost = message;
  }
  return outermost;
}

/**
 * The driver's code, also where Prisma has wrapped it; Prisma's own where there is no other. Drivers' errors are
 * told by their properties, since a native driver makes them in the realm that loaded it first.
 */
export function codeOf(error: unknown): string {
  let prismas = '';
  for (const { code, originalCode } of layersOf(error)) {
    if (typeof originalCode === 'string') return originalCode;
    if (typeof code !== 'string') continue;
    if (!/^P[1-9]\d{3}$/.test(code)) return code;
    if (prismas === '') prismas = code;
  }
  return prismas;
}

/** True where another connection holds SQLite's write lock, so that trying again soon makes sense. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
