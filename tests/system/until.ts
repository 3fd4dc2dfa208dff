import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE_MS } from './form.js';

/** Waits for something that will be, looking again and again; where it never is, says what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS / 2;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(5);
  }
}
