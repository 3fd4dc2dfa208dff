import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A real disk of a few hundred kilobytes. */
export interface SmallDisk {
  readonly path: string;
  makeReadOnly(): void;
}

const mounted: string[] = [];

/**
 * Mounts a small tmpfs, or says why it cannot and returns null. Where tests run unattended (`CI=true`), a test
 * that did not happen must not look like one that passed: there it fails instead.
 */
export function smallDisk(size: string): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'reeve-disk-'));
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (mount.status !== 0) {
    rmdirSync(path);
    const why = `no small disk could be mounted here: ${mount.error?.message ?? mount.stderr.trim()}`;
    if (process.env.CI === 'true') throw new Error(why);
    console.warn(`Not tested: ${why}`);
    return null;
  }
  mounted.push(path);
  return {
    path,
    makeReadOnly: () => void spawnSync('mount', ['-o', 'remount,ro', path]),
  };
}

afterAll(() => {
  for (const path of mounted.splice(0)) {
    spawnSync('umount', ['--lazy', path]);
    rmdirSync(path);
  }
});
