import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Config } from './config.js';

/**
 * The program's log, one JSON object a line. Callers pass the object first and the words second, and never a
 * phone number or a message's text.
 *
 * @example log.warn({ err, tenant }, 'the mirror is behind')
 */
export type Log = Logger;

/** Writes to standard error, at once: the last line before a crash is the one that is needed. */
export function createLog(
  level: Config['logLevel'],
  stream: DestinationStream = destination({ fd: 2, sync: true }),
): Log {
  return pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, stream);
}
