import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { run } from './main.js';
import type { Terminal } from './terminal.js';

/** The command line as a process: real streams, real signals, and an exit status. */
export async function runProcess(): Promise<void> {
  const { stdout, stderr } = process;
  // A reader that went away, as in `reeve query | head`, is no failure of ours.
  for (const stream of [stdout, stderr]) stream.on('error', () => stream.destroy());
  const terminal: Terminal = {
    stdin: process.stdin,
    isUnattended: isNullDevice(0),
    stdout,
    stderr,
    cwd: process.cwd(),
    env: process.env,
    now: () => Date.now(),
    onSignal: (work) => {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.on(signal, work);
      return () => {
        for (const signal of signals) process.off(signal, work);
      };
    },
  };
  // What a command waits for may hang on timers that keep nobody alive, such as the next try of a database that is
  // away; without this Node would take that for the end.
  const alive = setInterval(() => {}, 3_600_000);
  try {
    process.exitCode = await run(process.argv.slice(2), terminal);
  } finally {
    clearInterval(alive);
  }
  // Standard input may still be open, and nothing waits for it any more.
  process.stdin.destroy();
}

function isNullDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && !isatty(descriptor);
  } catch {
    // It was closed before we began.
    return true;
  }
}
