import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { replaceDurably } from '../../../signing/durableFile.js';

/** Larger ones are looked at piece by piece elsewhere; a console saves none of that size. */
const LARGEST = 256 * 1024 * 1024;

/**
 * What the console has put into its folder about somebody: lines that were typed, and files of answers. Lines are taken
 * out; a file that speaks of them goes as a whole, since what it was made of can be exported anew.
 */
export function consoleFiles(folder: string) {
  const history = join(folder, 'history');
  const lines = (isAbout: (text: string) => boolean): { kept: string[]; gone: number } => {
    const all =
      textOf(history)
        ?.split('\n')
        .filter((line) => line !== '') ?? [];
    const kept = all.filter((line) => !isAbout(line));
    return { kept, gone: all.length - kept.length };
  };
  const files = (isAbout: (text: string) => boolean): string[] =>
    namesIn(folder)
      .filter((name) => name !== 'history')
      .map((name) => join(folder, name))
      .filter((path) => isAbout(textOf(path) ?? ''));
  return {
    name: 'the console: typed lines and saved files',
    find: async ({ isIn }: { isIn(text: string): boolean }): Promise<number> =>
      lines(isIn).gone + files(isIn).length,
    erase: async ({ isIn }: { isIn(text: string): boolean }): Promise<{ count: number }> => {
      const { kept, gone } = lines(isIn);
      if (gone > 0) replaceDurably(history, kept.map((line) => `${line}\n`).join(''));
      const found = files(isIn);
      for (const path of found) rmSync(path, { force: true });
      return { count: gone + found.length };
    },
  };
}

function textOf(path: string): string | null {
  try {
    const { size } = statSync(path);
    return size > LARGEST ? null : readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? entry.name : [],
    );
  } catch {
    return [];
  }
}
