import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** As many lines are offered again. */
const KEPT = 500;

/**
 * What was typed at the prompt, for the next time. Only its owner may read the file. A line that begins with a space
 * is not kept, as in a shell. Where the file cannot be used there is no history, and no failure.
 */
export class History {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Newest first, as a prompt wants them. */
  read(): string[] {
    try {
      const lines = readFileSync(this.#path, 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      const kept = lines.slice(-KEPT);
      if (lines.length > 2 * KEPT) writeFileSync(this.#path, `${kept.join('\n')}\n`, { mode: 0o600 });
      return [...new Set(kept.reverse())];
    } catch {
      return [];
    }
  }

  add(line: string): void {
    if (line.trim() === '' || line.startsWith(' ')) return;
    try {
      if (!existsSync(this.#path)) mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, `${line.trimEnd().replace(/[\r\n\0]/g, ' ')}\n`, { mode: 0o600 });
    } catch {
      // A full disk is no reason to stop talking.
    }
  }
}
