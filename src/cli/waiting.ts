import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT } from '../audit/table.js';

/** Events that wait in the spool for the database. */
export interface Waiting {
  files: number;
  events: number;
  bytes: number;
  /** When the oldest of them happened; null where none wait. */
  oldest: number | null;
}

/** What lies in the spool of a tenant, read from outside the process that writes it: while it drains, at most. */
export function readWaiting(dataDir: string, tenant: string): Waiting {
  const folder = join(dataDir, 'spool');
  const waiting: Waiting = { files: 0, events: 0, bytes: 0, oldest: null };
  for (const name of namesIn(folder)) {
    if (!name.startsWith(`${tenant}~`) || !name.endsWith('.ndjson')) continue;
    const text = readIfThere(join(folder, name));
    if (text === null) continue;
    waiting.files += 1;
    waiting.bytes += text.length;
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, end + 1)) waiting.events += 1;
    const at = timeOf(text.subarray(0, text.indexOf(10)));
    if (at !== null) waiting.oldest = Math.min(at, waiting.oldest ?? at);
  }
  return waiting;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Null for a file that was drained just now. */
function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** Events lie in the order in which they came, so the first line tells a file's age. */
function timeOf(line: Buffer): number | null {
  try {
    const at = (JSON.parse(line.toString('utf8')) as { row: unknown[] }).row[AT.at];
    return typeof at === 'number' ? at : null;
  } catch {
    return null;
  }
}
