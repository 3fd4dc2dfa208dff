import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, the same distance away from the sources and from what is built. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
