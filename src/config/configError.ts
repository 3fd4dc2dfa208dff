import { UserError } from './userError.js';

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** The variable, or the file and line. */
  subject: string;
  /** Where its value came from. Absent where the subject says it. */
  origin?: string;
  /** What is wrong with it. Holds no secret and no phone number. */
  problem: string;
  rule?: string;
  /** The name that was probably meant. */
  nearest?: string;
  /** What would have been right. */
  example?: string;
}

/** Everything that is wrong with the configuration, at once: nobody wants to start five times to mend it. */
export class ConfigError extends UserError {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]]) {
    const count = problems.length === 1 ? 'There is a problem' : `There are ${problems.length} problems`;
    const example = problems.find((problem) => problem.example !== undefined)?.example;
    super({
      code: 'CONFIG_INVALID',
      message: [`${count} with the configuration:`, ...problems.map(inWords)].join('\n'),
      hint: 'All variables are explained in .env-example.',
      ...(example === undefined ? {} : { example }),
    });
    this.problems = problems;
  }
}

function inWords({ subject, origin, problem, rule, nearest, example }: ConfigProblem): string {
  const lines = [`  ${subject}${origin === undefined ? '' : ` (${origin})`}: ${problem}.`];
  if (nearest !== undefined) lines.push(`    Did you mean ${nearest}?`);
  if (rule !== undefined) lines.push(`    It must be ${rule}.`);
  if (example !== undefined) lines.push(`    Example: ${example}`);
  return lines.join('\n');
}
