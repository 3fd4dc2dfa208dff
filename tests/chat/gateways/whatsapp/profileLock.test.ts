import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lockProfile, type ProfileLockParts } from '../../../../src/chat/gateways/whatsapp/profileLock.js';
import { FakeClock } from '../../../support/fakeClock.js';
import { tempFolder } from '../../../support/tempFolder.js';

const HERE = 'here';

/** A folder whose lock was touched just now, as the clock of the test has it. */
function open(more: Partial<ProfileLockParts> = {}) {
  const folder = tempFolder();
  const profile = join(folder, 'session');
  mkdirSync(profile);
  const clock = new FakeClock();
  const parts: ProfileLockParts = {
    folder,
    profile,
    clock,
    host: HERE,
    pid: 100,
    isAlive: () => false,
    commandOf: () => null,
    ...more,
  };
  const lock = join(folder, 'lock');
  const held = (by: string, ageMs = 0) => {
    writeFileSync(lock, by);
    const at = (clock.now() - ageMs) / 1000;
    utimesSync(lock, at, at);
  };
  return { parts, lock, held, profile, clock };
}

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

describe('the lock of a session', () => {
  test('is held, refused to another process with the id of the first, and let go', () => {
    const { parts, lock, clock } = open({ isAlive: () => true });
    const letGo = lockProfile(parts);
    utimesSync(lock, clock.now() / 1000, clock.now() / 1000);
    expect(() => lockProfile({ ...parts, pid: 200 })).toThrow(
      expect.objectContaining({
        code: 'SESSION_IN_USE',
        message: expect.stringContaining('process 100 on here'),
      }),
    );
    letGo();
    expect(existsSync(lock)).toBe(false);
    expect(clock.pending).toBe(0);
    lockProfile({ ...parts, pid: 200 })();
  });

  test('of a dead process is taken over, also where its number is ours or the file is nonsense', () => {
    for (const by of [`${HERE} 200\n`, `${HERE} 100\n`, 'nonsense']) {
      const { parts, held } = open({ isAlive: (pid) => pid === 100 });
      held(by);
      lockProfile(parts)();
    }
  });

  test('of a number that lives but has long been silent is taken over: it is somebody else by now', () => {
    const { parts, held } = open({ isAlive: () => true });
    held(`${HERE} 200\n`, 121_000);
    lockProfile(parts)();
  });

  test('of another machine is refused until it has been silent for long', () => {
    const { parts, held } = open();
    held('there 200\n', 60_000);
    expect(() => lockProfile(parts)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('process 200 on there'),
        hint: expect.stringMatching(/gone, start again in 2 minutes/),
        example: undefined,
      }),
    );
    held('there 200\n', 121_000);
    lockProfile(parts)();
  });

  test('that two find stale at the same time is taken over by one of them', () => {
    const { parts, held, lock } = open();
    held(`${HERE} 200\n`);
    // While this one still asks whether its owner lives, another one has found out and taken it over.
    const slow: ProfileLockParts = {
      ...parts,
      pid: 400,
      isAlive: (pid) => {
        if (pid === 200) lockProfile({ ...parts, pid: 300 });
        return false;
      },
    };
    expect(() => lockProfile(slow)).toThrow(
      expect.objectContaining({ code: 'SESSION_IN_USE', message: expect.stringContaining('process 300') }),
    );
    expect(readFileSync(lock, 'utf8')).toBe(`${HERE} 300\n`);
    expect(readdirSync(parts.folder).sort()).toEqual(['lock', 'session']);
  });

  test('stands in a folder that nobody else may read, also where that was there before', () => {
    const { parts } = open();
    chmodSync(parts.folder, 0o755);
    const letGo = lockProfile(parts);
    expect(lstatSync(parts.folder).mode & 0o777).toBe(0o700);
    letGo();
  });

  test('who holds it says so again and again', async () => {
    const { parts, lock, clock } = open();
    const letGo = lockProfile(parts);
    const before = lstatSync(lock).mtimeMs;
    await clock.advance(90_000);
    expect(lstatSync(lock).mtimeMs).not.toBe(before);
    expect(Math.abs(lstatSync(lock).mtimeMs - clock.now())).toBeLessThan(1_000);
    letGo();
  });

  test("does not remove somebody else's, who has taken it over meanwhile", () => {
    const { parts, lock, held } = open();
    const letGo = lockProfile(parts);
    held(`${HERE} 200\n`);
    letGo();
    expect(existsSync(lock)).toBe(true);
  });

  test("a dead browser's marks are cleared away, whatever its machine was called", () => {
    for (const mark of [`${HERE}-300`, 'there-300']) {
      const { parts, profile } = open();
      for (const name of ['SingletonLock', 'SingletonSocket', 'SingletonCookie'])
        symlinkSync(name === 'SingletonLock' ? mark : 'gone', join(profile, name));
      lockProfile(parts)();
      for (const name of ['SingletonLock', 'SingletonSocket', 'SingletonCookie'])
        expect(isThere(join(profile, name))).toBe(false);
    }
  });

  test('a browser that lives on this folder is refused with its id, and the lock is not kept', () => {
    const { parts, profile, lock } = open({ isAlive: (pid) => pid === 300 });
    symlinkSync(`${HERE}-300`, join(profile, 'SingletonLock'));
    const command = `chromium --user-data-dir=${profile}`;
    expect(() => lockProfile({ ...parts, commandOf: () => command })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('process 300'), example: 'kill 300' }),
    );
    expect(existsSync(lock)).toBe(false);
    // The number was given to something else.
    lockProfile({ ...parts, commandOf: () => 'editor' })();
    expect(isThere(join(profile, 'SingletonLock'))).toBe(false);
  });
});
