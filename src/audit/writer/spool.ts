import { randomBytes } from 'node:crypto';
import {
  closeSync,
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
import { syncFolder } from '../../signing/durableFile.js';
import { type Draft, draftFromJson } from './draft.js';

/** What lies in the spool. */
export interface SpoolStatus {
  count: number;
  bytes: number;
}

/** A file with less to leave out than this is not worth rewriting. */
const REWRITE_FROM = 1024 * 1024;

/**
 * Events that the database could not take, in a file, in order, each batch on the disk before anybody is told.
 * A spool belongs to one writer; when that process has died, the next one to open the ledger adopts its file.
 * Draining again what was drained already does no harm: the ledger knows every event by its id. So the file may keep
 * what was drained for a while; it is rewritten without that when it is the larger part.
 */
export class Spool {
  readonly #folder: string;
  readonly #tenant: string;
  readonly #maxBytes: number;
  #path: string;
  #descriptor: number | undefined;
  #size = 0;
  #readFrom = 0;
  #count = 0;
  /** How much must have been drained before the file is rewritten. */
  #rewriteFrom = REWRITE_FROM;

  constructor(folder: string, tenant: string, maxBytes: number) {
    this.#folder = folder;
    this.#tenant = tenant;
    this.#maxBytes = maxBytes;
    this.#path = this.#ownPath();
  }

  get status(): SpoolStatus {
    return { count: this.#count, bytes: this.#size - this.#readFrom };
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * Keeps as many drafts as there is room for, from the first on, and returns how many that was and why the rest
   * was not kept. They are on the disk when this returns. What tells of a loss may go beyond the ceiling.
   */
  append(drafts: readonly Draft[], { evenIfFull = false } = {}): { kept: number; why?: string } {
    const lines: Buffer[] = [];
    let bytes = 0;
    let why: string | undefined;
    for (const draft of drafts) {
      const { id, row, textBefore, textAfter } = draft;
      const line = Buffer.from(`${JSON.stringify({ id, row, textBefore, textAfter })}\n`);
      if (!evenIfFull && this.#size - this.#readFrom + bytes + line.length > this.#maxBytes) {
        why = `the spool is full (AUDIT_SPOOL_MAX_BYTES is ${this.#maxBytes})`;
        break;
      }
      lines.push(line);
      bytes += line.length;
    }
    if (lines.length === 0) return { kept: 0, ...(why && { why }) };
    try {
      this.#descriptor ??= this.#open();
      writeWhole(this.#descriptor, Buffer.concat(lines), this.#size);
      fsyncSync(this.#descriptor);
    } catch (error) {
      this.#cutBack();
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      return { kept: 0, why: `the spool cannot be written (${code})` };
    }
    this.#size += bytes;
    this.#count += lines.length;
    return { kept: lines.length, ...(why !== undefined && { why }) };
  }

  /**
   * The oldest drafts, and how many lines and bytes of the file that is. There are more lines than drafts where
   * some are damaged; a file that somebody cut off is as many damaged lines as were in it.
   */
  read(max: number): { drafts: Draft[]; lines: number; bytes: number } {
    const drafts: Draft[] = [];
    let lines = 0;
    let bytes = 0;
    if (this.#descriptor === undefined) return { drafts, lines, bytes };
    for (const line of linesOf(this.#descriptor, this.#readFrom, this.#size)) {
      const draft = parseLine(line);
      lines += 1;
      bytes += line.length + 1;
      if (draft !== null) drafts.push(draft);
      if (drafts.length >= max) break;
    }
    if (lines > 0) return { drafts, lines, bytes };
    return { drafts, lines: this.#count, bytes: this.#size - this.#readFrom };
  }

  /**
   * Forgets what `read` gave. The file goes when all of it is done; under a load that never lets it come to that,
   * what was drained is left out once it is more than what waits.
   */
  advance(lines: number, bytes: number): void {
    this.#readFrom += bytes;
    this.#count = Math.max(0, this.#count - lines);
    if (this.#readFrom >= this.#size) {
      this.#count = 0;
      this.#remove();
    } else if (this.#readFrom >= Math.max(this.#rewriteFrom, this.#size - this.#readFrom)) {
      this.#rewrite();
    }
  }

  /**
   * Takes over the files of writers that have ended, oldest first, in front of nothing: call it before anything
   * is appended. Returns how many events that brought.
   */
  adopt(): number {
    this.#sweep();
    for (const name of this.#orphans()) {
      // From here on the file is this process's own, so that nobody else adopts it as well.
      const claimed = this.#ownPath();
      try {
        renameSync(join(this.#folder, name), claimed);
      } catch {
        continue; // Another process was faster.
      }
      if (this.#descriptor === undefined) this.#takeOver(claimed);
      else this.#takeIn(claimed);
    }
    return this.#count;
  }

  /** Lets go. What is left stays for the next process to adopt. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    if (this.#count === 0) rmSync(this.#path, { force: true });
    else renameSync(this.#path, unowned(this.#path));
  }

  #open(): number {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#path, 'w+', 0o600);
    syncFolder(this.#folder);
    return descriptor;
  }

  #ownPath(): string {
    return join(this.#folder, `${this.#tenant}~${ownerMark()}~${randomBytes(6).toString('hex')}.ndjson`);
  }

  /** Goes on in a file that another writer began. What has no line end was told to nobody. */
  #takeOver(path: string): void {
    const text = readFileSync(path);
    this.#path = path;
    this.#descriptor = openSync(path, 'r+');
    this.#size = text.lastIndexOf(10) + 1;
    this.#count = countLines(text);
    if (this.#count === 0) this.#remove();
  }

  /** Copies what another file holds behind what is here. */
  #takeIn(path: string): void {
    const text = readFileSync(path);
    const whole = text.subarray(0, text.lastIndexOf(10) + 1);
    try {
      writeWhole(this.#descriptor!, whole, this.#size);
      fsyncSync(this.#descriptor!);
    } catch {
      // No room for a copy: the file waits for the next start.
      this.#cutBack();
      renameSync(path, unowned(path));
      return;
    }
    this.#size += whole.length;
    this.#count += countLines(whole);
    rmSync(path);
  }

  /**
   * Puts what waits into a file of its own, and that in the place of this one. Until then this one holds all of it, and
   * whoever adopts either loses nothing.
   */
  #rewrite(): void {
    const path = `${this.#path}${UNFINISHED}`;
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'w+', 0o600);
      const size = copyRange(this.#descriptor!, this.#readFrom, this.#size, descriptor);
      fsyncSync(descriptor);
      renameSync(path, this.#path);
      this.#size = size;
    } catch {
      // No room for a copy now, perhaps when there is less to copy.
      this.#rewriteFrom = this.#readFrom + REWRITE_FROM;
      if (descriptor !== undefined) closeSync(descriptor);
      rmSync(path, { force: true });
      return;
    }
    closeSync(this.#descriptor!);
    this.#descriptor = descriptor;
    this.#readFrom = 0;
    this.#rewriteFrom = REWRITE_FROM;
    syncFolder(this.#folder);
  }

  /** Removes the copies that a crash left unfinished: what they were made of is still there. */
  #sweep(): void {
    for (const name of this.#ownNames(`.ndjson${UNFINISHED}`)) {
      if (!ownerLives(name)) rmSync(join(this.#folder, name), { force: true });
    }
  }

  #cutBack(): void {
    if (this.#descriptor === undefined) return;
    try {
      ftruncateSync(this.#descriptor, this.#size);
    } catch {
      // The unfinished line has no end and is not read.
    }
  }

  #remove(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#path, { force: true });
    this.#size = 0;
    this.#readFrom = 0;
    this.#rewriteFrom = REWRITE_FROM;
  }

  #orphans(): string[] {
    return this.#ownNames('.ndjson')
      .filter((name) => !ownerLives(name))
      .map((name) => ({ name, at: statSync(join(this.#folder, name)).mtimeMs }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name);
  }

  /** The tenant's files with such an ending. */
  #ownNames(ending: string): string[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return [];
    }
    return names.filter((name) => name.startsWith(`${this.#tenant}~`) && name.endsWith(ending));
  }
}

/** How the name of a copy ends that is still being made. */
const UNFINISHED = '.new';

/** The name of a file whose writer has let it go. */
const unowned = (path: string): string => path.replace(/~\d+-\d+~(?=[^~]*$)/, '~0-0~');

function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) count += 1;
  return count;
}

/** Process id and, where the system tells it, the tick it started at, so that a reused id is no life sign. */
function ownerMark(): string {
  return `${process.pid}-${startTick(process.pid) ?? 1}`;
}

function ownerLives(name: string): boolean {
  const match = /~(\d+)-(\d+)~/.exec(name);
  if (match === null) return false;
  const pid = Number(match[1]);
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const tick = startTick(pid);
  return tick === null || String(tick) === match[2];
}

function startTick(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return null;
  }
}

function writeWhole(descriptor: number, data: Buffer, position: number): void {
  for (let done = 0; done < data.length; ) {
    done += writeSync(descriptor, data, done, data.length - done, position + done);
  }
}

/** Copies a part of a file to the beginning of another; returns its length. */
function copyRange(from: number, start: number, end: number, to: number): number {
  const piece = Buffer.alloc(1024 * 1024);
  let done = 0;
  while (start + done < end) {
    const got = readSync(from, piece, 0, Math.min(piece.length, end - start - done), start + done);
    if (got === 0) throw new Error('the spool was cut off by somebody');
    writeWhole(to, piece.subarray(0, got), done);
    done += got;
  }
  return done;
}

function parseLine(line: Buffer): Draft | null {
  try {
    return draftFromJson(JSON.parse(line.toString('utf8')));
  } catch {
    return null;
  }
}

/** The whole lines between two positions of a file, without holding more than a piece of it. */
function* linesOf(descriptor: number, from: number, to: number): Generator<Buffer> {
  const piece = Buffer.alloc(256 * 1024);
  let carry = Buffer.alloc(0);
  for (let position = from; position < to; ) {
    const got = readSync(descriptor, piece, 0, Math.min(piece.length, to - position), position);
    if (got === 0) return;
    position += got;
    let text = Buffer.concat([carry, piece.subarray(0, got)]);
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10)) {
      yield text.subarray(0, end);
      text = text.subarray(end + 1);
    }
    carry = text;
  }
}
