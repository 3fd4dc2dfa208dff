import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mirror } from '../../audit/mirror/mirror.js';
import { entryFromJson, entryJson } from '../../ledger/seal.js';
import { emptied } from './archived.js';
import type { Holder, Whom } from './holder.js';
import type { Mentions } from './mentions.js';
import { partsAbout } from './scan.js';

/** The mirror holds entries that the ledger may hold no more, so each line is asked for itself. */
export function eraseMirror(mirror: Mirror, mentions: Mentions, now: number): Promise<number> {
  return mirror.rewrite((line) => {
    // Most lines are not worth being taken apart.
    if (!mentions.inText(line)) return null;
    const entry = entryOf(line);
    if (entry === null) return null;
    const { actor, rest } = partsAbout(entry, mentions);
    return actor || rest ? entryJson(emptied(entry, mentions, now)) : null;
  });
}

function entryOf(line: string) {
  try {
    const { type: _, ...value } = JSON.parse(line) as Record<string, unknown>;
    const entry = entryFromJson(value);
    return typeof entry === 'string' ? null : entry;
  } catch {
    return null;
  }
}

/** Events of other processes that wait for the database: they can be found, but not taken out of their hands. */
export function spoolHolder(dataDir: string, tenant: string): Holder {
  const folder = join(dataDir, 'spool');
  const files = (whom: Whom): string[] =>
    namesIn(folder).filter((name) => name.startsWith(`${tenant}~`) && isIn(join(folder, name), whom));
  return {
    name: 'events that wait for the database',
    find: async (whom) => files(whom).length,
    erase: async (whom) => ({
      count: 0,
      left: files(whom).map(() => ({
        what: 'events that wait for the database',
        why: 'another process holds them; let it write them, and erase once more',
      })),
    }),
  };
}

function isIn(path: string, whom: Whom): boolean {
  try {
    return whom.isIn(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
