import { once } from 'node:events';
import { closeSync, createWriteStream, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { UserError } from '../config/userError.js';

/** Standard input and output, handed in so that a test can be one. */
export interface Terminal {
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): number;
  /** Called on SIGINT and SIGTERM. Returns the way to stop listening. */
  onSignal(work: (signal: string) => void): () => void;
}

/** Where results go. Writing waits for a slow reader, so memory stays small whatever the size. */
export interface Output {
  write(text: string | Uint8Array): Promise<void>;
  /** Everything is there, whole. */
  done(): Promise<void>;
  /** Nothing of it is to stay. */
  abandon(): Promise<void>;
}

/** Standard output, or a file that appears only when it is whole. */
export function openOutput(terminal: Terminal, file: string | undefined): Output {
  if (file === undefined || file === '-') {
    return {
      write: (text) => writeTo(terminal.stdout, text),
      done: async () => {},
      abandon: async () => {},
    };
  }
  let partial = `${file}.partial-${process.pid}`;
  let isFile = true;
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    // A device or a pipe takes what comes; to rename something over it would destroy it.
    isFile = there?.isFile() ?? true;
    if (!isFile) partial = file;
    // Fails here and not at the end, when an hour's work would be lost.
    else closeSync(openSync(partial, 'w', 0o600));
  } catch (error) {
    throw new UserError({
      code: 'CANNOT_WRITE',
      message: `${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
      example: '--out record.ndjson',
    });
  }
  const stream = createWriteStream(partial, { flush: isFile });
  let failed: Error | null = null;
  stream.on('error', (error) => {
    failed = error;
  });
  const finish = async (): Promise<void> => {
    stream.end();
    if (!stream.closed) await once(stream, 'close');
  };
  return {
    write: async (text) => {
      if (failed !== null) throw failed;
      await writeTo(stream, text);
    },
    done: async () => {
      await finish();
      if (failed !== null) throw failed;
      if (isFile) renameSync(partial, file);
    },
    abandon: async () => {
      await finish().catch(() => {});
      if (isFile) rmSync(partial, { force: true });
    },
  };
}

/** Writes and waits where the other side is slow. A reader who went away (`| head`) ends the command quietly. */
export async function writeTo(stream: Writable, text: string | Uint8Array): Promise<void> {
  if (stream.destroyed) throw new BrokenPipe();
  if (stream.write(text)) return;
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EPIPE' ? new BrokenPipe() : error;
  } finally {
    // The one that lost must not go on listening: a large export waits thousands of times.
    settled.abort();
  }
  if (stream.destroyed) throw new BrokenPipe();
}

export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** Waits until what was written has been handed to the system. */
export function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
