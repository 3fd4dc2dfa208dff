/** One PostgreSQL for a whole test run. It starts with the first test that wants it, and not before. */
import { SHARED_GUARDIAN, startGuardian } from './postgresGuardian.js';

export default async function globalSetup() {
  const guardian = await startGuardian();
  process.env[SHARED_GUARDIAN] = guardian.address;
  globalThis.reevePostgresGuardian = guardian;
}
