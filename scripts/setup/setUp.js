import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile, isCompiled } from './compile.js';
import { generate, isGenerated } from './generate.js';
import { install, isInstalled } from './install.js';
import { takeLock } from './lock.js';
import { Progress, StepFailed } from './progress.js';
import { readSources } from './sources.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const OPTIONS = ['--build', '--verbose'];

/** In this order: each builds on what the one before it made. */
const STEPS = [
  { isDone: isInstalled, run: install },
  { isDone: isGenerated, run: generate },
  { isDone: isCompiled, run: compile },
];

/** Does what is needed and returns the exit status. */
export async function setUp(args) {
  const unknown = args.find((arg) => !OPTIONS.includes(arg));
  if (unknown !== undefined) {
    process.stderr.write(`setup knows no ${unknown}, only ${OPTIONS.join(' and ')}.\n`);
    return 2;
  }
  const sources = readSources(root);
  if (!args.includes('--build') && STEPS.every(({ isDone }) => isDone(sources))) return 0;

  const progress = new Progress(args.includes('--verbose'));
  const release = await takeLock(join(root, '.setup-lock'), (holder) => {
    process.stderr.write(`Another set-up is at work here (process ${holder.pid}); waiting for it.\n`);
  });
  try {
    await doWhatIsLeft(progress, args.includes('--build'));
    return 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.status;
  } finally {
    release();
  }
}

async function doWhatIsLeft(progress, mustCompile) {
  for (const { isDone, run } of STEPS) {
    // Read again each time: another set-up may have been at work, and each step changes what the next one finds.
    const sources = readSources(root);
    if (!isDone(sources) || (mustCompile && run === compile)) await run(sources, progress);
  }
}
