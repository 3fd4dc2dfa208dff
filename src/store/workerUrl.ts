import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Where a worker's built file lies. Threads load plain JavaScript: when the sources themselves are running (under
 * a test runner that strips the types), the worker comes from the build.
 */
export function workerUrl(importMetaUrl: string, relative: string): URL {
  const beside = new URL(relative, importMetaUrl);
  if (existsSync(fileURLToPath(beside))) return beside;
  // The last one: the checkout itself may lie in a folder called src.
  const end = beside.href.lastIndexOf('/src/');
  return new URL(`${beside.href.slice(0, end)}/dist/${beside.href.slice(end + '/src/'.length)}`);
}
