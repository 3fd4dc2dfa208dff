import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../../src/ledger/verdict.js';
import { environmentAt, type Place } from './place.js';

/** The program as a user starts it. */
export const PROGRAM = fileURLToPath(new URL('../../bin/reeve.js', import.meta.url));

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one command line of the program to its end. The working directory holds no `.env` of ours. */
export async function reeve(place: Place, args: string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: tmpdir(), env: environmentAt(place) });
  const ended: Ended = { status: null, stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    ended.stdout += text;
  });
  child.stderr.on('data', (text) => {
    ended.stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  ended.status = status as number | null;
  return ended;
}

/** What `reeve verify --json` says, and the exit status it says it with. */
export async function verify(place: Place, ...args: string[]): Promise<Verdict & { status: number | null }> {
  const { status, stdout, stderr } = await reeve(place, ['verify', '--json', ...args]);
  if (stdout === '') throw new Error(`verify gave no verdict (status ${status}): ${stderr}`);
  return { ...(JSON.parse(stdout) as Verdict), status };
}
