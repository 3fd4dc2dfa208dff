/** Ends what globalSetup.js began. Should the run be killed instead, the guardian notices by itself. */
export default async function globalTeardown() {
  await globalThis.reevePostgresGuardian?.stop();
}
