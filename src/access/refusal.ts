import { Denied } from '../audit/audited.js';

/** Which rule refused. The record names it, and so does the answer. */
export type Rule =
  | 'active'
  | 'whitelist'
  | 'limit'
  | 'role'
  | 'confirmation'
  | 'direct-chat'
  | 'own-role'
  | 'equal-or-higher'
  | 'only-owners-make'
  | 'last-owner'
  | 'unresolved-lid';

/** Somebody may not do this. Says which rule it was, and who could; safe to be shown and recorded. */
export class Refusal extends Denied {
  readonly rule: Rule;
  /** Who could do it, or how it could be allowed: a sentence. */
  readonly whoCould: string;

  constructor(rule: Rule, message: string, whoCould: string) {
    super(message);
    this.rule = rule;
    this.whoCould = whoCould;
  }
}
