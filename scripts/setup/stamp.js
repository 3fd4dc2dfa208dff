import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What has been done, by the key of what it was done from. It lies in node_modules, so whoever removes that
 * removes the claim with it. A step takes its own mark away before it begins and sets it when all is done: one
 * that was killed half-way has no mark and is done again.
 */
const pathOf = (root) => join(root, 'node_modules', '.reeve-setup.json');

export function readStamp(root) {
  try {
    return JSON.parse(readFileSync(pathOf(root), 'utf8'));
  } catch {
    return {};
  }
}

export function mark(root, step, key) {
  const path = pathOf(root);
  const stamp = { ...readStamp(root), [step]: key };
  writeFileSync(`${path}.new`, `${JSON.stringify(stamp, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

export function unmark(root, step) {
  if (readStamp(root)[step] !== undefined) mark(root, step, undefined);
}
