import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';

/**
 * A real process of our own, running a script of tests/support/children on what is built. It is given one JSON
 * argument and answers with one JSON value a line.
 */
export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints. Fails when the process ends before. */
  next<T = unknown>(): Promise<T>;
  /** Says something to it; it reads lines. */
  tell(line: string): void;
  /** Resolves when it has ended by itself; fails when it did so with another status than 0. */
  end(): Promise<void>;
  /** Ends it at once, without a chance to tidy up. */
  kill(): Promise<void>;
}

const running = new Set<Child>();

/** Starts a script of tests/support/children. Whatever still runs when the test has ended is killed. */
export function startChild(script: string, argument: unknown): Child {
  const path = fileURLToPath(new URL(`./children/${script}`, import.meta.url));
  const process_ = spawn(process.execPath, ['--no-warnings', path, JSON.stringify(argument)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  process_.stderr.on('data', (text) => {
    errors += text;
  });
  process_.stdin.on('error', () => {});
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const ended = once(process_, 'close');
  const child: Child = {
    process: process_,
    async next<T>() {
      const line = await lines.next();
      if (line.done) throw new Error(`${script} ended without an answer: ${errors}`);
      return JSON.parse(line.value) as T;
    },
    tell: (line) => void process_.stdin.write(`${line}\n`),
    async end() {
      const [code] = await ended;
      running.delete(child);
      if (code !== 0) throw new Error(`${script} ended with status ${code}: ${errors}`);
    },
    async kill() {
      running.delete(child);
      process_.kill('SIGKILL');
      await ended;
    },
  };
  running.add(child);
  return child;
}

afterEach(async () => {
  for (const child of [...running]) await child.kill();
});
