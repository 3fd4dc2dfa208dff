import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_AGAIN_MS = 100;
const HEARTBEAT_MS = 5_000;
/** Without a sign of life for so long, a holder is taken for dead wherever it ran. */
const SILENCE_MS = 120_000;
/** What systems call it when a folder that is not empty stands where another is to go. */
const TAKEN = ['ENOTEMPTY', 'EEXIST', 'EPERM'];

/**
 * One set-up a checkout. The lock is a folder that comes into being complete, by renaming: a folder that is not
 * empty is never replaced. Whoever finds the holder dead moves the folder aside. Returns the way to give it back.
 */
export async function takeLock(path, onWait) {
  const token = randomUUID();
  let hasWaited = false;
  while (!tryToTake(path, token)) {
    const holder = readHolder(path);
    if (holder === null) continue;
    if (isDead(holder)) {
      remove(path, holder.token);
      continue;
    }
    if (!hasWaited) onWait?.(holder);
    hasWaited = true;
    await wait(LOOK_AGAIN_MS);
  }
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    if (readHolder(path)?.token === token) remove(path, token);
  };
}

function tryToTake(path, token) {
  const draft = `${path}.${token}`;
  mkdirSync(draft);
  writeFileSync(join(draft, 'holder.json'), JSON.stringify({ pid: process.pid, host: hostname(), token }));
  try {
    renameSync(draft, path);
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!TAKEN.includes(error.code)) throw error;
    return false;
  }
}

/** Who holds the lock and how long it has given no sign of life; null where nobody does. */
function readHolder(path) {
  let silence;
  try {
    silence = Date.now() - statSync(path).mtimeMs;
  } catch {
    return null;
  }
  try {
    return { silence, ...JSON.parse(readFileSync(join(path, 'holder.json'), 'utf8')) };
  } catch {
    // Moved away under our eyes, or made by something else: then it gives no sign of life.
    return { silence, pid: 'unknown', host: null, token: null };
  }
}

function isDead({ pid, host, silence }) {
  if (silence > SILENCE_MS) return true;
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/**
 * Moves the lock away if its holder is the one meant, and removes it there: removed in place it would be empty
 * for a moment, and another's. Between look and move another may have taken the lock; then it gets it back.
 */
function remove(path, token) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readHolder(aside)?.token !== token) renameSync(aside, path);
  } catch {
    // Somebody else was quicker.
  }
  rmSync(aside, { recursive: true, force: true });
}

function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Taken from us: whoever did so thought us dead, and there is nothing to keep alive.
  }
}
