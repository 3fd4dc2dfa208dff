import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigProblem } from './configError.js';
import { parseEnvFile } from './envFile.js';

/** One setting and where it came from, so that a mistake can be found where it was made. */
export interface Setting {
  value: string;
  origin: string;
}

export interface Environment {
  settings: Map<string, Setting>;
  problems: ConfigProblem[];
  warnings: string[];
}

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * What is set, with its origin: `overrides` before the environment before the `.env` file of the working
 * directory. Whatever is empty is not set.
 */
export function gatherSettings(
  env: EnvironmentVariables,
  overrides: EnvironmentVariables,
  cwd: string,
): Environment {
  const gathered = fromFile(join(cwd, '.env'));
  add(gathered, env, 'in the environment');
  add(gathered, overrides, 'given to the program');
  return gathered;
}

function add({ settings }: Environment, variables: EnvironmentVariables, origin: string): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && value !== '') settings.set(name, { value, origin });
  }
}

function fromFile(path: string): Environment {
  const environment: Environment = { settings: new Map(), problems: [], warnings: [] };
  const text = readIfThere(path, environment.problems);
  if (text === null) return environment;
  const { entries, badLines } = parseEnvFile(text);
  for (const { line, problem } of badLines) {
    environment.problems.push({ subject: `${path}:${line}`, problem, example: 'REEVE_TENANT=acme' });
  }
  const seen = new Map<string, number>();
  for (const { name, value, line } of entries) {
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      environment.warnings.push(
        `${path}:${line}: ${name} is set in line ${earlier} already; line ${line} counts.`,
      );
    }
    seen.set(name, line);
    environment.settings.delete(name);
    if (value !== '') environment.settings.set(name, { value, origin: `${path}:${line}` });
  }
  return environment;
}

function readIfThere(path: string, problems: ConfigProblem[]): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    // Some keep a folder of that name, for other programs.
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return null;
    problems.push({ subject: path, problem: `it is there and cannot be read (${code})` });
    return null;
  }
}
