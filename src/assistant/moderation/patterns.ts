import { createContext, Script } from 'node:vm';

/**
 * All patterns together may take so long on one message, which is at most some thousand characters. By the clock on the
 * wall, so it leaves room for a machine that does something else just then.
 */
const LONGEST_MS = 200;

const MATCH = new Script('patterns.map((pattern) => pattern.test(text))');

/** Looking took too long, so it is not known what is in the text. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
  readonly code = 'PATTERNS_TOO_SLOW';
}

/**
 * Patterns that cannot hold the process up: they run in a context of their own, where Node ends whatever is not done
 * in time, a regular expression in the middle of its work as well.
 */
export class Patterns {
  readonly #context: { text: string; patterns: readonly RegExp[] } | null;

  constructor(patterns: readonly string[]) {
    const compiled = patterns.map((pattern) => new RegExp(pattern, 'iu'));
    this.#context = compiled.length === 0 ? null : { text: '', patterns: compiled };
    if (this.#context !== null) createContext(this.#context);
  }

  /** Which of them the text fits, in their order. */
  matches(text: string): readonly boolean[] {
    const context = this.#context;
    if (context === null) return [];
    context.text = text;
    try {
      return MATCH.runInContext(context, { timeout: LONGEST_MS }) as boolean[];
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TookTooLong();
      throw error;
    } finally {
      context.text = '';
    }
  }
}
