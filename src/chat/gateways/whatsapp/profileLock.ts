import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
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
  makePrivate(folder);
  const path = join(folder, 'lock');
  const mark = `${host} ${pid}\n`;
  if (!write(path, mark)) {
    const found = look(path, parts);
    if (found.owner !== null) throw inUse(found.owner, host);
    // Of two who find it stale at the same time, one comes through here.
    if (!clearStale(path, found.text) || !write(path, mark)) throw inUse(nameIn(read(path)), host);
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

/** Whoever may read the session has the account, so nobody else may, also where the folder was there before. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    chmodSync(folder, 0o700);
  } catch {
    // It is somebody else's, or of a file system that has no such rights.
  }
}

/** Whether it could be written, since there was none. */
function write(path: string, mark: string): boolean {
  try {
    writeFileSync(path, mark, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

interface Owner {
  readonly host: string;
  readonly pid: number;
}

/** What is in the lock, and who holds it; null where nobody does any more. */
function look(path: string, parts: ProfileLockParts): { readonly text: string | null; owner: Owner | null } {
  const { clock, host = hostname(), pid = process.pid, isAlive = isProcess } = parts;
  const text = read(path);
  const owner = nameIn(text);
  const changedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (owner === null || clock.now() - changedAt > STALE_MS) return { text, owner: null };
  // Of another machine nothing more can be seen. In a container, the one before had our own number.
  if (owner.host !== host) return { text, owner };
  return { text, owner: owner.pid !== pid && isAlive(owner.pid) ? owner : null };
}

function nameIn(text: string | null): Owner | null {
  const [, host, number] = /^(\S+) (\d+)\n$/.exec(text ?? '') ?? [];
  return host === undefined ? null : { host, pid: Number(number) };
}

/**
 * Takes a stale lock away, and nothing but that: whoever found it stale as well may have taken it away already and
 * written their own since. Returns whether it is gone.
 */
function clearStale(path: string, stale: string | null): boolean {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const isStale = read(aside) === stale;
  try {
    if (!isStale) linkSync(aside, path);
  } catch {
    // Somebody has written another meanwhile: it is theirs then.
  }
  rmSync(aside, { force: true });
  return isStale;
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
    if (command === null || command.includes(profile)) throw inUse(browser, host);
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

function inUse(owner: Owner | null, here: string): UserError {
  const { host, pid } = owner ?? { host: here, pid: null };
  const message = `The WhatsApp session is in use by ${pid === null ? 'another process' : `process ${pid}`} on ${host}.`;
  const code = 'SESSION_IN_USE';
  if (host !== here)
    return new UserError({
      code,
      message,
      hint: `Two processes cannot share one session. If that machine or container is gone, start again in ${STALE_MS / 60_000} minutes: the session is free then.`,
    });
  return new UserError({
    code,
    message,
    hint: 'Two processes cannot share one session. End that one, or give this one a data directory of its own.',
    ...(pid !== null && { example: `kill ${pid}` }),
  });
}
