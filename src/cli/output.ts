import { once } from 'node:events';
import { closeSync, createWriteStream, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { UserError } from '../config/userError.js';
import { type Terminal, writeTo } from './terminal.js';

/** Where a result goes while it is made. */
export interface Output {
  /** The file it will be in; undefined for standard output. */
  readonly file: string | undefined;
  /** Waits for a slow reader, so memory stays small whatever the size. */
  write(text: string | Uint8Array): Promise<void>;
  /** To be called now and then in long work that writes nothing: throws when somebody wants it to stop. */
  demandGoingOn(): void;
}

/** Somebody pressed Ctrl-C: what was begun is taken back and closed on the way out. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** As a shell tells a signal. */
  readonly status: number;

  constructor(signal: string) {
    super(signal);
    this.status = 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
  }
}

/**
 * Makes a result on standard output, or in a file that appears only when it is whole. A signal stops the work at
 * its next step, so that it can close what it opened; a second one ends the process at once.
 */
export async function withOutput<T>(
  terminal: Terminal,
  option: string | undefined,
  work: (output: Output) => Promise<T>,
): Promise<T> {
  const file = option === '-' ? undefined : option;
  const target = file === undefined ? standardOutput(terminal) : fileOutput(file);
  let interrupted: Interrupted | null = null;
  const stop = terminal.onSignal((signal) => {
    stop();
    interrupted = new Interrupted(signal);
    // Whoever waits for a slow reader waits no longer.
    target.release();
  });
  const demandGoingOn = (): void => {
    if (interrupted !== null) throw interrupted;
  };
  try {
    const write = async (text: string | Uint8Array): Promise<void> => {
      demandGoingOn();
      await target.write(text);
    };
    const result = await work({ file, write, demandGoingOn });
    demandGoingOn();
    await target.done();
    return result;
  } catch (error) {
    await target.abandon();
    throw interrupted ?? error;
  } finally {
    stop();
  }
}

interface Target {
  write(text: string | Uint8Array): Promise<void>;
  /** Takes nothing more, and lets go whoever waits. */
  release(): void;
  /** Everything is there, whole. */
  done(): Promise<void>;
  /** Nothing of it is to stay. */
  abandon(): Promise<void>;
}

const standardOutput = ({ stdout }: Terminal): Target => ({
  write: (text) => writeTo(stdout, text),
  release: () => stdout.destroy(),
  done: async () => {},
  abandon: async () => {},
});

function fileOutput(file: string): Target {
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
      hint: '--out names a file in a folder that is there and may be written to.',
      example: '--out record.ndjson',
    });
  }
  const stream = createWriteStream(partial, { flush: isFile });
  let failed: Error | null = null;
  stream.on('error', (error) => {
    failed = error;
  });
  const closed = async (): Promise<void> => {
    if (!stream.closed) await once(stream, 'close');
  };
  return {
    write: async (text) => {
      if (failed !== null) throw failed;
      await writeTo(stream, text);
    },
    release: () => stream.destroy(),
    done: async () => {
      stream.end();
      await closed();
      if (failed !== null) throw failed;
      if (isFile) renameSync(partial, file);
    },
    abandon: async () => {
      stream.destroy();
      await closed().catch(() => {});
      if (isFile) rmSync(partial, { force: true });
    },
  };
}
