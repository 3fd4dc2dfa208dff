import type { Log } from '../../config/log.js';
import type { Breaker } from '../../guards/breaker.js';
import { causeOf } from '../../guards/cause.js';
import type { Moderator } from '../model.js';
import { folded, seen } from './folded.js';
import { Patterns } from './patterns.js';
import type { ModerationRules } from './rules.js';

/** Why a message is not passed on. It holds nothing of the message. */
export interface Finding {
  readonly category: string;
  /** How many words and patterns, or what the endpoint gave it. */
  readonly score: string;
  /** Who found it; `failure`: nobody could say, and such messages are not let through. */
  readonly rule: 'file' | 'endpoint' | 'failure';
}

export interface ModerationParts {
  readonly rules: ModerationRules;
  /** Null: only the rules are asked. */
  readonly endpoint: { readonly moderator: Moderator; readonly breaker: Breaker } | null;
  /** What becomes of a message about which nobody could say anything. */
  readonly onFailure: 'open' | 'closed';
  readonly log: Log;
}

/** Decides which messages the assistant is never asked about: by the rules of a file, then by the endpoint. */
export class Moderation {
  readonly #parts: ModerationParts;
  readonly #patterns: Patterns;

  constructor(parts: ModerationParts) {
    this.#parts = parts;
    this.#patterns = new Patterns(parts.rules.categories.flatMap(({ patterns }) => patterns));
  }

  /** What is wrong with a message; null where it may be passed on. */
  async judge(text: string): Promise<Finding | null> {
    return (await this.#tried(() => this.#byRules(text))) ?? this.#tried(() => this.#byEndpoint(text));
  }

  async #tried(ask: () => Promise<Finding | null> | Finding | null): Promise<Finding | null> {
    try {
      return await ask();
    } catch (error) {
      const { onFailure, log } = this.#parts;
      log.warn({ cause: causeOf(error), onFailure }, 'moderation could not decide about a message');
      return onFailure === 'open' ? null : { category: 'undecided', score: '1', rule: 'failure' };
    }
  }

  #byRules(text: string): Finding | null {
    const { categories } = this.#parts.rules;
    if (categories.length === 0) return null;
    const words = folded(text);
    const fits = [...this.#patterns.matches(seen(text))];
    for (const { name, words: wanted, patterns, threshold } of categories) {
      const score =
        wanted.filter((word) => words.includes(word)).length +
        fits.splice(0, patterns.length).filter(Boolean).length;
      if (score >= threshold) return { category: name, score: String(score), rule: 'file' };
    }
    return null;
  }

  async #byEndpoint(text: string): Promise<Finding | null> {
    const { endpoint, rules } = this.#parts;
    if (endpoint === null) return null;
    const { isFlagged, scores } = await endpoint.breaker.run((signal) =>
      endpoint.moderator.moderate(text, signal),
    );
    const worst = [...scores].sort(([, a], [, b]) => b - a)[0];
    const over = [...rules.endpoint]
      .map(([name, from]) => ({ name, score: scores.get(name) ?? 0, from }))
      .filter(({ score, from }) => score >= from && score > 0)
      .sort((a, b) => b.score - a.score)[0];
    if (over !== undefined) return flagged(over.name, over.score);
    if (rules.endpoint.size > 0 || !isFlagged) return null;
    return flagged(worst?.[0] ?? 'flagged', worst?.[1] ?? 1);
  }
}

/** A name of the endpoint's is somebody else's text: only as much of it is kept as a name can be. */
const flagged = (category: string, score: number): Finding => ({
  category: category.replace(/[^A-Za-z0-9/_-]/g, '_').slice(0, 64),
  score: score.toFixed(2),
  rule: 'endpoint',
});
