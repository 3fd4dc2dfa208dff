import { QUERY_FIELDS } from '../audit/query/fields.js';
import type { AuditFilter } from '../audit/query/filter.js';
import { explainMistake } from '../audit/query/mistake.js';
import { parseQuery } from '../audit/query/parse.js';
import type { Config } from '../config/config.js';
import { UserError } from '../config/userError.js';

/** The words of a command line as a query. A word with blanks in it was quoted in the shell, and stays one. */
export function readQuery(
  words: readonly string[],
  config: Config,
  now: number,
): { filter: AuditFilter; range: string } {
  const text = words.map(quotedAgain).join(' ');
  const parsed = parseQuery(text, { now, timeZone: config.timeZone });
  if (parsed.ok) return { filter: parsed.filter, range: parsed.range };
  throw new UserError({ code: 'BAD_QUERY', message: explainMistake(text, parsed.error) });
}

/** `actor:Ana Maria` came from `actor:"Ana Maria"`; a whole query in one pair of quotes is left as it is. */
function quotedAgain(word: string): string {
  const field = /^(-?[A-Za-z]+):([^"]*\s[^"]*)$/.exec(word);
  if (field === null || /\s-?[A-Za-z]+:/.test(word)) return word;
  return `${field[1]}:"${field[2]}"`;
}

/** For the help of every command that takes a query. */
export const QUERY_HELP = `QUERY: words and field:value, all of which must hold. field:a,b any of them; -field:a none;
action:role.* a prefix; '"two words"' a phrase; since: and until: take 7d, 2h, yesterday, "last monday", 2026-11-01;
seq:100..200 numbers. Fields: ${QUERY_FIELDS.map((field) => field.name).join(', ')}.`;
