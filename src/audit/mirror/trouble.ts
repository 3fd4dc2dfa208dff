import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../../config/userError.js';

const IN_WORDS: Record<string, string> = {
  EEXIST: 'it is a file, or lies below one',
  ENOTDIR: 'it is a file, or lies below one',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'it lies on a file system that is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/** Does something with the files of a mirror; what goes wrong is told as what somebody can mend. */
export function onMirrorFiles<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw mirrorTrouble(folder, error);
  }
}

/** Throws where a mirror could not be written, as far as that can be told without writing. */
export function demandMirrorFolder(folder: string): void {
  onMirrorFiles(folder, () => {
    let there = folder;
    let found = statSync(there, { throwIfNoEntry: false });
    // What is not there yet is made, in the nearest folder that is.
    while (found === undefined && dirname(there) !== there) {
      there = dirname(there);
      found = statSync(there, { throwIfNoEntry: false });
    }
    if (!found?.isDirectory()) throw Object.assign(new Error('it is no folder'), { code: 'ENOTDIR' });
    accessSync(there, constants.W_OK);
  });
}

function mirrorTrouble(folder: string, error: unknown): unknown {
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return new UserError({
      code: 'MIRROR_DAMAGED',
      message: `the mirror in ${folder} ends with a line that is no entry`,
      hint: 'Write it anew with: reeve mirror rebuild',
    });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || code === undefined) return error;
  return new UserError({
    code: 'MIRROR_CANNOT_WRITE',
    message: `the mirror in ${folder} cannot be written: ${IN_WORDS[code] ?? 'the system refused'} (${code})`,
    hint: 'AUDIT_NDJSON_DIR must name a folder that is there and may be written to, or can be made.',
    example: 'AUDIT_NDJSON_DIR=./mirror',
  });
}
