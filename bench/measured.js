/** Runs one command line in a process of its own and reports its peak memory and time as the last line of stderr. */
import { readFileSync } from 'node:fs';
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
process.stderr.write(`${JSON.stringify({ status, ms: performance.now() - start, peakMb: peakMb() })}\n`);

/**
 * The most memory this process had. Linux counts into `maxRSS` what the process that started this one had at that
 * moment; the high-water mark beside it begins anew with the program.
 */
function peakMb() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
