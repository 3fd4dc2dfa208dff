import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../config/clock.js';
import { UserError } from '../../../config/userError.js';

export interface ProfileLockParts {
  /** The folder of the session. */
  readonly folder: string;
  /** The browser's own folder in it. */
  readonly profile: string;
  readonly clock: Clock;
  readonly host?: string;
  readonly pid?: number;
  /** Whether there is a process of that number here. */
  readonly isAlive?: (pid: number) => boolean;
  /** What it was started with; null where the system does not tell. */
  readonly commandOf?: (pid: number) => string | null;
}

/** The file of the lock says so often that its owner is still there. */
const BEAT_MS = 30_000;
/** Silent for so long, it belongs to nobody: the number was given to another process, or the machine is another. */
const STALE_MS = 120_000;

/** Chromium's own marks that somebody uses a profile; the first one names the process. */
const BROWSER_MARKS = ['SingletonLock', 'SingletonSocket', 'SingletonCookie'];

/**
 * Keeps two processes from sharing one session: WhatsApp would throw one of them out, then the other. What a process
 * left that died is cleared away; one that lives is named and refused. Returns the way to let go.
 */
export function lockProfile(parts: ProfileLockParts): () => void {
  const { folder, profile, clock, host = hostname(), pid = process.pid } = parts;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock');
  const mark = `${host} ${pid}\n`;
  try {
    writeFileSync(path, mark, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = ownerOf(path, parts);
    if (owner !== null) throw inUse(owner);
    rmSync(path, { force: true });
    // Of two who find it stale at the same time, one comes through here.
    writeFileSync(path, mark, { flag: 'wx', mode: 0o600 });
  }
  const letGo = () => {
    try {
      if (readFileSync(path, 'utf8') === mark) rmSync(path, { force: true });
    } catch {
      // Somebody has removed the folder.
    }
  };
  try {
    clearBrowserMarks(profile, parts);
  } catch (error) {
    letGo();
    throw error;
  }
  let stop = (): void => {};
  const beat = () => {
    stop = clock.setTimeout(
      () => {
        const now = clock.now() / 1000;
        try {
          utimesSync(path, now, now);
        } catch {
          // As above.
        }
        beat();
      },
      BEAT_MS,
      { background: true },
    );
  };
  beat();
  return () => {
    stop();
    letGo();
  };
}

interface Owner {
  readonly host: string;
  readonly pid: number;
}

/** Who holds the lock; null where nobody does any more. */
function ownerOf(path: string, parts: ProfileLockParts): Owner | null {
  const { clock, host = hostname(), pid = process.pid, isAlive = isProcess } = parts;
  let text: string;
  let changedAt: number;
  try {
    text = readFileSync(path, 'utf8');
    changedAt = statSync(path).mtimeMs;
  } catch {
    return null;
  }
  if (clock.now() - changedAt > STALE_MS) return null;
  const [, name, number] = /^(\S+) (\d+)\n$/.exec(text) ?? [];
  if (name === undefined) return null;
  const owner = { host: name, pid: Number(number) };
  // Of another machine nothing more can be seen. In a container, the one before had our own number.
  if (name !== host) return owner;
  return owner.pid !== pid && isAlive(owner.pid) ? owner : null;
}

/** A browser that was killed leaves its marks, and the next one refuses to start because of them. */
function clearBrowserMarks(profile: string, parts: ProfileLockParts): void {
  const { host = hostname(), pid = process.pid, isAlive = isProcess, commandOf = commandLine } = parts;
  let target: string;
  try {
    lstatSync(join(profile, BROWSER_MARKS[0]!));
    target = readlinkSync(join(profile, BROWSER_MARKS[0]!));
  } catch {
    return;
  }
  const [, name, number] = /^(.*)-(\d+)$/.exec(target) ?? [];
  const browser = { host: name ?? '', pid: Number(number ?? 0) };
  if (name === host && browser.pid !== pid && isAlive(browser.pid)) {
    const command = commandOf(browser.pid);
    // A number that was given to something else is no browser on this folder.
    if (command === null || command.includes(profile)) throw inUse(browser);
  }
  // The mark of another machine: whoever holds our own lock is the only one who works on this folder.
  for (const each of BROWSER_MARKS) rmSync(join(profile, each), { force: true });
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function commandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return null;
  }
}

const inUse = ({ host, pid }: Owner): UserError =>
  new UserError({
    code: 'SESSION_IN_USE',
    message: `The WhatsApp session is in use by process ${pid} on ${host}.`,
    hint: 'Two processes cannot share one session. End that one, or give this one a data directory of its own.',
    example: `kill ${pid}`,
  });
