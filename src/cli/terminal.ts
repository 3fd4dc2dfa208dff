import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** Standard input and output, handed in so that a test can be one. */
export interface Terminal {
  stdin: Readable;
  /** Standard input is `/dev/null`, as a service manager gives it: that it ends at once says nothing. */
  isUnattended?: boolean;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): number;
  /** Called on SIGINT, SIGTERM and SIGHUP. Returns the way to stop listening. */
  onSignal(work: (signal: string) => void): () => void;
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
