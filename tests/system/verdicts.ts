import { tmpdir } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/main.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { byForm } from './form.js';
import { environmentAt, type Place } from './place.js';
import { verify } from './reeve.js';

/**
 * The verdict on a place. The long form asks a process each time; the short one runs the same command line inside
 * this process, since starting Node a few hundred times is what would take the time.
 */
export const verdictOn = byForm(verifyHere, verify);

async function verifyHere(place: Place, ...args: string[]): Promise<Verdict & { status: number | null }> {
  const out = new Collector();
  const errors = new Collector();
  const status = await run(['verify', '--json', ...args], {
    stdin: Readable.from([]),
    stdout: out,
    stderr: errors,
    cwd: tmpdir(),
    env: environmentAt(place),
    now: () => Date.now(),
    onSignal: () => () => {},
  });
  if (out.text === '') throw new Error(`verify gave no verdict (status ${status}): ${errors.text}`);
  return { ...(JSON.parse(out.text) as Verdict), status };
}

class Collector extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}
