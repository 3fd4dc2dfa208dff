/** Runs one command line in a process of its own and reports its peak memory and time as the last line of stderr. */
import { run } from '../dist/cli/main.js';

const start = performance.now();
const status = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  env: process.env,
  now: Date.now,
  onSignal: () => () => {},
});
process.stderr.write(
  `${JSON.stringify({ status, ms: performance.now() - start, peakMb: process.resourceUsage().maxRSS / 1024 })}\n`,
);
