import { closeSync, existsSync, fsyncSync, ftruncateSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes the whole of `data`, since one write call may take only a part of it. */
function writeAll(descriptor: number, data: Buffer): void {
  for (let done = 0; done < data.length; ) done += writeSync(descriptor, data, done);
}

/** Replaces a file so that after a power cut either the old or the new content is there, whole. */
export function replaceDurably(path: string, content: string, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(temporary, 'w', mode);
  try {
    writeAll(descriptor, Buffer.from(content));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/**
 * Appends so that the text is on the disk when this returns. What a crash or a full disk left unfinished at the
 * end of the file is told from whole lines by its missing line end, and cut off first.
 */
export function appendDurably(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const isNew = !existsSync(path);
  const descriptor = openSync(path, 'a+', mode);
  const start = fstatSync(descriptor).size;
  try {
    writeAll(descriptor, Buffer.from(text));
    fsyncSync(descriptor);
  } catch (error) {
    ftruncateSync(descriptor, start);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  if (isNew) syncFolder(dirname(path));
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
function syncFolder(folder: string): void {
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
