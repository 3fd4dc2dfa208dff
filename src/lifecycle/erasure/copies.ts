import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mirror } from '../../audit/mirror/mirror.js';
import type { ActorPart } from '../../ledger/entry.js';
import { entryFromJson, entryJson } from '../../ledger/seal.js';
import { emptied } from './archived.js';
import type { Holder, Whom } from './holder.js';
import type { Appearance } from './identify.js';
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

/** In how many lines of the mirror somebody is: it may be all that is left of them. */
export async function countInMirror(mirror: Mirror, mentions: Mentions): Promise<number> {
  let count = 0;
  await mirror.rewrite((line) => {
    if (mentions.inText(line)) count += 1;
    return null;
  });
  return count;
}

/** As whom people acted in entries that may be in the mirror alone. */
export async function appearancesInMirror(mirror: Mirror): Promise<Appearance[]> {
  const actors = new Set<string>();
  await mirror.rewrite((line) => {
    const from = line.indexOf(ACTOR);
    const to = line.indexOf(AFTER_ACTOR, from);
    // The same few act in most lines, so only what is new is taken apart.
    if (from >= 0 && to >= 0) actors.add(line.slice(from + ACTOR.length, to));
    return null;
  });
  return [...actors].flatMap((text) => {
    try {
      const { actorPhone = null, actorId = null, actorName = null } = JSON.parse(text) as ActorPart;
      return [{ address: actorPhone, id: actorId, name: actorName }];
    } catch {
      return [];
    }
  });
}

/** As `entryJson` writes it. No text within can look like it: its quotation marks would be escaped. */
const ACTOR = ',"actor":';
const AFTER_ACTOR = ',"actorSalt":';

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
