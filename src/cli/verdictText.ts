import { verdictDetails, verdictSentence } from '../audit/verify/verdictWords.js';
import type { Verdict } from '../ledger/verify.js';
import { printable } from './printable.js';

/** A verdict on a terminal: the sentence first, then what it rests on. */
export function verdictText(verdict: Verdict): string {
  const lines = [verdictSentence(verdict), ...verdictDetails(verdict).map((line) => `  ${line}`)];
  return `${lines.map(printable).join('\n')}\n`;
}
