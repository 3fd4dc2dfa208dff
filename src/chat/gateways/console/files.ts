import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Attachment } from '../../gateway.js';

/** Tries under other names before it gives up. */
const MOST_NAMESAKES = 10_000;

/** Saves a file of an answer into a folder, never over another one, readable by its owner alone. Returns its path. */
export function saveFile(folder: string, { name, bytes }: Attachment): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const safe = safeName(name);
  const ending = extname(safe);
  const stem = safe.slice(0, safe.length - ending.length);
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? safe : `${stem}-${number}${ending}`);
    try {
      writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === MOST_NAMESAKES) throw error;
    }
  }
}

/** A name that stays in its folder, whatever it was. */
function safeName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '');
  return safe.slice(-100) || 'file';
}
