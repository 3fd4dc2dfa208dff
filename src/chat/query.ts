import type { Address } from '../access/address.js';
import { ROLES } from '../access/role.js';
import type { Catalogue } from '../audit/catalogue/catalogue.js';
import type { AuditFilter } from '../audit/query/filter.js';
import { parseQuery } from '../audit/query/parse.js';
import { UserError } from '../config/userError.js';

export interface QueryAround {
  readonly now: number;
  readonly timeZone: string;
  readonly catalogue: Pick<Catalogue, 'all'>;
  /** Who `actor:me` is. */
  readonly me: Address;
  /** The command that an example is shown with. */
  readonly command: string;
}

export interface ReadQuery {
  readonly filter: AuditFilter;
  /** The stretch of time as it was understood, or `everything`. */
  readonly range: string;
}

/**
 * A query as somebody writes it in a chat. The names that there are are known here, so a slip is told and not simply
 * found nowhere; a mistake is an answer with what was expected and an example.
 */
export function readQuery(text: string, { now, timeZone, catalogue, me, command }: QueryAround): ReadQuery {
  const actions = catalogue.all;
  const known = {
    action: actions.map(({ name }) => name),
    category: unique(actions.map(({ category }) => category)),
    role: ROLES,
  };
  const query = text.replace(/(?<=^|\s)(-?(?:actor|phone)):me(?=\s|$)/gi, `$1:${me}`);
  const parsed = parseQuery(query, { now, timeZone, known });
  if (parsed.ok) return { filter: parsed.filter, range: parsed.range };
  const { problem, nearest, expected, example } = parsed.error;
  throw new UserError({
    code: 'BAD_QUERY',
    message: nearest === null ? problem : `${problem} Did you mean ${nearest}?`,
    hint: `Expected: ${expected}.`,
    example: `${command} ${example}`,
  });
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];
