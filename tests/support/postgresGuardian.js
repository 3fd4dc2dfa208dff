/** Starts a guardian (postgresServer.js) that lives no longer than this process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The environment variable by which a test run tells its files where its one shared guardian listens. */
export const SHARED_GUARDIAN = 'REEVE_TEST_POSTGRESQL';

/** Resolves to the guardian's address and the way to end it, its server and its folder. */
export async function startGuardian() {
  const script = fileURLToPath(new URL('./postgresServer.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [first] = await Promise.race([
    once(child.stdout, 'data'),
    ended.then(([code]) => {
      throw new Error(`the guardian of the test server ended with status ${code}`);
    }),
  ]);
  // What the guardian guards must not keep this process alive: its end is what the guardian waits for.
  child.unref();
  child.stdin.unref();
  child.stdout.unref();
  return {
    address: `http://127.0.0.1:${Number(String(first))}`,
    async stop() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
