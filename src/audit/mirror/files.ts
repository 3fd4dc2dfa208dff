import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { replaceDurably } from '../../signing/durableFile.js';
import { demandMirrorFolder, onMirrorFiles } from './trouble.js';

/** A file that has reached this size is put aside under the numbers it holds. */
const ROTATE_BYTES = 64 * 1024 * 1024;

export const CURRENT = 'events.ndjson';
const ROTATED = /^events-(\d+)-(\d+)\.ndjson$/;

/** The last entry of a mirror, and how large its current file is. */
export interface MirrorPosition {
  seq: number;
  leaf: string;
  bytes: number;
}

/**
 * The files of a mirror: events.ndjson, and what was put aside as events-FIRST-LAST.ndjson. How far the mirror has
 * come is told by its own last whole line and by nothing else, so the two cannot disagree.
 */
export class MirrorFiles {
  readonly folder: string;
  readonly #path: string;
  readonly #rotateBytes: number;

  constructor(folder: string, rotateBytes = ROTATE_BYTES) {
    this.folder = folder;
    this.#path = join(folder, CURRENT);
    this.#rotateBytes = rotateBytes;
  }

  get bytes(): number {
    return onMirrorFiles(this.folder, () => statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0);
  }

  /** The last whole line's entry, for whoever only looks; seq 0 for none. Throws where nothing could be written. */
  last(): { seq: number; leaf: string } {
    demandMirrorFolder(this.folder);
    return onMirrorFiles(this.folder, () => {
      const current = existsSync(this.#path) ? readLast(this.#path) : null;
      const newest = this.#newestRotated();
      return current ?? (newest === null ? null : readLast(newest)) ?? { seq: 0, leaf: '' };
    });
  }

  /** Where the mirror is; seq 0 for one that is empty. Cuts off a line that a crash left unfinished. */
  position(): MirrorPosition {
    return onMirrorFiles(this.folder, () => this.#position());
  }

  #position(): MirrorPosition {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    cutUnfinishedLine(this.#path);
    const bytes = this.bytes;
    const newest = bytes > 0 ? this.#path : this.#newestRotated();
    if (newest === null) return { seq: 0, leaf: '', bytes };
    const { seq, leaf } = readLast(newest)!;
    return { seq, leaf, bytes };
  }

  /** Appends lines whose last entry is `last`, durably. */
  append(lines: readonly string[], last: number): void {
    onMirrorFiles(this.folder, () => this.#append(lines, last));
  }

  #append(lines: readonly string[], last: number): void {
    const descriptor = openSync(this.#path, 'a+', 0o600);
    const start = fstatSync(descriptor).size;
    let size = start;
    try {
      const data = Buffer.from(lines.join(''));
      for (let done = 0; done < data.length; ) done += writeSync(descriptor, data, done);
      fsyncSync(descriptor);
      size += data.length;
    } catch (error) {
      ftruncateSync(descriptor, start);
      throw error;
    } finally {
      closeSync(descriptor);
    }
    if (size < this.#rotateBytes) return;
    renameSync(this.#path, join(this.folder, `events-${firstNumber(this.#path)}-${last}.ndjson`));
  }

  /** Removes everything, to begin again. */
  clear(): void {
    onMirrorFiles(this.folder, () => {
      rmSync(this.#path, { force: true });
      for (const { name } of this.#rotated()) rmSync(join(this.folder, name), { force: true });
    });
  }

  /** The files that were put aside. They do not change any more, but by `rewrite`. */
  get rotated(): readonly string[] {
    return onMirrorFiles(this.folder, () => this.#rotated().map(({ name }) => name));
  }

  /**
   * Writes a file anew, line by line: `change` gives a line as it is to be, or null where it stays. Until the new file
   * is whole the old one is there. Returns how many lines were changed.
   */
  rewrite(name: string, change: (line: string) => string | null): number {
    return onMirrorFiles(this.folder, () => rewriteLines(join(this.folder, name), change));
  }

  #newestRotated(): string | null {
    const newest = this.#rotated().at(-1);
    return newest === undefined ? null : join(this.folder, newest.name);
  }

  #rotated(): { name: string; last: number }[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .flatMap((name) => {
        const match = ROTATED.exec(name);
        return match === null ? [] : [{ name, last: Number(match[2]) }];
      })
      .sort((a, b) => a.last - b.last);
  }
}

function rewriteLines(path: string, change: (line: string) => string | null): number {
  if (!existsSync(path)) return 0;
  const lines = readFileSync(path, 'utf8').split('\n');
  // After the last line end there is nothing, or a line that a crash left unfinished.
  const unfinished = lines.pop();
  let count = unfinished === '' ? 0 : 1;
  for (let i = 0; i < lines.length; i += 1) {
    const changed = change(lines[i]!);
    if (changed === null) continue;
    lines[i] = changed;
    count += 1;
  }
  if (count > 0) replaceDurably(path, lines.map((line) => `${line}\n`).join(''));
  return count;
}

function cutUnfinishedLine(path: string): void {
  if (!existsSync(path)) return;
  const descriptor = openSync(path, 'r+');
  try {
    const size = fstatSync(descriptor).size;
    const end = lastLineEnd(descriptor, size);
    if (end < size) ftruncateSync(descriptor, end);
  } finally {
    closeSync(descriptor);
  }
}

/** The position after the last line end before `size`. */
function lastLineEnd(descriptor: number, size: number): number {
  const piece = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length);
    readSync(descriptor, piece, 0, end - start, start);
    const at = piece.subarray(0, end - start).lastIndexOf(10);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** The entry of a file's last whole line; null where it holds none. */
function readLast(path: string): { seq: number; leaf: string } | null {
  const descriptor = openSync(path, 'r');
  try {
    const end = lastLineEnd(descriptor, fstatSync(descriptor).size);
    if (end === 0) return null;
    const start = lastLineEnd(descriptor, end - 1);
    const line = Buffer.alloc(end - 1 - start);
    readSync(descriptor, line, 0, line.length, start);
    return numberAndLeaf(line.toString('utf8'));
  } finally {
    closeSync(descriptor);
  }
}

function firstNumber(path: string): number {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(256 * 1024);
    const got = readSync(descriptor, head, 0, head.length, 0);
    const end = head.subarray(0, got).indexOf(10);
    return numberAndLeaf(head.subarray(0, end < 0 ? got : end).toString('utf8')).seq;
  } finally {
    closeSync(descriptor);
  }
}

function numberAndLeaf(line: string): { seq: number; leaf: string } {
  const entry = JSON.parse(line) as { public: { seq: number }; leaf: string };
  return { seq: entry.public.seq, leaf: entry.leaf };
}
