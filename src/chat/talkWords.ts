import type { Role } from '../access/role.js';
import type { Outcome } from '../assistant/assistant.js';
import type { BudgetName, BudgetNotice } from '../assistant/usage/budgets.js';
import { moneyText } from '../config/money.js';
import { AWAY } from './answers.js';
import { seconds } from './permission.js';
import { bold, code, joined, lines, plain, say, type Text } from './text.js';

/** The words of the conversation with the assistant: its answers, and why there is none. */

/** Of one line of an answer so much becomes one piece; see `plain`. */
const LONGEST_PIECE = 900;

export function outcomeWords(outcome: Outcome, now: number): Text {
  switch (outcome.kind) {
    case 'answered':
      return outcome.isCut
        ? lines(spoken(outcome.text), say`(Cut here: that is as long as an answer may be.)`)
        : spoken(outcome.text);
    case 'nothing':
      return NOTHING[outcome.why];
    case 'too-long':
      return say`That is longer than I pass on: ${outcome.bytes} bytes, and ${outcome.most} is the most. Say it shorter.`;
    case 'flagged':
      return outcome.isUndecided
        ? say`What people write is moderated here, and that does not work just now, so I pass nothing on. Try again in a minute.`
        : say`I do not pass that on: the rules here take it for ${bold(outcome.category)}. Say it in other words.`;
    case 'over-budget': {
      const { budget, isInFlight, until } = outcome.refusal;
      return isInFlight
        ? say`What is left of the budget is being used for other answers. Try again in a moment.`
        : say`${USED_UP[budget]} Ask me again in ${seconds(until - now)}; commands work as always.`;
    }
    case 'resting':
      return outcome.retryAfterMs === null
        ? say`The assistant is switched off at the moment. Commands work as always.`
        : say`The assistant cannot be reached at the moment. Try again in ${seconds(outcome.retryAfterMs)}; commands work as always.`;
    case 'failed':
      return FAILED[outcome.why];
    case 'away':
      return say`${AWAY.message} ${AWAY.hint}`;
  }
}

const NOTHING = {
  refused: say`The assistant will not answer that. Say it in other words.`,
  tools: say`The assistant wanted to use a tool for that, and has none here. Ask it for something that it can say.`,
  empty: say`The assistant had nothing to say to that. Say it in other words.`,
};

const FAILED = {
  late: say`The assistant took too long. Try again, or ask for less at once.`,
  error: say`The assistant did not answer. Try again in a minute; commands work as always.`,
  closing: say`I am being shut down just now. Ask again in a minute.`,
};

const USED_UP: Record<BudgetName, string> = {
  person: 'What the assistant may cost for you today is used up.',
  day: 'What the assistant may cost today is used up.',
  month: 'What the assistant may cost this month is used up.',
};

/** What a model said: on as many lines as it has, with nothing in it that formats. */
function spoken(words: string): Text {
  const paragraphs = words
    .split(/\r\n|\r|\n|\u2028|\u2029/)
    // At the beginning of a line it would make a quotation of somebody.
    .map((line) => line.replace(/^[\s\p{C}]*>+/u, '›'))
    .map((line) => joined(piecesOf(line).map(plain), ' '));
  return joined(paragraphs, '\n');
}

/** A long line in pieces, cut at spaces where there are any. */
function piecesOf(line: string): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > LONGEST_PIECE) {
    const space = rest.lastIndexOf(' ', LONGEST_PIECE);
    // Never between the halves of one character.
    const end =
      space > 0 ? space : LONGEST_PIECE - (/[\ud800-\udbff]/.test(rest[LONGEST_PIECE - 1]!) ? 1 : 0);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

export const closingWords = (): Text => FAILED.closing;

export const busyWords = (): Text => say`One after the other: I am still at your earlier questions.`;

/** Said once to each person, and never in a group. */
export function noAssistantWords(prefix: string, role: Role): Text {
  return lines(
    say`I only understand commands here: no assistant is set up. ${code(`${prefix}help`)} shows what there is.`,
    role === 'OWNER' &&
      say`Whoever runs me sets one up with ${code('REEVE_LLM_BASE_URL')} and ${code('REEVE_LLM_MODEL')}.`,
  );
}

/** What owners are told, once at 80 % and once at 100 %. */
export function budgetWords({ budget, percent, period, spent, limit }: BudgetNotice, currency: string): Text {
  const used = say`${moneyText(spent)} of ${moneyText(limit)} ${currency} (${budget} ${period})`;
  return percent === 100
    ? lines(
        say`The assistant's budget is used up: ${used}. It answers nobody until the next ${budget}.`,
        say`To give it more: ${code(`config set budget.${budget} ${moneyText(limit * 2)}`)}`,
      )
    : say`The assistant has used 80 % of its budget: ${used}.`;
}
