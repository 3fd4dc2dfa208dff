import { spawn } from 'node:child_process';

const KEPT = 200_000;

/** A step that did not succeed, told in words; not an error of this program. */
export class StepFailed extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

/**
 * Runs the tools of the set-up. They read nothing, since what is piped in is meant for the program that comes
 * after; what they print is shown when they fail, or always with `--verbose`.
 */
export class Progress {
  #verbose;

  constructor(verbose) {
    this.#verbose = verbose;
  }

  /** Says what is being done, and how long it took. `work` is handed the function that runs a tool. */
  async step(title, work) {
    const start = performance.now();
    process.stderr.write(`${title}…${this.#verbose ? '\n' : ' '}`);
    const elapsed = () => `${seconds(performance.now() - start)}\n`;
    try {
      await work((command, options) => this.#run(command, options));
      process.stderr.write(elapsed());
    } catch (error) {
      process.stderr.write(`failed after ${elapsed()}`);
      throw error;
    }
  }

  /** Whether a program succeeds. Nothing it prints is shown. */
  async quietly(command, options) {
    return (await execute(command, options)).failure === null;
  }

  async #run(command, { advice, ...options }) {
    const { failure, output, signal } = await execute(command, options, this.#verbose);
    if (failure === null) return;
    const said = `${output.trimEnd()}\n\nThis did not succeed (${failure}): ${command.join(' ')}`;
    const words = advice === undefined ? said : `${said}\n${advice}`;
    throw new StepFailed(words, signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1);
  }
}

/** Whoever stops us stops the tool first, so that nothing goes on writing behind a released lock. */
function execute([program, ...args], options, isShown = false) {
  return new Promise((resolve) => {
    const shell = program.endsWith('.cmd');
    const child = spawn(program, args, { ...options, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    let stoppedBy = null;
    const keep = (chunk) => {
      printed = (printed + chunk).slice(-KEPT);
      if (isShown) process.stderr.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, stop);
    const end = (failure) => {
      for (const signal of signals) process.off(signal, stop);
      resolve({ failure, output: printed, signal: stoppedBy });
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => {
      end(stoppedBy ?? (code === 0 ? null : code === null ? signal : `exit status ${code}`));
    });
  });
}

function seconds(ms) {
  return `${ms < 9_950 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
