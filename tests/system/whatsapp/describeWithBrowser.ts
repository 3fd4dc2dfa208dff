import { describe } from '@jest/globals';
import { ADVICE, findBrowser } from './browser.js';

/**
 * Tests that a real browser runs. Without one they are left out, with a word on how to get one; where CI=true
 * nothing is left out: they fail.
 */
export function describeWithBrowser(name: string, tests: () => void): void {
  if (findBrowser() !== null) {
    describe(name, tests);
    return;
  }
  if (process.env.CI === 'true') throw new Error(ADVICE);
  console.warn(`Left out: ${name}. ${ADVICE}`);
  describe.skip(name, tests);
}
