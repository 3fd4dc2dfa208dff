/**
 * Once for a whole test run: one PostgreSQL, which starts with the first test that wants it, and not before; and a
 * browser, installed where there is none and it can be had without a question.
 */
import { provideBrowser } from '../system/whatsapp/browser.js';
import { SHARED_GUARDIAN, startGuardian } from './postgresGuardian.js';

/** A run of a few chosen files does not wait for an installation that they have no use for. */
const wantsBrowser = ({ patterns }) =>
  patterns.length === 0 || patterns.some((pattern) => /system|whatsapp/.test(pattern));

export default async function globalSetup({ testPathPatterns }) {
  if (wantsBrowser(testPathPatterns)) provideBrowser();
  const guardian = await startGuardian();
  process.env[SHARED_GUARDIAN] = guardian.address;
  globalThis.reevePostgresGuardian = guardian;
}
