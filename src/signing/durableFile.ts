import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Writes the whole of `data`, since one write call may take only a part of it. */
function writeAll(descriptor: number, data: Buffer): void {
  for (let done = 0; done < data.length; ) done += writeSync(descriptor, data, done);
}

/** Replaces a file so that after a power cut either the old or the new content is there, whole. */
export function replaceDurably(path: string, content: string, mode = 0o600): void {
  const temporary = writeBeside(path, content, mode);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes a file that is not there yet, whole from the first moment on. False where somebody else has made it. */
export function createDurably(path: string, content: string, mode = 0o600): boolean {
  const temporary = writeBeside(path, content, mode);
  try {
    // A rename would replace what another process has made meanwhile; a link does not.
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(path)) return false;
    // Some file systems know no links; there a rename has to do.
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(dirname(path));
  return true;
}

/** The content in a file of its own in the same folder, on the disk. A full disk leaves nothing of it behind. */
function writeBeside(path: string, content: string, mode: number): string {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(temporary, 'w', mode);
  try {
    writeAll(descriptor, Buffer.from(content));
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

/**
 * Appends so that the text is on the disk when this returns. What a crash or a full disk left unfinished at the
 * end of the file is cut off first: whatever follows the last whole line, or the last line with which something
 * `mayEnd`.
 */
export function appendDurably(
  path: string,
  text: string,
  mayEnd: (line: string) => boolean = () => true,
): void {
  mkdirSync(dirname(path), { recursive: true });
  const isNew = !existsSync(path);
  const descriptor = openSync(path, 'a+', 0o644);
  try {
    const start = endOfWhole(descriptor, mayEnd);
    if (start < fstatSync(descriptor).size) ftruncateSync(descriptor, start);
    try {
      writeAll(descriptor, Buffer.from(text));
      fsyncSync(descriptor);
    } catch (error) {
      ftruncateSync(descriptor, start);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
  if (isNew) syncFolder(dirname(path));
}

/** Where the last line ends that something may end with. */
function endOfWhole(descriptor: number, mayEnd: (line: string) => boolean): number {
  const { size } = fstatSync(descriptor);
  for (let reach = 4096; ; reach *= 16) {
    const start = Math.max(0, size - reach);
    const tail = Buffer.alloc(size - start);
    readSync(descriptor, tail, 0, tail.length, start);
    for (let end = tail.lastIndexOf(10); end >= 0; end = end === 0 ? -1 : tail.lastIndexOf(10, end - 1)) {
      const before = end === 0 ? -1 : tail.lastIndexOf(10, end - 1);
      // The first line in reach may have begun out of it.
      if (before < 0 && start > 0) break;
      if (mayEnd(tail.toString('utf8', before + 1, end))) return start + end + 1;
    }
    if (start === 0) return 0;
  }
}

/** The text of a file, or null where there is none. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Makes a rename or a new name durable. Some systems cannot open a folder; there the rename has to do. */
export function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch {
    // Not supported by this file system.
  } finally {
    closeSync(descriptor);
  }
}
