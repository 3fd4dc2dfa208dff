import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../../config/userError.js';
import { folded, withoutUnseen } from './folded.js';
import { patternProblem } from './pattern.js';

/** One kind of message that the assistant is not asked about. */
export interface Category {
  readonly name: string;
  /** As they are looked for: ` blockhead `. */
  readonly words: readonly string[];
  readonly patterns: readonly string[];
  /** So many of its words and patterns have to be found. */
  readonly threshold: number;
}

export interface ModerationRules {
  readonly categories: readonly Category[];
  /** From which score on a category of the endpoint's counts; where there are none, its own opinion does. */
  readonly endpoint: ReadonlyMap<string, number>;
}

export const NO_RULES: ModerationRules = { categories: [], endpoint: new Map() };

const LARGEST_FILE = 1024 * 1024;

const name = z.string({ error: 'must be a text' }).regex(/^[a-z][a-z0-9/_-]{0,63}$/, {
  error: 'must be 1 to 64 of a-z, 0-9, "-", "_" and "/", beginning with a letter',
});

const word = z
  .string()
  .min(1, { error: 'must not be empty' })
  .max(100, { error: 'must be at most 100 characters long' })
  .refine((text) => folded(text).trim() !== '', { error: 'must hold a letter or a digit' });

/** Without what cannot be seen, as it is taken out of what they are tried on. */
const pattern = z
  .string()
  .transform(withoutUnseen)
  .superRefine((text, context) => {
    const problem = patternProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

const fileSchema = z.strictObject({
  categories: z
    .array(
      z.strictObject({
        name,
        words: z.array(word).max(2000, { error: 'must hold at most 2000' }).default([]),
        patterns: z.array(pattern).max(200, { error: 'must hold at most 200' }).default([]),
        threshold: z
          .int({ error: 'must be a whole number' })
          .min(1, { error: 'must be at least 1' })
          .default(1),
      }),
    )
    .max(100, { error: 'must hold at most 100' })
    .default([]),
  endpoint: z
    .record(
      z.string(),
      z.number().min(0, { error: 'must be from 0 to 1' }).max(1, { error: 'must be from 0 to 1' }),
    )
    .default({}),
});

/** The rules of a file, or a mistake that names every rule that is wrong. */
export function readModerationRules(path: string): ModerationRules {
  return moderationRulesFrom(parse(read(path)));
}

export function moderationRulesFrom(value: unknown): ModerationRules {
  const result = fileSchema.safeParse(value);
  if (!result.success)
    throw mistake(result.error.issues.map((issue) => whatIsWrong(issue, value)).slice(0, 10));
  const { categories, endpoint } = result.data;
  const problems = categories.flatMap(({ name, words, patterns, threshold }, index) => {
    const called = `category ${index + 1} (${name})`;
    const isTwice = categories.findIndex((other) => other.name === name) < index;
    const most = words.length + patterns.length;
    return [
      ...(isTwice ? [`${called}: there is one of that name already`] : []),
      ...(most === 0 ? [`${called}: it has neither words nor patterns`] : []),
      ...(most > 0 && threshold > most
        ? [`${called}, threshold: ${threshold} is more than its ${most} words and patterns`]
        : []),
    ];
  });
  if (problems.length > 0) throw mistake(problems);
  return {
    categories: categories.map((category) => ({
      ...category,
      words: [...new Set(category.words.map(folded))],
    })),
    endpoint: new Map(Object.entries(endpoint)),
  };
}

function read(path: string): string {
  try {
    if (statSync(path).size > LARGEST_FILE) throw mistake([`the file is larger than ${LARGEST_FILE} bytes`]);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw mistake([`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`]);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw mistake(['the file is no JSON']);
  }
}

/** `category 2 (insults), pattern 3: it refers back to a group`. */
function whatIsWrong({ path, message }: { path: PropertyKey[]; message: string }, value: unknown): string {
  const [list, index, part, entry] = path;
  if (list !== 'categories' || typeof index !== 'number')
    return `${path.map(String).join(', ') || 'the file'}: ${message}`;
  const { name: called } = ((value as { categories: unknown[] }).categories[index] ?? {}) as {
    name?: unknown;
  };
  const where = [`category ${index + 1}${typeof called === 'string' ? ` (${called.slice(0, 64)})` : ''}`];
  if (part !== undefined)
    where.push(typeof entry === 'number' ? `${String(part).replace(/s$/, '')} ${entry + 1}` : String(part));
  return `${where.join(', ')}: ${message}`;
}

const mistake = (problems: readonly string[]): UserError =>
  new UserError({
    code: 'BAD_MODERATION_RULES',
    message: `REEVE_MODERATION_RULES: ${problems.join('; ')}.`,
    hint: 'It is a JSON file of categories, each with a name, and words or patterns.',
    example: '{"categories": [{"name": "insults", "words": ["blockhead"], "patterns": ["you+ fool"]}]}',
  });
